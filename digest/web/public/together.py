"""Many requests, one transaction: each is answered after the commit that holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_AT_ONCE = 2_000


class Together(Generic[_Item, _Result]):
    """Gathers what comes while the last commit is under way, and does it in the next one.

    A commit with fsync takes milliseconds, whatever it holds: so a disk that makes a few hundred of
    them a second serves thousands of requests.
    """

    def __init__(self, work: Callable[[Sequence[_Item]], Sequence[_Result]]) -> None:
        """`work` does all items in one transaction, in their order, and gives a result for each."""
        self._work = work
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._waiting: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, item: _Item) -> _Result:
        """The item's result, committed. Raises what `work` raised for this item."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._writer is None:
            self._writer = loop.create_task(self._write())
        return await future

    async def _write(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                await self._do(taken)
        finally:
            self._writer = None

    async def _do(self, taken: Sequence[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._thread, self._work, [item for item, _ in taken])
        except Exception as error:  # the boundary of one transaction: whoever asked gets the error
            if len(taken) == 1:
                if not taken[0][1].done():
                    taken[0][1].set_exception(error)
                return
            for each in taken:  # one of them is at fault; the others must not pay for it
                await self._do([each])
            return
        for (_, future), result in zip(taken, results, strict=True):
            if not future.done():  # whoever asked may have hung up; what was committed stays
                future.set_result(result)
