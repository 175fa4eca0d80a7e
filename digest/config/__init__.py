"""config.toml and the environment, checked once and turned into frozen settings.

Nothing else reads either. `values` knows the kinds of values, `tables` what can be set,
`reading` how mistakes are told, `lines` where each key stands.
"""

from digest.config.overlay import CoverEdit, LinkEdit, Overlay, PanelEdit, StoryEdit
from digest.config.reading import load, shown
from digest.config.tables import (
    BrandSettings,
    ComposeSettings,
    NewsletterSettings,
    ScheduleSettings,
    SendSettings,
    Settings,
    SourceSettings,
    ThemeSettings,
    starter,
)
from digest.config.values import Moment, Secret, tag_key

__all__ = [
    "BrandSettings",
    "ComposeSettings",
    "CoverEdit",
    "LinkEdit",
    "Moment",
    "NewsletterSettings",
    "Overlay",
    "PanelEdit",
    "ScheduleSettings",
    "Secret",
    "SendSettings",
    "Settings",
    "SourceSettings",
    "StoryEdit",
    "ThemeSettings",
    "load",
    "shown",
    "starter",
    "tag_key",
]
