"""Many requests, one transaction."""

import asyncio
import threading
import time

import pytest

from digest.web.public.together import Together
from tests.web.public.conftest import finished


def run(work, items):
    async def all_at_once():
        together = Together(work)
        return await asyncio.gather(*map(together, items), return_exceptions=True)

    return finished(all_at_once())


def test_what_comes_during_a_commit_is_done_in_the_next_one():
    batches = []

    def work(items):
        batches.append(list(items))
        time.sleep(0.01)
        return [item * 2 for item in items]

    assert run(work, range(500)) == [2 * n for n in range(500)]
    assert [item for batch in batches for item in batch] == list(range(500))
    assert len(batches) <= 3


def test_one_that_fails_does_not_fail_the_others():
    def work(items):
        if 3 in items:
            raise ValueError("three")
        return list(items)

    answers = run(work, range(6))
    assert [each if isinstance(each, int) else str(each) for each in answers] == [0, 1, 2, "three", 4, 5]


def test_who_hangs_up_does_not_take_back_what_is_being_kept():
    kept, begun = [], threading.Event()

    def work(items):
        begun.set()
        time.sleep(0.1)
        kept.extend(items)
        return [None] * len(items)

    async def hang_up():
        together = Together(work)
        first, second = asyncio.ensure_future(together("first")), asyncio.ensure_future(together("second"))
        await asyncio.to_thread(begun.wait)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second

    finished(hang_up())
    assert kept == ["first", "second"]
