"""What holds for every week, whatever the articles, the rules and the editor's hand."""

from collections import Counter
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digest.config import Overlay, ThemeSettings
from digest.errors import ConfigError
from digest.models import History
from tests.builders import END, WEEK, article
from tests.compose.weekly import HOUR, made, placed, rules

NAMES = [str(n) for n in range(24)]
TAGS = ["News", "Rally", "Youth", "Other"]
THEMES = (
    ThemeSettings(tag="#News", at_most=2, keywords=("what",)),
    ThemeSettings(tag="#Rally", at_least=2),
    ThemeSettings(tag="#Youth", at_least=3, at_most=4),
    ThemeSettings(tag="#All", aliases=("#Other",)),
)

weeks = st.lists(
    st.builds(
        article,
        st.sampled_from(NAMES),
        tags=st.lists(st.sampled_from(TAGS), max_size=3).map(tuple),
        published=st.one_of(st.none(), st.integers(-200, 10).map(lambda h: END + h * HOUR)),
        views=st.one_of(st.none(), st.integers(0, 5000)),
        views_at=st.just(END + 40 * HOUR),
        language=st.sampled_from(["en", "en", "en", "uk"]),
        url_key=st.sampled_from([f"news.example/{n}" for n in range(20)]),
        first_seen=st.sampled_from([None, END - 200 * HOUR, END]),
    ),
    max_size=24,
    unique_by=lambda a: a.native_id,
)
any_rules = st.fixed_dictionaries(
    {
        "overlap": st.sampled_from(["first", "smallest", "all"]),
        "order": st.sampled_from(["recent", "popular", "oldest"]),
        "lead": st.sampled_from(["recent", "popular", "none"]),
        "untagged": st.sampled_from(["leave-out", "last-section"]),
        "late_arrivals": st.sampled_from(["include", "skip"]),
    }
)
keys = st.dictionaries(
    st.sampled_from([f"news.example/{n}" for n in range(20)]), st.just("weekly-2026-W46"), max_size=5
)
histories = st.builds(lambda placed, rolled: History(1, WEEK.start, WEEK.start + 15 * HOUR, placed, rolled), keys, keys)
references = st.sampled_from([f"site:{n}" for n in NAMES])
hands = st.builds(
    lambda lead, order, hide, stories: {
        "lead": lead,
        "order": order,
        "hide": hide,
        "stories": [{"article": name, **edit} for name, edit in stories.items()],
    },
    st.one_of(st.none(), references),
    st.lists(references, max_size=3),
    st.lists(references, max_size=3),
    st.dictionaries(
        references,
        st.fixed_dictionaries(
            {},
            optional={
                "section": st.sampled_from(["#News", "#Rally", "#Youth", "#All"]),
                "place": st.integers(1, 6),
                "title": st.just("Another title"),
            },
        ),
        max_size=4,
    ),
)


def fitting(hand, articles):
    """The hand without what speaks of articles that are not there."""
    there = {a.id for a in articles}
    return Overlay(
        lead=hand["lead"] if hand["lead"] in there else None,
        order=[name for name in hand["order"] if name in there],
        hide=[name for name in hand["hide"] if name in there],
        stories=[story for story in hand["stories"] if story["article"] in there],
    )


def composed(articles, history, options, overlay=None):
    return made(articles, history, rules=rules(themes=THEMES, overlay=overlay, **options))


def agree(issue, articles):
    """Every candidate has one verdict, every placed one stands once, caps hold."""
    assert Counter(v.article_id for v in issue.verdicts) == Counter(a.id for a in articles)
    shown = [s.article.id for s in issue.stories]
    assert sorted(shown) == sorted(v.article_id for v in issue.verdicts if v.placed)
    assert len(set(shown)) == len(shown)
    assert len({s.article.url_key for s in issue.stories}) == len(shown)
    assert not [s for s in issue.stories if s.theme.tag in s.also_in]
    caps = {theme.tag: theme.at_most for theme in THEMES if theme.at_most}
    assert all(len(s.stories) <= caps.get(s.theme.tag, 99) for s in issue.sections)


@given(weeks, histories, any_rules, st.randoms(use_true_random=False))
def test_none_is_lost_none_stands_twice_and_the_order_of_the_input_does_not_matter(articles, history, options, shuffle):
    issue = composed(articles, history, options)
    agree(issue, articles)
    again = list(articles)
    shuffle.shuffle(again)
    assert composed(again, history, options) == issue


@given(weeks, histories, any_rules)
def test_a_section_has_its_minimum_counted_with_the_lead(articles, history, options):
    issue = composed(articles, history, options)
    found = Counter(s.theme.tag for s in issue.stories)
    assert all(found[theme.tag] >= (theme.at_least or 1) for theme in THEMES if found[theme.tag])


@given(weeks, histories, any_rules, hands)
@settings(max_examples=300)
def test_the_editors_hand_is_kept_or_refused(articles, history, options, hand):
    overlay = fitting(hand, articles)
    try:
        issue = composed(articles, history, options, overlay)
    except ConfigError:  # what it says is tested beside each mistake
        return
    agree(issue, articles)
    where = {s.article.id: s.theme.tag for s in issue.stories}
    assert not set(overlay.hide) & set(where)
    assert overlay.lead is None or (issue.lead and issue.lead.article.id == overlay.lead)
    for story in overlay.stories:
        assert story.section is None or where[story.article] == story.section
        if story.place:
            section = next(s for s in issue.sections if s.theme.tag == where[story.article])
            standing = [s.article.id for s in section.stories + section.more]
            pinned = sum(1 for each in overlay.stories if each.place and each.article in standing)
            assert standing.index(story.article) == story.place - 1 or len(standing) < story.place + pinned
    assert composed(list(reversed(articles)), history, options, overlay) == issue


@given(weeks, histories, any_rules, st.data())
def test_hiding_one_article_changes_nothing_out_of_its_reach(articles, history, options, data):
    """With overlap = first and no minimum, hiding takes one article out and the others keep their order."""
    options |= {"overlap": "first", "lead": "none"}
    themes = tuple(ThemeSettings(tag=t.tag, aliases=t.aliases) for t in THEMES)
    before = made(articles, history, rules=rules(themes=themes, **options))
    assume(before.stories)
    name = data.draw(st.sampled_from([s.article.native_id for s in before.stories]))
    overlay = Overlay(hide=[f"site:{name}"])
    after = made(articles, history, rules=rules(themes=themes, overlay=overlay, **options))
    kept = {tag: [n for n in found if n != name] for tag, found in placed(before).items()}
    assert placed(after) == {tag: found for tag, found in kept.items() if found}
    outs = {v.article_id: v for v in before.verdicts if not v.placed}
    assert {v.article_id: v for v in after.verdicts if not v.placed and v.article_id != f"site:{name}"} == outs


@given(weeks, any_rules, st.integers(1, 30))
def test_joined_windows_share_no_article(articles, options, days):
    """The second issue's history is what the first one took: nothing stands in both."""
    first = composed(articles, History(), options)
    taken = {key: first.key for s in first.stories for key in (s.article.id, s.article.url_key)}
    history = History(first.number, first.window.end, first.window.end + HOUR, taken)
    later = articles + [article(f"n{n}", published=END + n * HOUR) for n in range(days)]
    second = composed(later, history, options)
    assert not {s.article.url_key for s in first.stories} & {s.article.url_key for s in second.stories}
    assert first.window.start == END - timedelta(days=7)
