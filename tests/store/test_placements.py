from datetime import timedelta

from msgspec.structs import replace

from digest.models import Article, History
from digest.store.opened import Store
from tests.builders import WEEK, article
from tests.store.scene import EMAIL, LATER, WEEKS, begun, composed, frozen, now, sending

FAR = WEEK.end + 9 * WEEKS
W47, W48, W49 = (f"weekly-2026-W{week}" for week in (47, 48, 49))


def names(key: str, *articles: str) -> dict[str, str]:
    """What history says of articles that this issue took."""
    return {f"{place}{name}": key for name in articles for place in ("site:", "news.example/")}


def of(*articles: str) -> tuple[Article, ...]:
    return tuple(article(name) for name in articles)


def skip(s: Store, record) -> None:
    s.issues.skip(record.id, "a quiet week", LATER)


def test_there_is_no_history_before_the_first_issue(s: Store) -> None:
    assert s.issues.history("weekly", FAR, of("one")) == History()


def test_history_tells_what_frozen_issues_took_of_the_candidates(s: Store) -> None:
    frozen(s, 0, "one", "two", number=1)
    frozen(s, 1, "two", "three", "link", number=2)
    begun(s, 2)
    placed = names(W47, "one", "two") | names(W48, "link")
    assert s.issues.history("weekly", FAR, of("one", "two", "link", "new")) == History(
        2, WEEK.end + WEEKS, LATER, placed
    )
    assert s.issues.history("weekly", FAR, ()) == History(2, WEEK.end + WEEKS, LATER)
    assert s.issues.history("daily", FAR, of("one")) == History()


def test_history_ends_with_the_windows_that_had_ended(s: Store) -> None:
    frozen(s, 0, "one", number=1)
    frozen(s, 1, "three", number=2)
    first = History(1, WEEK.end, LATER, names(W47, "one"))
    both = of("one", "three")
    assert s.issues.history("weekly", WEEK.end, both) == first
    assert s.issues.history("weekly", WEEK.end + WEEKS - timedelta.resolution, both) == first
    assert s.issues.history("weekly", WEEK.end - timedelta.resolution, both) == History()


def test_an_issue_that_never_went_out_leaves_its_window_to_the_next(s: Store) -> None:
    begun(s)
    stopped = begun(s, 1)
    s.issues.stop(stopped.id, "a source is down", LATER)
    skip(s, frozen(s, 2, "one"))
    expected = History(end=WEEK.start, rolled_over=names(W49, "one"))
    assert s.issues.history("weekly", FAR, of("one")) == expected
    assert s.issues.history("weekly", WEEK.end + WEEKS, of("one")) == History(end=WEEK.start)
    assert s.issues.history("weekly", WEEK.end - timedelta.resolution, ()) == History()
    frozen(s, 3, number=1)
    assert s.issues.history("weekly", FAR, ()) == History(1, WEEK.end + 3 * WEEKS, LATER)


def test_a_skipped_issue_gives_back_articles_window_and_number(s: Store) -> None:
    frozen(s, 0, "one", number=1)
    skip(s, frozen(s, 1, "one", "two", "link", number=2))
    assert s.issues.history("weekly", FAR, of("one", "two", "link")) == History(
        1, WEEK.end, LATER, names(W47, "one"), rolled_over=names(W48, "two", "link")
    )
    frozen(s, 2, "two", number=2)
    assert s.issues.history("weekly", FAR, of("one", "two", "link")) == History(
        2, WEEK.end + 2 * WEEKS, LATER, names(W47, "one") | names(W49, "two"), rolled_over=names(W48, "link")
    )


def test_an_issue_skipped_after_the_next_was_frozen_gives_back_its_articles_and_nothing_else(s: Store) -> None:
    first = frozen(s, 0, "one", "two", number=1)
    frozen(s, 1, "three", number=2)
    skip(s, first)
    assert s.issues.history("weekly", FAR, of("one", "two", "three")) == History(
        2, WEEK.end + WEEKS, LATER, names(W48, "three"), rolled_over=names(W47, "one", "two")
    )


def test_an_article_of_two_skipped_issues_rolls_over_from_the_first(s: Store) -> None:
    skip(s, frozen(s, 0, "one"))
    skip(s, frozen(s, 1, "one"))
    assert s.issues.history("weekly", FAR, of("one")).rolled_over == names(W47, "one")


def test_another_newsletters_issues_take_and_give_back_nothing(s: Store) -> None:
    frozen(s, 0, "one", newsletter="daily")
    skip(s, frozen(s, 1, "two", newsletter="daily"))
    assert s.issues.history("weekly", FAR, of("one", "two")) == History()


def test_a_candidate_is_known_by_its_id_or_by_its_address(s: Store) -> None:
    """Moved to another address, or shown by another source, it is the same article; it has both names then."""
    frozen(s, 0, "one", "two", number=1)
    moved = article("one", url_key="news.example/moved")
    other = article("two", source="feed", native_id="guid-7")
    assert s.issues.history("weekly", FAR, [moved, other]).placed == dict.fromkeys(
        ["site:one", "news.example/moved", "feed:guid-7", "news.example/two"], W47
    )
    assert [s.issues.took(each) for each in (moved, other)] == [((W47, "frozen"),)] * 2


def test_what_one_issue_took_under_one_name_is_not_given_back_under_the_other(s: Store) -> None:
    frozen(s, 0, "one", number=1)
    record = begun(s, 1)
    issue = composed(record, "one")
    moved = replace(issue, lead=replace(issue.lead, article=article("one", url_key="news.example/moved")))
    s.issues.freeze(record.id, moved, EMAIL, by="Olena", at=LATER)
    skip(s, record)
    history = s.issues.history("weekly", FAR, [article("one", url_key="news.example/moved")])
    assert (history.placed, history.rolled_over) == (dict.fromkeys(["site:one", "news.example/moved"], W47), {})


def test_articles_without_an_address_are_not_taken_for_one_another(s: Store) -> None:
    record = begun(s)
    issue = composed(record, "one")
    bare = replace(issue, lead=replace(issue.lead, article=article("one", url_key="")))
    s.issues.freeze(record.id, bare, EMAIL, by="Olena", at=LATER)
    one, two = article("one", url_key=""), article("two", url_key="")
    assert s.issues.history("weekly", FAR, [one, two]).placed == {"site:one": W47}
    assert (s.issues.took(one), s.issues.took(two)) == (((W47, "frozen"),), ())


def test_thousands_of_candidates_are_looked_up_at_once(s: Store) -> None:
    frozen(s, 0, *(f"a{n}" for n in range(600)), number=1)
    found = s.issues.history("weekly", FAR, of(*(f"a{n}" for n in range(500, 3000))))
    assert found.placed == names(W47, *(f"a{n}" for n in range(500, 600)))


def test_an_article_tells_every_issue_that_placed_it(s: Store) -> None:
    skipped = frozen(s, 1, "one", newsletter="daily")
    frozen(s, 0, "one")
    skip(s, skipped)
    record = frozen(s, 2, "one", "two")
    s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)
    sending(s, now(s, record))
    assert s.issues.took(article("one")) == ((W47, "frozen"), ("daily-2026-W48", "skipped"), (W49, "approved"))
    assert s.issues.took(article("three")) == ()
