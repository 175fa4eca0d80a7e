"""What a newsletter's editor has set about its issues, and about this one."""

from __future__ import annotations

from msgspec import Struct, field

from digest.config import ComposeSettings, NewsletterSettings, Overlay, ThemeSettings


class Rules(Struct, frozen=True):
    """The editor's settings that decide what an issue holds."""

    newsletter: NewsletterSettings
    themes: tuple[ThemeSettings, ...]
    compose: ComposeSettings
    overlay: Overlay = field(default_factory=Overlay)
