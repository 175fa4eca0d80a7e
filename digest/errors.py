"""Every error that a caller acts on.

DigestError             said in plain words, exit 1
├── ConfigError         config.toml is wrong, exit 2
├── UsageError          what was asked for cannot be, exit 2
├── SourceError         a source could not be read: the other sources go on
│   └── SourceGone      its address is gone for good: it is not asked again
├── PictureError        a picture cannot be shown: the issue goes on without it
├── RenderError         a template or the engine failed: nothing is frozen
├── StoreError          the database cannot be opened or written
│   └── StoreAway       its server does not answer: it may be back in a moment
├── Forged              a webhook call that its provider did not make: it changes nothing
├── AttentionNeeded     a check stopped it, or it is held: a person is needed, exit 3
└── SenderBusy          another process holds the lock, exit 75
"""

from __future__ import annotations


class DigestError(Exception):
    """Says what failed, on what, and what to do next."""

    exit_code = 1


class ConfigError(DigestError):
    """config.toml is missing or wrong; `problems` holds every mistake, each on its own line."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(DigestError):
    """What was asked for cannot be."""

    exit_code = 2


class SourceError(DigestError):
    """One source could not be read as a whole."""


class SourceGone(SourceError):
    """The address answered 410: its owner says that nothing will ever be there again."""


class PictureError(DigestError):
    """What came is no picture that an email can show; says why, in words that follow its address."""


class RenderError(DigestError):
    """A template is wrong, or the engine failed on it."""


class StoreError(DigestError):
    """The database cannot be opened, created or written."""


class StoreAway(StoreError):
    """The database's server does not answer, or ended the connection: what was asked may have been done."""


class Forged(DigestError):
    """A webhook call is not what its provider would have sent, or too old."""


class AttentionNeeded(DigestError):
    """Nothing was sent, and nothing will be until a person decides."""

    exit_code = 3


class SenderBusy(DigestError):
    """Another process is sending from this database."""

    exit_code = 75
