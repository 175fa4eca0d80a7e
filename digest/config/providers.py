"""The tables of [send.<provider>]: what each email-service provider needs to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from digest.config.values import Domain, Name, Secret, SecretPlace, Table, WebAddress


class ProviderSettings(Table):
    """One provider's own table."""

    @property
    def places(self) -> Iterator[tuple[str, Secret]]:
        """Each of its secrets: the key in the table, and where the value is found."""
        for key in type(self).model_fields:
            if isinstance(value := getattr(self, key), Secret):
                yield key, value


class OutboxSettings(ProviderSettings):
    """Files on disk instead of a provider."""

    folder: str = "outbox"


def _both_or_neither(user: str | None, password: Secret | None) -> None:
    if (user is None) != (password is None):
        raise ValueError('"user" and "password" belong together')


class SmtpSettings(ProviderSettings):
    """A mail server of one's own, or a provider's SMTP door."""

    host: Name
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Name | None = None
    password: SecretPlace | None = None
    ca_file: Name | None = None
    """Certificates that are trusted besides the system's, for a server with one of its own."""

    @model_validator(mode="after")
    def _safe(self) -> SmtpSettings:
        _both_or_neither(self.user, self.password)
        if self.password and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError('a password is not sent over an open line: security = "starttls" or "tls"')
        return self


class _Token(ProviderSettings):
    """What most of them have: a token, and a secret that their webhooks prove they know."""

    token: SecretPlace
    webhook: SecretPlace | None = None


class PostmarkSettings(_Token):
    """https://postmarkapp.com/developer; `webhook` is the `user:password` in the webhook's address."""

    stream: Name = "broadcast"
    base_url: WebAddress = "https://api.postmarkapp.com"


class ResendSettings(_Token):
    """https://resend.com/docs/api-reference; `webhook` is the signing secret, `whsec_…`."""

    base_url: WebAddress = "https://api.resend.com"


class SesSettings(ProviderSettings):
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2"""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    key_id: SecretPlace
    secret: SecretPlace
    session_token: SecretPlace | None = None
    configuration_set: Name | None = None
    topic: Name | None = None
    """The ARN of the SNS topic that the configuration set's events go to."""
    base_url: WebAddress | None = None
    """Left out: the region's."""


class MailgunSettings(_Token):
    """https://documentation.mailgun.com; accounts in the EU use https://api.eu.mailgun.net."""

    domain: Domain
    base_url: WebAddress = "https://api.mailgun.net"


class SendgridSettings(_Token):
    """https://www.twilio.com/docs/sendgrid/api-reference; `webhook` is the verification key of the event webhook."""

    base_url: WebAddress = "https://api.sendgrid.com"


class MailtrapSettings(_Token):
    """https://docs.mailtrap.io; `webhook` is the signing secret."""

    base_url: WebAddress = "https://send.api.mailtrap.io"

    @property
    def account_url(self) -> str:
        """Where Mailtrap is asked about the account, which is another host than the one that sends."""
        return "https://mailtrap.io" if self.base_url.endswith(".mailtrap.io") else self.base_url


class BrevoSettings(_Token):
    """https://developers.brevo.com; `webhook` is the bearer token that the webhook carries."""

    base_url: WebAddress = "https://api.brevo.com/v3"


class SparkpostSettings(_Token):
    """https://developers.sparkpost.com/api; `webhook` is the `user:password` of its basic authentication."""

    base_url: WebAddress = "https://api.sparkpost.com"


class MailjetSettings(ProviderSettings):
    """https://dev.mailjet.com/email/guides/send-api-v31"""

    key: SecretPlace
    secret: SecretPlace
    webhook: SecretPlace | None = None
    """The `user:password` in the webhook's address."""
    unsubscribe: Literal["ours", "theirs"] = "ours"
    """"theirs" accepts that Mailjet puts its own unsubscribe link into the headers."""
    base_url: WebAddress = "https://api.mailjet.com"


class MandrillSettings(_Token):
    """https://mailchimp.com/developer/transactional; `webhook` is the webhook's key."""

    webhook_url: WebAddress | None = None
    """The webhook's address as it is registered, which is part of its signature."""
    base_url: WebAddress = "https://mandrillapp.com/api/1.0"


class MailersendSettings(_Token):
    """https://developers.mailersend.com; `webhook` is the signing secret."""

    base_url: WebAddress = "https://api.mailersend.com"


class ScalewaySettings(ProviderSettings):
    """https://www.scaleway.com/en/developers/api/transactional-email"""

    token: SecretPlace
    project_id: Name
    region: Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z]{3}$")] = "fr-par"
    base_url: WebAddress = "https://api.scaleway.com"


class PostalSettings(_Token):
    """https://docs.postalserver.io; `webhook` is the server's public key."""

    base_url: WebAddress


class MailpitSettings(ProviderSettings):
    """https://mailpit.axllent.org: catches every email on this machine, for trying things out."""

    user: Name | None = None
    password: SecretPlace | None = None
    base_url: WebAddress = "http://127.0.0.1:8025"

    @model_validator(mode="after")
    def _whole(self) -> MailpitSettings:
        _both_or_neither(self.user, self.password)
        return self


class CampaignSettings(ProviderSettings):
    """A provider that keeps the list itself: an issue is one campaign there."""

    token: SecretPlace
    schedule: bool = False
    """An issue that is handed over before it is due goes out when it is, instead of at once."""

    @property
    def unsubscribe(self) -> Literal["theirs"]:
        """Who leaves the list leaves it where it is kept."""
        return "theirs"


class MailchimpSettings(CampaignSettings):
    """https://mailchimp.com/developer/marketing; what stands behind the token's last hyphen names the data centre."""

    audience: Name
    base_url: WebAddress | None = None
    """Left out: the data centre's."""


class BrevoCampaignSettings(CampaignSettings):
    """https://developers.brevo.com: a campaign to lists that Brevo keeps."""

    lists: tuple[int, ...] = Field(strict=False, min_length=1)
    base_url: WebAddress = "https://api.brevo.com/v3"


class ListmonkSettings(CampaignSettings):
    """https://listmonk.app/docs/apis: a campaign to lists in a listmonk of one's own; `user` is an API user."""

    user: Name
    lists: tuple[int, ...] = Field(strict=False, min_length=1)
    template: int | None = None
    """Of a template that holds nothing but `{{ template "content" . }}`; left out: none, which listmonk 5 allows."""
    base_url: WebAddress


ProviderName = Literal[
    "outbox", "smtp", "postmark", "resend", "ses", "mailgun", "sendgrid", "mailtrap", "brevo", "sparkpost", "mailjet",
    "mandrill", "mailersend", "scaleway", "postal", "mailpit", "mailchimp", "brevo_campaign", "listmonk",
]  # fmt: skip
