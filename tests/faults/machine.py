"""The ledger under any order of what can happen to it, held against a provider that remembers what it took."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import asdict

from digest import store as stores
from digest.errors import DigestError
from digest.models import Batch, InDoubt, NotSent, Outcome, Refused, Settled, Stopped, Subscriber
from digest.store.doubts import Learned
from tests import tables
from tests.builders import SLOT

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
PEOPLE, BATCH = 12, 4
KEY = "weekly-2026-W47"
WHATS = ("accept", "part", "throttle", "refuse", "stop", "lost", "lost, taken", "some")


class Ledger(RuleBasedStateMachine):
    """Two senders, a provider without keys or with them, people who leave, and an operator who knows the truth."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        tables.put(Path(self._folder.name))
        self.store = stores.open("sqlite:///digest.db", folder=Path(self._folder.name))
        people = [Subscriber(f"reader{n}@readers.org") for n in range(1, PEOPLE + 1)]
        self.store.people.add(people, "weekly", NOW)
        self.issue = self.store.issues.begin("weekly", SLOT, KEY, NOW).id
        self.store.ledger.freeze_audience(
            self.issue, provider="resend", batch_size=BATCH, unsubscribe_url="https://x/", at=NOW
        )
        self.now = NOW
        self.held: dict[str, Batch] = {}
        self.taken: Counter[int] = Counter()
        self.keys: dict[str, tuple[int, ...]] = {}
        self.left: set[int] = set()
        self.refused: set[int] = set()
        self.cancelled = self.paused = False
        self.went_out: dict[str, tuple[int, ...]] = {}

    def teardown(self) -> None:
        self.store.close()
        self._folder.cleanup()

    # --- what a sender does

    @rule(owner=st.sampled_from(["a", "b"]))
    def claim(self, owner):
        if owner in self.held:
            return
        batch = self.store.ledger.claim(self.issue, issue_key=KEY, owner=owner, at=self.now)
        if batch is None:
            return
        numbers = tuple(d.number for d in batch.deliveries)
        assert not self.cancelled, "claimed after the cancellation"
        assert not self.paused, "claimed during a pause"
        if batch.replay:
            assert self.went_out[batch.key] == numbers, "a replay of other people"
        else:
            assert not self.left.intersection(numbers), "somebody who left is in a claim"
            assert not self.refused.intersection(numbers), "somebody who was refused is in a claim"
        self.went_out[batch.key] = numbers
        self.held[owner] = batch

    @rule(owner=st.sampled_from(["a", "b"]), what=st.sampled_from(WHATS))
    def send(self, owner, what):
        """What happens most: a batch is claimed and answered for."""
        self.claim(owner)
        if owner in self.held:
            self._answered(owner, what)

    @rule(what=st.sampled_from(WHATS))
    def send_everything(self, what):
        """As often as there are people, the first time with this answer."""
        for _ in range(PEOPLE):
            self.send("a", what)
            what = "accept"

    @precondition(lambda self: self.held)
    @rule(data=st.data(), what=st.sampled_from(WHATS))
    def answer(self, data, what):
        self._answered(data.draw(st.sampled_from(sorted(self.held))), what)

    def _answered(self, owner, what):
        batch = self.held.pop(owner)
        numbers = [d.number for d in batch.deliveries]
        if batch.replay and batch.key in self.keys:
            known = Settled(tuple(Outcome(n, "accepted", "id") for n in numbers))
            answer = {"throttle": NotSent("429"), "refuse": Refused("bad"), "lost": InDoubt("reset")}.get(what, known)
        else:
            answer = self._answer(batch, numbers, what)
        self._settle(batch, answer, owner)

    def _answer(self, batch, numbers, what):
        if what in ("accept", "lost, taken", "part", "some"):
            some = numbers if what in ("accept", "lost, taken") else numbers[::2]
            self._take(batch, some)
            told = tuple(Outcome(n, "accepted", "id") for n in some)
            return {"lost, taken": InDoubt("reset"), "some": Settled(told, NotSent("throttled"))}.get(
                what, Settled(told)
            )
        return {
            "throttle": NotSent("429"),
            "refuse": Refused("bad address"),
            "stop": Stopped("401"),
            "lost": InDoubt("reset"),
        }[what]

    def _take(self, batch, numbers):
        self.taken.update(numbers)
        if len(numbers) == len(batch.deliveries):
            self.keys[batch.key] = tuple(numbers)

    def _settle(self, batch, answer, owner):
        ours = self.store.ledger.settle(self.issue, batch, answer, owner=owner, at=self.now, next_at=self.now)
        if ours and isinstance(answer, Refused) and len(batch.deliveries) == 1 and not batch.replay:
            self.refused.add(batch.deliveries[0].number)
        return ours

    @precondition(lambda self: self.held)
    @rule(data=st.data(), taken=st.booleans())
    def die(self, data, taken):
        """The sender is killed: the provider may have taken the batch, the answer is never heard of."""
        self.die_holding(data.draw(st.sampled_from(sorted(self.held))), taken=taken)

    def die_holding(self, owner, *, taken):
        batch = self.held.pop(owner)
        if taken and not (batch.replay and batch.key in self.keys):
            self._take(batch, [d.number for d in batch.deliveries])

    @precondition(lambda self: not self.held)
    @rule(seen=st.integers(0, BATCH), what=st.sampled_from(WHATS))
    def crash(self, seen, what):
        """A sender dies after the provider took its batch, webhooks tell of some of it, the next run asks again."""
        self.claim("a")
        batch = self.held.pop("a", None)
        if batch is None:
            return
        if not (batch.replay and batch.key in self.keys):
            self._take(batch, [d.number for d in batch.deliveries])
        for delivery in batch.deliveries[:seen]:
            self.webhook(delivery.number)
        self.take_up(replay=True)
        self.send("a", what)

    @precondition(lambda self: not self.held)
    @rule(replay=st.booleans())
    def take_up(self, replay):
        """The next run: nobody else is at it."""
        for orphan in self.store.ledger.orphans(self.issue):
            again = replay and orphan.key in self.keys
            if again and self.store.ledger.to_replay(self.issue, orphan.seq, self.now):
                continue
            if orphan.state != "in doubt":
                self.store.ledger.to_doubt(self.issue, orphan.seq, "died", self.now, self.now)

    # --- what is learned, and decided

    @precondition(lambda self: not self.held)
    @rule(resend=st.booleans())
    def ask(self, resend):
        for doubt in self.store.ledger.in_doubt(self.issue):
            batch = self.store.ledger.doubted(self.issue, doubt.seq, KEY)
            known = [Outcome(d.number, "accepted", "id") for d in batch.deliveries if self.taken[d.number]]
            left = self.store.ledger.learn(self.issue, doubt.seq, known, Learned("asked", self.now, "it said"))
            if left and resend and not self.cancelled:
                self.store.ledger.send_again(self.issue, doubt.seq, "the provider", self.now)

    @rule(number=st.integers(1, PEOPLE))
    def webhook(self, number):
        if self.taken[number]:
            self.store.ledger.heard(KEY, number, "id", self.now)

    @rule(number=st.integers(1, PEOPLE))
    def leave(self, number):
        self.store.people.remove(f"reader{number}@readers.org", self.now, "weekly")
        self.left.add(number)

    @rule(what=st.sampled_from(["pause", "resume", "resume", "cancel"]), sure=st.integers(0, 3))
    def decide(self, what, sure):
        try:
            if what == "pause":
                self.store.ledger.pause(self.issue, "Olena", "", self.now)
                self.paused = True
            elif what == "resume":
                self.store.ledger.resume(self.issue, "Olena", self.now)
                self.paused = False
            elif sure == 0:
                self.store.ledger.cancel(self.issue, "Olena", "", self.now)
                self.cancelled = True
        except DigestError:
            return

    @precondition(lambda self: not self.held and not self.cancelled)
    @rule(sure=st.integers(0, 3))
    def cancel_in_mid_call(self, sure):
        """The call that is under way was not taken: nobody tries it again."""
        self.claim("a")
        if "a" in self.held and sure == 0:
            self.store.ledger.cancel(self.issue, "Olena", "", self.now)
            self.cancelled = True
            self._settle(self.held.pop("a"), NotSent("429"), "a")

    @precondition(lambda self: not self.held and not self.cancelled)
    @rule(sure=st.integers(0, 3))
    def cancel_after_a_crash(self, sure):
        """The provider took the batch, its sender died, and the next run comes after the cancellation."""
        if sure:
            return
        self.claim("a")
        if "a" in self.held:
            self.die_holding("a", taken=True)
            self.store.ledger.cancel(self.issue, "Olena", "", self.now)
            self.cancelled = True
            self.take_up(replay=True)

    @precondition(lambda self: not self.held and not self.cancelled)
    @rule()
    def answer_too_late(self):
        """A sender that was given up says that its call was not taken, when another has the batch in its hands."""
        self.claim("a")
        batch = self.held.pop("a", None)
        if batch is None or batch.replay:
            return
        self.store.ledger.to_doubt(self.issue, batch.seq, "given up", self.now)
        self.store.ledger.send_again(self.issue, batch.seq, "Olena", self.now)
        self.claim("b")
        before = self.store.ledger.counts(self.issue)
        assert not self._settle(batch, NotSent("late"), "a")
        assert self.store.ledger.counts(self.issue) == before

    @rule(minutes=st.sampled_from([-60, -1, 1, 30, 90]))
    def clock(self, minutes):
        """It jumps, too."""
        self.now += timedelta(minutes=minutes)

    # --- what must hold

    @invariant()
    def nobody_was_given_two(self):
        assert max(self.taken.values(), default=0) <= 1

    @invariant()
    def everybody_is_accounted_for(self):
        counts = self.store.ledger.counts(self.issue)
        assert sum(asdict(counts).values()) == 2 * PEOPLE, counts
        assert not (self.cancelled and counts.pending), "left to be sent after the cancellation"
        assert counts.in_doubt == sum(doubt.size for doubt in self.store.ledger.in_doubt(self.issue))

    @invariant()
    def nobody_is_called_accepted_who_was_not_taken(self):
        states = [state for _, state, _ in self.store.ledger.recipients(self.issue)]
        wrong = [n for n, state in enumerate(states, 1) if state == "accepted" and not self.taken[n]]
        lost = [
            n for n, state in enumerate(states, 1) if state in ("suppressed", "rejected", "cancelled") and self.taken[n]
        ]
        assert (wrong, lost) == ([], [])


def run(examples: int, steps: int = 30) -> None:
    """So many orders of events. Raises AssertionError for one that breaks a promise."""
    machine = Ledger.TestCase
    machine.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    machine().runTest()
