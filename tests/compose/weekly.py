"""One week's issue made from a few articles, and short views of it."""

from datetime import timedelta

from digest import compose
from digest.config import ComposeSettings, NewsletterSettings, Overlay, ThemeSettings
from digest.models import History
from tests.builders import END, SLOT, article

HOUR = timedelta(hours=1)
KEY = "weekly-2026-W47"
THEMES = (ThemeSettings(tag="#News", aliases=("#Новини",)), ThemeSettings(tag="#Rally"))
NEWSLETTER = NewsletterSettings(
    name="The Week",
    organisation="A congress",
    sender="desk@news.example",
    postal_address="1 Road, Town",
    contact="desk@news.example",
    timezone="America/Toronto",
    site_url="https://news.example",
    public_url="https://digest.example",
)


def rules(*tags, themes=None, overlay=None, newsletter=NEWSLETTER, **compose_settings):
    chosen = themes or tuple(ThemeSettings(tag=tag) for tag in tags or ("#News",))
    settings = ComposeSettings(lead="none").model_copy(update=compose_settings)
    return compose.Rules(newsletter, chosen, settings, overlay or Overlay())


def made(articles, history=None, slot=SLOT, gone=None, **options):
    chosen = options.pop("rules", None) or rules(**options)
    return compose.issue(articles, slot, history or History(), chosen, gone or {})


def placed(issue):
    """Section tag -> native ids of its stories and, after a bar, of its links."""
    return {
        s.theme.tag: [x.article.native_id for x in s.stories]
        + (["|"] + [x.article.native_id for x in s.more] if s.more else [])
        for s in issue.sections
    }


def verdict(issue, name):
    return next(v for v in issue.verdicts if v.article_id == f"site:{name}")


def reason(issue, name):
    return verdict(issue, name).reason


def why(issue, name):
    return verdict(issue, name).why


def abc(**changes):
    """Three articles, the most recent first."""
    return [article(name, published=END - at * HOUR, **changes) for at, name in enumerate("abc", start=1)]
