"""What people were told, and whose database it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from digest.store.instance import EVERYTHING, Pause
from digest.store.notices import AGAIN, MOST_TRIES
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.store.conftest import execute

MINUTE = timedelta(minutes=1)


def claim(s: Store, at=NOW, key="weekly-2026-W47/sent", channel="webhook"):
    return s.notices.claim(key, channel, newsletter="weekly", kind="sent", title="It has gone out", at=at)


def test_a_notice_is_claimed_once_for_each_channel(s):
    assert [claim(s), claim(s), claim(s, channel="ping"), claim(s, key="another")] == [True, False, True, True]


def test_of_many_that_want_to_tell_it_one_may(s):
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: claim(s), range(16))) == 1


def test_what_was_told_is_never_told_again(s):
    claim(s)
    s.notices.told("weekly-2026-W47/sent", "webhook", NOW)
    assert not claim(s, NOW + timedelta(days=9))
    assert s.notices.done("weekly-2026-W47/sent")


def test_what_could_not_be_told_is_tried_again_each_time_twice_as_late_and_then_left(s):
    assert claim(s)
    s.notices.failed("weekly-2026-W47/sent", "webhook", "no connection")
    assert [claim(s, NOW + AGAIN - MINUTE), claim(s, NOW + AGAIN)] == [False, True]
    assert [claim(s, NOW + 2 * AGAIN), claim(s, NOW + 3 * AGAIN)] == [False, True]
    later = [claim(s, NOW + timedelta(days=n)) for n in range(1, 20)]
    assert sum(later) == MOST_TRIES - 3
    assert not s.notices.done("weekly-2026-W47/sent")
    assert [each.failure for each in s.notices.latest()] == ["no connection"]


def test_what_is_looked_at_once_is_no_notice(s):
    assert [s.notices.first("weekly-2026-W47/delivery", newsletter="weekly", at=NOW) for _ in range(3)] == [
        True,
        False,
        False,
    ]
    assert s.notices.latest() == ()


def test_pauses_are_kept_apart_and_one_for_all_holds_for_all(s):
    s.instance.pause("weekly", NOW, "Olena", "the office moves")
    assert s.instance.paused("weekly", NOW) == Pause("weekly", NOW, "Olena", "the office moves")
    assert s.instance.paused("daily", NOW) is None
    s.instance.pause(EVERYTHING, NOW, "Olena", "holidays")
    assert s.instance.paused("daily", NOW) == Pause(EVERYTHING, NOW, "Olena", "holidays")
    assert [each.newsletter for each in s.instance.pauses()] == [EVERYTHING, "weekly"]
    assert s.instance.resume(EVERYTHING, NOW)
    assert (s.instance.pauses(), s.instance.resume("weekly", NOW)) == ((), False)


def test_the_database_that_is_where_it_was_is_not_paused(place):
    for _ in range(2):
        with place.open() as s:
            assert s.instance.paused("weekly", NOW) is None


def test_a_database_that_came_from_elsewhere_is_paused_until_a_person_says_go(place):
    with place.open() as s:
        assert s.instance.paused("weekly", NOW) is None
    execute(place, "update instance set identity = 'another machine'")
    with place.open() as s:
        pause = s.instance.paused("weekly", NOW)
        assert pause is not None
        assert pause.copied
        s.instance.resume(EVERYTHING, NOW)
        assert s.instance.paused("weekly", NOW) is None
