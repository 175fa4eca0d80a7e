"""config.toml, the overlays beside it and the environment, checked once and turned into frozen settings.

Nothing else reads them. `values` knows the kinds of values, `tables` what can be set, `brand` and
`colours` how it looks, `edits` what an editor can change about one issue, `lines` where each key
stands, `merging` what an edition is, `mistakes` and `contradictions` what can be wrong; `reading`
puts them together. `editing` changes overlays, and is imported only where that is done.
"""

from digest.config.brand import BrandSettings
from digest.config.edits import (
    BarEdit,
    ChartEdit,
    CoverEdit,
    EventEdit,
    FigureEdit,
    LinkEdit,
    Overlay,
    PanelEdit,
    QuoteEdit,
    StoryEdit,
)
from digest.config.reading import checked, editions, load, overlay, overlay_file, overlay_hash
from digest.config.schemas import overlay_schema, schema
from digest.config.showing import shown
from digest.config.tables import (
    CheckSettings,
    ComposeSettings,
    Lowered,
    NewsletterSettings,
    PublicSettings,
    ScheduleSettings,
    SendSettings,
    Settings,
    SourceSettings,
    ThemeSettings,
    starter,
)
from digest.config.values import Moment, Secret, tag_key

__all__ = [
    "BarEdit",
    "BrandSettings",
    "ChartEdit",
    "CheckSettings",
    "ComposeSettings",
    "CoverEdit",
    "EventEdit",
    "FigureEdit",
    "LinkEdit",
    "Lowered",
    "Moment",
    "NewsletterSettings",
    "Overlay",
    "PanelEdit",
    "PublicSettings",
    "QuoteEdit",
    "ScheduleSettings",
    "Secret",
    "SendSettings",
    "Settings",
    "SourceSettings",
    "StoryEdit",
    "ThemeSettings",
    "checked",
    "editions",
    "load",
    "overlay",
    "overlay_file",
    "overlay_hash",
    "overlay_schema",
    "schema",
    "shown",
    "starter",
    "tag_key",
]
