from datetime import timedelta

from msgspec.structs import replace

from digest.models import Article, Cover, SourceMemory, SourceReport
from digest.store.articles import Change, Saved, SourceHealth
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import WEEK, article

LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


def archived(s: Store) -> tuple[Article, ...]:
    return s.articles.between(NOW - 365 * DAY, NOW + 365 * DAY)


def test_an_article_comes_back_as_it_was_saved(s: Store) -> None:
    full = article(
        title="Ціна «свободи» — 100 %",
        tags=("UWC news", "ПеремогаУкраїни"),
        day_only=True,
        modified=NOW.replace(microsecond=123457),
        views=4_000_000_000,
        views_at=NOW,
        cover=Cover(None, "", "Photo: Олена Іваненко"),
        language="uk",
    )
    bare = article("bare", published=None, tags=())
    assert s.articles.save([full, bare], NOW) == Saved(2, 0, 0)
    assert archived(s) == (replace(bare, first_seen=NOW), replace(full, first_seen=NOW))


def test_saving_again_changes_nothing_and_keeps_when_it_was_first_seen(s: Store) -> None:
    s.articles.save([article()], NOW)
    assert s.articles.save([article()], LATER) == Saved(0, 0, 1)
    assert archived(s) == (article(first_seen=NOW),)


def test_a_new_title_is_a_change(s: Store) -> None:
    s.articles.save([article()], NOW)
    assert s.articles.save([article(title="Other")], LATER) == Saved(0, 1, 0)
    assert archived(s) == (article(title="Other", first_seen=NOW),)


def test_new_views_are_kept_but_are_no_change(s: Store) -> None:
    s.articles.save([article(views=1, views_at=NOW)], NOW)
    assert s.articles.save([article(views=2, views_at=LATER)], LATER) == Saved(0, 0, 1)
    assert archived(s) == (article(views=2, views_at=LATER, first_seen=NOW),)


def test_views_that_are_not_given_stay_as_they_were(s: Store) -> None:
    s.articles.save([article(views=1, views_at=NOW)], NOW)
    s.articles.save([article(title="Other")], LATER)
    assert archived(s) == (article(title="Other", views=1, views_at=NOW, first_seen=NOW),)


def test_the_same_page_from_another_source_is_the_same_article(s: Store) -> None:
    s.articles.save([article()], NOW)
    other = article(source="feed", native_id="guid-7", lede="Longer.")
    assert s.articles.save([other], LATER) == Saved(0, 1, 0)
    assert archived(s) == (article(lede="Longer.", first_seen=NOW),)


def test_an_article_that_moved_is_the_same_article(s: Store) -> None:
    s.articles.save([article()], NOW)
    moved = article(url="https://news.example/moved", url_key="news.example/moved")
    assert s.articles.save([moved], LATER) == Saved(0, 1, 0)
    assert archived(s) == (replace(moved, first_seen=NOW),)


def test_articles_without_an_address_are_told_apart_by_their_ids(s: Store) -> None:
    assert s.articles.save([article("a", url_key=""), article("b", url_key="")], NOW) == Saved(2, 0, 0)


def test_one_article_given_twice_in_one_call_is_kept_once(s: Store) -> None:
    twice = [article(), article(source="feed", native_id="guid-7"), article(title="Other")]
    assert s.articles.save(twice, NOW) == Saved(1, 1, 1)
    assert archived(s) == (article(title="Other", first_seen=NOW),)


def test_more_articles_than_one_statement_takes_are_all_saved(s: Store) -> None:
    many = [article(f"a{n:04}") for n in range(1201)]
    assert s.articles.save(many, NOW) == Saved(1201, 0, 0)
    assert s.articles.save(many, NOW) == Saved(0, 0, 1201)
    assert [a.native_id for a in archived(s)] == [a.native_id for a in many]


def test_the_window_takes_its_start_and_leaves_its_end(s: Store) -> None:
    tick = timedelta(microseconds=1)
    moments = {"before": WEEK.start - tick, "start": WEEK.start, "last": WEEK.end - tick, "end": WEEK.end}
    s.articles.save([article(name, published=at) for name, at in moments.items()], LATER)
    assert [a.native_id for a in s.articles.between(WEEK.start, WEEK.end)] == ["last", "start"]


def test_an_undated_article_counts_from_when_it_was_first_seen(s: Store) -> None:
    s.articles.save([article("seen", published=None)], WEEK.start)
    s.articles.save([article("too-late", published=None)], WEEK.end)
    s.articles.save([article("dated", published=WEEK.start - DAY)], WEEK.start)
    assert [a.native_id for a in s.articles.between(WEEK.start, WEEK.end)] == ["seen"]


def test_newest_come_first_and_ties_are_in_the_order_of_ids(s: Store) -> None:
    s.articles.save([article("b"), article("a"), article("new", published=NOW)], NOW)
    assert [a.native_id for a in archived(s)] == ["new", "a", "b"]


def test_health_counts_failures_in_a_row(s: Store) -> None:
    assert s.articles.health() == ()
    s.articles.record_fetch([SourceReport("b", (article(),)), SourceReport("a", failure="no answer")], NOW)
    s.articles.record_fetch([SourceReport("b", failure="404"), SourceReport("a", failure="time-out")], LATER)
    assert s.articles.health() == (
        SourceHealth("a", None, LATER, "time-out", 0, 2),
        SourceHealth("b", NOW, LATER, "404", 1, 1),
    )


def test_a_source_that_is_well_again_has_no_failures_in_a_row(s: Store) -> None:
    s.articles.record_fetch([SourceReport("a", failure="time-out")], NOW)
    s.articles.record_fetch([SourceReport("a", (article(),))], LATER)
    assert s.articles.health() == (SourceHealth("a", LATER, NOW, "time-out", 1, 0),)


# --- gone ------------------------------------------------------------------------------------


def test_an_article_that_is_gone_is_left_out_and_shown_apart(s: Store) -> None:
    s.articles.save([article("a"), article("b"), article("undated", published=None)], NOW)
    s.articles.mark_gone(["site:a", "site:undated", "site:never-seen", "other:b"], LATER)
    assert archived(s) == (article("b", first_seen=NOW),)
    assert s.articles.gone(NOW - 365 * DAY, NOW + 365 * DAY) == (
        (article("undated", published=None, first_seen=NOW), LATER),
        (article("a", first_seen=NOW), LATER),
    )


def test_what_is_gone_is_asked_for_by_the_same_window(s: Store) -> None:
    s.articles.save([article("start", published=WEEK.start), article("end", published=WEEK.end)], NOW)
    s.articles.mark_gone(["site:start", "site:end"], LATER)
    assert [a.native_id for a, _ in s.articles.gone(WEEK.start, WEEK.end)] == ["start"]


def test_an_article_that_its_source_gives_again_is_back_and_was_first_seen_when_it_was(s: Store) -> None:
    s.articles.save([article()], NOW)
    s.articles.mark_gone(["site:one"], NOW)
    assert s.articles.save([article()], LATER) == Saved(0, 1, 0)
    assert archived(s) == (article(first_seen=NOW),)
    assert s.articles.gone(WEEK.start, WEEK.end) == ()


def test_another_source_that_shows_the_same_page_brings_it_back_too(s: Store) -> None:
    s.articles.save([article()], NOW)
    s.articles.mark_gone(["site:one"], NOW)
    s.articles.save([article(source="feed", native_id="guid-7")], LATER)
    assert archived(s) == (article(first_seen=NOW),)


def test_an_article_that_is_gone_already_keeps_its_time(s: Store) -> None:
    s.articles.save([article()], NOW)
    s.articles.mark_gone(["site:one"], NOW)
    s.articles.mark_gone(["site:one"], LATER)
    assert [at for _, at in s.articles.gone(WEEK.start, WEEK.end)] == [NOW]


def test_one_article_says_since_when_it_is_gone(s: Store) -> None:
    s.articles.save([article("a"), article("b")], NOW)
    s.articles.mark_gone(["site:a"], LATER)
    assert [s.articles.gone_since(f"site:{name}") for name in ("a", "b", "never-seen")] == [LATER, None, None]


def test_an_id_may_hold_colons_and_more_may_go_than_one_statement_takes(s: Store) -> None:
    many = [article(f"https://news.example/?p={n}") for n in range(501)]
    s.articles.save(many, NOW)
    s.articles.mark_gone([a.id for a in many], LATER)
    assert archived(s) == ()


# --- changes and search ----------------------------------------------------------------------


def test_a_change_keeps_what_was_before_and_what_came_after(s: Store) -> None:
    s.articles.save([article(tags=("News", "UWC news"), cover=Cover("https://news.example/a.jpg", "", "Олена"))], NOW)
    assert s.articles.changes("site:one") == ()
    s.articles.save([article(title="Інша", tags=(), published=None)], LATER)
    moved = article(title="Інша", lede="Longer.", url="https://news.example/two", cover=Cover(None, "A map", "Desk"))
    s.articles.save([moved], LATER + DAY)
    assert s.articles.changes("site:one") == (
        Change(LATER, "title", "Title of one", "Інша"),
        Change(LATER, "tags", "News, UWC news", ""),
        Change(LATER, "published", "2026-11-16T23:00:00+00:00", ""),
        Change(LATER, "cover", "https://news.example/a.jpg · Олена", ""),
        Change(LATER + DAY, "lede", "What happened in one.", "Longer."),
        Change(LATER + DAY, "tags", "", "News"),
        Change(LATER + DAY, "url", "https://news.example/one", "https://news.example/two"),
        Change(LATER + DAY, "published", "", "2026-11-16T23:00:00+00:00"),
        Change(LATER + DAY, "cover", "", "A map · Desk"),
    )
    assert s.articles.changes("site:other") == ()


def test_what_no_reader_would_notice_is_no_change_to_be_told(s: Store) -> None:
    s.articles.save([article(views=1, views_at=NOW)], NOW)
    s.articles.save([article(views=2, views_at=LATER, modified=LATER, words=301)], LATER)
    s.articles.mark_gone(["site:one"], LATER)
    s.articles.save([article()], LATER + DAY)
    assert s.articles.changes("site:one") == ()


def test_two_sources_that_show_an_article_in_two_ways_change_it_once(s: Store) -> None:
    """Each of them changes it to and fro in every run, which would fill the history."""
    ours, theirs = article(), article(source="feed", native_id="guid-7", lede="Short.")
    between = [article(f"a{n}") for n in range(600)]  # so that the two are in different statements
    s.articles.save([ours, *between, theirs], NOW)
    for hours in range(3):
        s.articles.save([ours, *between, theirs], LATER + timedelta(hours=hours))
    assert s.articles.changes("site:one") == ()
    s.articles.save([replace(ours, lede="New."), *between, replace(theirs, lede="New, too.")], LATER + DAY)
    assert s.articles.changes("site:one") == (Change(LATER + DAY, "lede", "Short.", "New, too."),)


def test_articles_are_found_by_a_part_of_id_address_or_title_in_any_case(s: Store) -> None:
    s.articles.save(
        [
            article("a", title="Ціна «Свободи» — 100 %", published=NOW),
            article("b", url="https://news.example/svoboda/", published=NOW + DAY),
            article("undated", published=None),
            article("c", native_id="post-42", url_key="c", published=NOW - DAY),
        ],
        NOW,
    )
    s.articles.mark_gone(["site:a"], LATER)
    searches = {"СВОБОД": ["a"], "Example/SVOB": ["b"], "SITE:Post": ["post-42"], "100 %": ["a"], "100_%": []}
    searches |= {"/": ["b", "a", "undated", "post-42"], "no such": [], "": ["b", "a", "undated", "post-42"]}
    assert {text: [a.native_id for a in s.articles.search(text)] for text in searches} == searches
    assert [a.native_id for a in s.articles.search("site", limit=2)] == ["b", "a"]
    assert s.articles.search("undated") == (article("undated", published=None, first_seen=NOW),)


def test_a_search_does_not_find_a_text_across_two_fields(s: Store) -> None:
    s.articles.save([article("a", title="Title")], NOW)
    assert s.articles.search("news.example/a title") == ()


# --- memory of sources -----------------------------------------------------------------------

OF_FEED = SourceMemory("https://news.example/feed", '"tag"', "Thu, 19 Nov 2026 23:00:00 GMT", fetched_at=NOW)


def test_what_a_server_said_of_its_address_comes_back_as_it_was_kept(s: Store) -> None:
    assert s.articles.memories() == {}
    s.articles.record_fetch([SourceReport("a", memory=OF_FEED), SourceReport("b")], NOW)
    assert s.articles.memories() == {"a": OF_FEED}


def test_not_modified_is_a_good_fetch_and_keeps_the_count_of_articles(s: Store) -> None:
    s.articles.record_fetch([SourceReport("a", (article(),), memory=OF_FEED)], NOW)
    s.articles.record_fetch([SourceReport("a", memory=OF_FEED, unmodified=True)], LATER)
    assert s.articles.health() == (SourceHealth("a", LATER, None, "", 1, 0),)
    s.articles.record_fetch([SourceReport("a", memory=OF_FEED)], LATER + DAY)
    assert s.articles.health() == (SourceHealth("a", LATER + DAY, None, "", 0, 0),)


def test_an_address_that_is_gone_is_remembered_and_shown(s: Store) -> None:
    gone = SourceMemory("https://news.example/feed", gone_at=NOW)
    s.articles.record_fetch([SourceReport("a", failure="410", memory=gone)], NOW)
    s.articles.record_fetch([SourceReport("a", failure="it is gone")], LATER)
    assert s.articles.memories() == {"a": gone}
    assert s.articles.health() == (SourceHealth("a", None, LATER, "it is gone", 0, 2, gone_at=NOW),)


def test_a_source_that_is_well_is_not_gone_any_more_and_others_still_are(s: Store) -> None:
    gone = {name: SourceMemory("old", gone_at=NOW) for name in ("a", "b")}
    s.articles.record_fetch([SourceReport(name, failure="410", memory=gone[name]) for name in gone], NOW)
    s.articles.record_fetch([SourceReport("a", (article(),))], LATER)
    assert s.articles.memories() == gone | {"a": SourceMemory("old")}
    assert s.articles.health() == (
        SourceHealth("a", LATER, NOW, "410", 1, 0),
        SourceHealth("b", None, NOW, "410", 0, 1, gone_at=NOW),
    )
