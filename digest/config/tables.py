"""The tables of config.toml as frozen settings; a stage gets its own table, never the whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from digest.config import lines, providers
from digest.config.brand import BrandSettings
from digest.config.lines import Where
from digest.config.providers import ProviderName
from digest.config.values import (
    At,
    InLanguages,
    Key,
    Keyword,
    Language,
    Mailbox,
    Moment,
    Name,
    Network,
    Retention,
    Secret,
    SecretPlace,
    SourceName,
    Span,
    StoreUrl,
    Table,
    Tag,
    WebAddress,
    Zone,
    in_language,
    tag_key,
)
from digest.errors import ConfigError
from digest.models import Sender, Theme


class NewsletterSettings(Table):
    """Who sends what to whom."""

    key: Key = "weekly"
    name: Name
    organisation: Name
    sender: Mailbox
    reply_to: Mailbox | None = None
    postal_address: Annotated[str, Field(min_length=10, max_length=300)]
    contact: Mailbox
    language: Language = "en"
    timezone: Zone
    site_url: WebAddress
    public_url: WebAddress
    """Where readers find the online issue and the unsubscribe page."""
    reader_pages: bool = False
    """Whether `digest serve` answers there: then every email leads to the page where readers change what they get."""
    privacy_url: WebAddress | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of every wall-clock time in the schedule and in the email."""
        return ZoneInfo(self.timezone)

    @property
    def from_(self) -> Sender:
        """The sender as the headers need it."""
        name, address = parseaddr(self.sender)
        reply_to = self.reply_to or address
        list_id = f"{self.key}.{address.rpartition('@')[2]}"
        return Sender(name or self.name, address, reply_to, list_id, parseaddr(self.contact)[1])


class WebhookSettings(Table):
    """Where notices are posted to."""

    kind: Literal["slack", "json"] = "slack"
    """Slack's form, which Mattermost takes too; or an object with everything in it."""
    url: SecretPlace


class ScheduleSettings(Table):
    """When an issue closes and when it goes out, by the newsletter's wall clock."""

    every: Literal["day", "week", "month"] = "week"
    closes: At = Moment(day=3, at=time(18, 0))
    send: At = Moment(day=4, at=time(9, 0))
    approval: Literal["automatic", "required"] = "required"
    late_by_at_most: Span = timedelta(hours=3)
    remind: tuple[Span, ...] = Field(default=(timedelta(hours=2),), strict=False)
    """How long before it is due an issue asks again for the approval that it lacks."""
    notify: tuple[Mailbox, ...] = Field(default=(), strict=False)
    """Editors and operators: they see each draft, and hear what went out and what did not."""
    webhook: WebhookSettings | None = None
    ping: SecretPlace | None = None
    """Of a service that raises an alarm when this address is not called for too long."""
    skip: tuple[date, ...] = Field(default=(), strict=False)
    """Days on which nothing goes out: the next issue covers that time too."""
    min_stories: Annotated[int, Field(ge=1, le=100)] = 1
    """An issue with fewer is quiet."""
    when_quiet: Literal["hold", "skip", "send"] = "hold"

    @model_validator(mode="after")
    def _fits(self) -> ScheduleSettings:
        form = {"day": '"18:00"', "week": '"Thu 18:00"', "month": '"1 18:00"'}[self.every]
        for key, moment in (("closes", self.closes), ("send", self.send)):
            fits = moment.day is None if self.every == "day" else moment.day is not None
            if not fits or (self.every == "week" and (moment.day or 0) > 6):
                raise ValueError(f'with every = "{self.every}", "{key}" is written as {form}')
        return self


class SourceSettings(Table):
    """One place where articles are published."""

    name: SourceName
    kind: Literal["wordpress", "feed", "ghost", "webpage", "folder", "sample"]
    url: WebAddress | None = None
    path: str | None = None
    timezone: Zone | None = None
    language: Language | None = None
    every: Span = timedelta(hours=1)
    """How often the schedule collects it between issues."""
    tags: tuple[Tag, ...] = Field(default=(), strict=False)
    taxonomy: Name | None = None
    """What the site calls its hashtags: `category`, or one of its own; WordPress's tags when left out."""
    type: Name | None = None
    """The route of WordPress's REST interface that lists the articles; `posts` when left out."""
    user: Name | None = None
    password: SecretPlace | None = None
    """An application password of `user`, for a WordPress that shows its interface to users only."""
    key: SecretPlace | None = None
    """Ghost's Content API key."""
    allow_private_addresses: bool = False

    @model_validator(mode="after")
    def _whole(self) -> SourceSettings:
        needs = {"ghost": ("url", "key"), "folder": ("path",), "sample": ()}.get(self.kind, ("url",))
        for needed in needs:
            if not getattr(self, needed):
                raise ValueError(f'a source of kind "{self.kind}" needs "{needed}"')
        for kind, keys in {"wordpress": ("taxonomy", "type", "user", "password"), "ghost": ("key",)}.items():
            for key in keys:
                if getattr(self, key) and self.kind != kind:
                    raise ValueError(f'"{key}" is for a source of kind "{kind}" only')
        if (self.user is None) != (self.password is None):
            raise ValueError('"user" and "password" belong together')
        if self.password and not self.allow_private_addresses and not str(self.url).startswith("https://"):
            raise ValueError('a password is only sent to an address that begins with "https://"')
        return self


class ThemeSettings(Table):
    """A hashtag that makes a section."""

    tag: Tag
    title: InLanguages = ""
    intro: InLanguages = ""
    aliases: tuple[str, ...] = Field(default=(), strict=False)
    keywords: tuple[Keyword, ...] = Field(default=(), strict=False)
    """Beginnings of words that suggest the theme for an article without a tag; they place nothing."""
    at_least: Annotated[int, Field(ge=1, le=100)] | None = None
    at_most: Annotated[int, Field(ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _bounded(self) -> ThemeSettings:
        if self.at_least and self.at_most and self.at_least > self.at_most:
            raise ValueError(f"at_least = {self.at_least} is more than at_most = {self.at_most}")
        return self

    @property
    def keys(self) -> frozenset[str]:
        """`tag_key` of its tag and of every alias."""
        return frozenset(map(tag_key, (self.tag, *self.aliases)))

    def theme(self, language: str) -> Theme:
        """What an issue in `language` shows of it."""
        return Theme(self.tag, in_language(self.title, language) or self.tag, in_language(self.intro, language))


class ComposeSettings(Table):
    """How articles become sections."""

    overlap: Literal["first", "smallest", "all"] = "first"
    order: Literal["recent", "popular", "oldest"] = "recent"
    lead: Literal["popular", "recent", "none"] = "recent"
    untagged: Literal["leave-out", "last-section"] = "leave-out"
    late_arrivals: Literal["include", "ask", "skip"] = "include"
    look_back_days: Annotated[int, Field(ge=0, le=90)] = 14


class AudienceSettings(Table):
    """What readers may choose of an issue."""

    choose_themes: bool = True
    """On the page of their choices, where readers have pages; without it, what they chose before holds."""
    at_least: Annotated[int, Field(ge=1, le=100)] = 1
    """Stories; with fewer of their themes such a reader gets no email this time."""


class SendSettings(Table):
    """Through what the email goes out, and how fast."""

    provider: ProviderName = "outbox"
    batch: Annotated[int, Field(ge=1, le=2000)] | None = None
    engine: Literal["embedded", "workers"] = "embedded"
    """Who hands the emails over: the process that sends, or every `digest worker` on whatever machine."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Calls at the same time, of one process."""
    rate_per_s: Annotated[float, Field(gt=0, strict=False)] | None = None
    burst: Annotated[int, Field(ge=0)] = 0
    """Emails that may go out at once after a rest, above those of `rate_per_s`."""
    at_most: Annotated[int, Field(ge=1)] | None = None
    """No issue goes to more people than this."""
    in_doubt: Literal["hold", "ask"] = "hold"
    """What becomes of those that the provider, asked later, has not taken: held for a person, or sent."""
    outbox: providers.OutboxSettings = providers.OutboxSettings()
    smtp: providers.SmtpSettings | None = None
    postmark: providers.PostmarkSettings | None = None
    resend: providers.ResendSettings | None = None
    ses: providers.SesSettings | None = None
    mailgun: providers.MailgunSettings | None = None
    sendgrid: providers.SendgridSettings | None = None
    mailtrap: providers.MailtrapSettings | None = None
    brevo: providers.BrevoSettings | None = None
    sparkpost: providers.SparkpostSettings | None = None
    mailjet: providers.MailjetSettings | None = None
    mandrill: providers.MandrillSettings | None = None
    mailersend: providers.MailersendSettings | None = None
    scaleway: providers.ScalewaySettings | None = None
    postal: providers.PostalSettings | None = None
    mailpit: providers.MailpitSettings | None = None
    mailchimp: providers.MailchimpSettings | None = None
    brevo_campaign: providers.BrevoCampaignSettings | None = None
    listmonk: providers.ListmonkSettings | None = None

    @model_validator(mode="after")
    def _chosen(self) -> SendSettings:
        if getattr(self, self.provider) is None:
            raise ValueError(f'provider = "{self.provider}" needs a table [send.{self.provider}]')
        return self

    @property
    def own(self) -> providers.ProviderSettings:
        """The table of the chosen provider."""
        table: providers.ProviderSettings = getattr(self, self.provider)
        return table


class Lowered(Table):
    """A check that says less than it would by itself, and why."""

    to: Literal["warning", "note", "off"]
    reason: Annotated[str, Field(min_length=10, max_length=300)]


class CheckSettings(Table):
    """How strict the preflight is."""

    size_kib: Annotated[int, Field(ge=10, le=100)] = 80
    """An html part that is larger gets a warning."""
    bytes_per_link: Annotated[int, Field(ge=0, le=500)] = 110
    """What the provider adds to each link when it counts clicks."""
    links: bool = False
    """Every link and picture is tried before an approval."""
    dkim_selectors: tuple[str, ...] = Field(default=(), strict=False)
    """The names of the sender's DKIM keys; the provider's usual ones when left out."""
    lower: dict[str, Lowered] = Field(default_factory=dict)
    """By id or name of the check."""


class StoreSettings(Table):
    """Where articles, issues and deliveries are kept."""

    url: StoreUrl = "sqlite:///digest.db"
    connections: Annotated[int, Field(ge=4, le=100)] = 16
    """To a PostgreSQL server at most, from one process."""
    keep_deliveries: Retention | None = None
    """So long after an issue began it is known who got it; for good when left out. Its figures always are."""

    def prunes_before(self, now: datetime) -> datetime | None:
        """Deliveries of issues that began earlier are not to be kept; None: all are. It moves once a day, by UTC."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return None if self.keep_deliveries is None else midnight - self.keep_deliveries


class PublicSettings(Table):
    """The pages for readers, and the doors for providers: `digest serve`."""

    host: Name = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8480
    trusted_proxies: tuple[Network, ...] = Field(default=("127.0.0.0/8", "::1/128"), strict=False)
    """Whose `X-Forwarded-For` is believed."""
    metrics_for: tuple[Network, ...] = Field(default=("127.0.0.0/8", "::1/128"), strict=False)
    """Who may read /metrics."""
    per_client_an_hour: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Requests to subscribe from one address of the network."""
    per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Confirmation emails to everybody together."""


class Settings(Table):
    """The whole of config.toml, checked."""

    newsletter: NewsletterSettings
    schedule: ScheduleSettings = ScheduleSettings()
    sources: tuple[SourceSettings, ...] = Field(strict=False, min_length=1)
    themes: tuple[ThemeSettings, ...] = Field(strict=False, min_length=1)
    compose: ComposeSettings = ComposeSettings()
    audience: AudienceSettings = AudienceSettings()
    brand: BrandSettings = BrandSettings()
    send: SendSettings = SendSettings()
    check: CheckSettings = CheckSettings()
    store: StoreSettings = StoreSettings()
    public: PublicSettings = PublicSettings()
    _where: Where = Where(Path("config.toml"), {})
    _main: NewsletterSettings | None = None

    def model_post_init(self, context: Any, /) -> None:
        """Remembers where the settings were read, for errors that are found only in use."""
        if context:
            self._where = context.get("where") or Where(context["file"], context["lines"])
            self._main = context.get("main")

    @property
    def home(self) -> NewsletterSettings:
        """Whose language and zone hold for a source that says neither: of the edition that names the sources.

        Or the same article would change its language with the edition that reads it.
        """
        return self._main or self.newsletter

    @property
    def edition(self) -> str:
        """Its name below `[editions]`, empty for the newsletter itself."""
        return self._where.edition

    @property
    def folder(self) -> Path:
        """Where config.toml stands; relative paths in it start here."""
        return self._where.file.resolve().parent

    @property
    def templates(self) -> Path:
        """The templates beside config.toml, else those that came with the program."""
        own = self.folder / "templates"
        return own if own.is_dir() else starter() / "templates"

    @property
    def page_templates(self) -> Path:
        """The folder of templates that has pages: the editor's, else the one that came with the program."""
        own = self.templates
        return own if (own / "pages").is_dir() else starter() / "templates"

    def place(self, *path: str | int) -> str:
        """`config.toml:12: sources[0].url`, for an error that is found only when a value is used."""
        return self._where.place(path)

    def line(self, path: lines.Path) -> int | None:
        """The line of a key, None for a default."""
        return self._where.line(path)

    def secrets(self) -> Mapping[str, str]:
        """The secrets of the chosen provider by their keys, those that its table names. Raises ConfigError."""
        name = self.send.provider
        return {key: self.reveal(secret, "send", name, key) for key, secret in self.send.own.places}

    def reveal(self, secret: Secret, *path: str) -> str:
        """The secret's value. Raises ConfigError when its variable or file is not there."""
        if secret.env is not None:
            value = os.environ.get(secret.env, "")
            missing = f"the environment variable {secret.env} is not set"
        else:
            target = self.folder / str(secret.file)
            missing = f"the file {target} cannot be read or is empty"
            try:
                value = target.read_text(encoding="utf-8").strip()
            except OSError:
                value = ""
        if not value:
            raise ConfigError([f"{self.place(*path)}: {missing}; set it and run again"])
        return value


def starter() -> Path:
    """The folder that holds the shipped config.toml and templates/."""
    packaged = Path(__file__).parents[1] / "starter"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]
