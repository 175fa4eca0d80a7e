import json
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from digest.errors import DigestError, StoreError
from digest.models import Article, Cover, Issue, Section, Story, Theme, Verdict, Window
from digest.store.opened import Store
from tests.builders import WEEK
from tests.store.conftest import Place, execute
from tests.store.scene import EMAIL, LATER, begun, frozen

LEAVES = {
    str: st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    int: st.integers(0, 2**31 - 1),
    bool: st.booleans(),
    float: st.floats(0, 1e12),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    NoneType: st.none(),
}


def anything(hint):
    """Whatever fits the type, every field of our own values among it."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return st.builds(hint, **{name: anything(of) for name, of in get_type_hints(hint).items()})
    match get_origin(hint):
        case found if found is Literal:
            return st.sampled_from(get_args(hint))
        case found if found is tuple:
            return st.lists(anything(get_args(hint)[0]), max_size=2).map(tuple)
        case found if found is UnionType:
            return st.one_of(*map(anything, get_args(hint)))
    return LEAVES[hint]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(issue=anything(Issue))
def test_a_frozen_issue_comes_back_as_it_was_composed(s: Store, issue: Issue) -> None:
    record = begun(s)
    s.issues.freeze(record.id, issue, EMAIL, by="Olena", at=LATER, again=True)
    assert s.issues.composed(record.id) == issue


OLD_ARTICLE = {
    "source": "site", "native_id": "one", "url": "https://news.example/one", "url_key": "news.example/one",
    "title": "Ціна", "lede": "", "tags": ["News"], "published": "2026-11-16T23:00:00.000001+00:00", "day_only": False,
    "modified": None, "views": 4000000000, "views_at": None, "cover": {"url": None, "alt": "", "credit": "Олена"},
    "language": "uk", "words": 300, "first_seen": None,
}  # fmt: skip
OLD_STORY = {
    "article": OLD_ARTICLE,
    "theme": {"tag": "#News", "title": "News", "intro": ""},
    "also_in": [],
    "minutes": 2,
}
OLD = {
    "key": "weekly-2026-W47", "newsletter": "weekly", "period": "2026-W47", "number": 7,
    "window": {"start": "2026-11-12T23:00:00+00:00", "end": "2026-11-19T23:00:00+00:00"}, "language": "uk",
    "subject": "Тема", "preheader": "", "lead": OLD_STORY, "sections": [{"theme": OLD_STORY["theme"], "stories": [], "more": []}],
    "verdicts": [
        {"article_id": "site:one", "title": "Ціна", "url": "https://news.example/one", "placed": True, "reason": "lead",
         "why": "most read", "section": "#News", "position": 0}
    ], "notes": ["a note"],
}  # fmt: skip


def test_an_issue_that_an_older_version_froze_can_still_be_read(s: Store, place: Place) -> None:
    record = frozen(s)
    execute(place, f"update frozen set issue = '{json.dumps(OLD, ensure_ascii=False)}'")
    theme = Theme("#News", "News")
    article = Article(
        "site",
        "one",
        "https://news.example/one",
        "news.example/one",
        "Ціна",
        "",
        ("News",),
        datetime(2026, 11, 16, 23, 0, 0, 1, tzinfo=UTC),
        views=4_000_000_000,
        cover=Cover(None, "", "Олена"),
        language="uk",
        words=300,
    )
    assert s.issues.composed(record.id) == Issue(
        key="weekly-2026-W47",
        newsletter="weekly",
        period="2026-W47",
        number=7,
        window=Window(WEEK.start, WEEK.end),
        language="uk",
        subject="Тема",
        preheader="",
        lead=Story(article, theme, minutes=2),
        sections=(Section(theme, ()),),
        verdicts=(Verdict("site:one", "Ціна", "https://news.example/one", True, "lead", "most read", "#News", 0),),
        notes=("a note",),
    )


def test_an_issue_that_is_not_frozen_was_not_composed(s: Store) -> None:
    with pytest.raises(DigestError, match="is not frozen yet"):
        s.issues.composed(begun(s).id)


def test_a_frozen_issue_that_cannot_be_read_is_said(s: Store, place: Place) -> None:
    record = frozen(s)
    execute(place, "update frozen set issue = '{}'")
    with pytest.raises(StoreError, match=rf"issue {record.id}: what was frozen cannot be read"):
        s.issues.composed(record.id)
