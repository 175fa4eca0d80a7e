"""People, and what becomes of the emails that are sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

PersonState = Literal["active", "unsubscribed", "bounced", "complained", "erased"]
"""Only who is active is written to; who asked and has not confirmed yet is nobody's subscriber."""
Frequency = Literal["every", "monthly"]
"""Every issue, or the first one of each month."""


class Choice(Struct, frozen=True):
    """How a reader wants one newsletter."""

    frequency: Frequency = "every"
    themes: tuple[str, ...] = ()
    """Tags of those that they want, in any order; none: the whole issue."""


class Subscriber(Struct, frozen=True):
    """A person who gets the newsletter, or who left it."""

    address: str
    name: str = ""
    origin: str = ""
    """How the address came in: a file's name, `added by hand`, `sample`."""
    state: PersonState = "active"
    language: str = ""
    """Of pages and emails to this person alone; empty: the newsletter's."""
    themes: tuple[str, ...] = ()
    """Of the newsletter that they are put on the list of: as in `Choice`."""


class Sender(Struct, frozen=True):
    """From whom every email of a newsletter comes, and what its headers say."""

    name: str
    address: str
    reply_to: str
    list_id: str
    """RFC 2919, without the angle brackets: `weekly.example.org`."""
    contact: str
    """The address that also takes unsubscribe requests."""


class Delivery(Struct, frozen=True):
    """One email to one recipient of a frozen audience."""

    number: int
    """Place in the issue's audience, from 1."""
    address: str
    fields: Mapping[str, str]
    """Field name -> value, unescaped."""


class Batch(Struct, frozen=True):
    """The deliveries of one provider call, claimed by this process."""

    issue_key: str
    seq: int
    attempt: int
    deliveries: tuple[Delivery, ...]
    key: str
    """Equal for equal recipients of the same batch: the idempotency key, and the provider's tag."""
    replay_of: datetime | None = None
    """When it first went out under this key, and may have been taken; None when it did not."""
    variant: int = 0
    """Of the issue, as in `Variants`; the same for all of the batch."""

    @property
    def replay(self) -> bool:
        """It went out before under this key, and may have been taken then."""
        return self.replay_of is not None


class Outcome(Struct, frozen=True):
    """What became of one delivery."""

    number: int
    state: Literal["accepted", "rejected", "suppressed"]
    provider_id: str = ""
    reason: str = ""


class NotSent(Struct, frozen=True):
    """Provably nothing was taken: the batch may be tried again."""

    reason: str
    retry_after_s: float | None = None


class Refused(Struct, frozen=True):
    """The call as a whole was refused over its content: one delivery alone is at fault, or all are."""

    reason: str


class Stopped(Struct, frozen=True):
    """Nothing was taken and no call will be until a person acts: key, domain or account."""

    reason: str


class Settled(Struct, frozen=True):
    """The provider answered for each delivery."""

    outcomes: tuple[Outcome, ...]
    others: NotSent | Stopped | None = None
    """What holds for deliveries that `outcomes` does not name; None: they are in doubt."""


class InDoubt(Struct, frozen=True):
    """It may have been taken, it may not."""

    reason: str


EventKind = Literal["accepted", "deferred", "delivered", "bounced", "rejected", "complained", "unsubscribed"]


class Event(Struct, frozen=True):
    """What a provider's webhook says later of one email."""

    id: str
    """The provider's own; the same when the event is reported again."""
    kind: EventKind
    address: str
    at: datetime
    permanent: bool = False
    """Of one that bounced or was rejected: the address will never take an email."""
    issue_key: str = ""
    """From the metadata that went out with the email, empty when the event has none."""
    number: int | None = None
    """Of the delivery within the issue's audience."""
    provider_id: str = ""
    reason: str = ""
    """The provider's words, at most 300 characters, without full addresses."""


class Regrets(Struct, frozen=True):
    """How many of an issue's emails were unwelcome or had nowhere to go, as far as webhooks have told."""

    complained: int = 0
    bounced: int = 0


CampaignState = Literal["missing", "draft", "scheduled", "sending", "sent", "stopped", "in doubt"]


class Campaign(Struct, frozen=True):
    """An issue at a provider that keeps the list itself, as the provider last described it."""

    state: CampaignState
    """"missing": there is none yet; "stopped": it will not go on before a person acts there; "in doubt": the
    answer to our last call was lost, and the provider does not show yet what became of it."""
    id: str = ""
    """The provider's."""
    sent: int | None = None
    """Emails that went out, where the provider says so."""
    said: str = ""
    """The provider's own word for the state, or why it is not known."""


OUTBOX = "outbox"
"""The provider that only writes files, and so the only one that may reach the sample's readers."""

Answer = Settled | NotSent | Refused | Stopped | InDoubt
"""What one provider call came to."""


class Counts(Struct, frozen=True):
    """An issue's deliveries by outcome, counted from the rows; they add up to `audience`."""

    audience: int = 0
    pending: int = 0
    in_flight: int = 0
    accepted: int = 0
    rejected: int = 0
    suppressed: int = 0
    in_doubt: int = 0
    cancelled: int = 0

    @property
    def finished(self) -> bool:
        """Nothing is left to send and nothing is unknown."""
        return self.audience > 0 and not (self.pending or self.in_flight or self.in_doubt)
