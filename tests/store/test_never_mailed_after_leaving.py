"""Whatever happens in whatever order: nobody is mailed after they left, unless they came back by themselves."""

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from digest import store
from digest.models import Event, Outcome, Settled, Subscriber
from digest.store.people import Leaving
from digest.store.signups import Limits, Request
from tests.builders import END
from tests.store import scene

PEOPLE = [f"p{n}@example.org" for n in range(4)]
PERSON = st.sampled_from(PEOPLE)
SPELLING = st.sampled_from([str, str.upper, str.title])
NO_LIMITS = Limits(timedelta(0), 10_000, 10_000)
_TEMPLATE: list[Path] = []


def template() -> Path:
    """A database with the tables, made once."""
    if not _TEMPLATE:
        folder = Path(tempfile.mkdtemp())
        store.open("sqlite:///digest.db", folder=folder).close()
        _TEMPLATE.append(folder / "digest.db")
    return _TEMPLATE[0]


class Lists(RuleBasedStateMachine):
    """A model that knows only who said no last, beside the real store."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(template(), self.folder / "digest.db")
        self.store = store.open("sqlite:///digest.db", folder=self.folder)
        self.left: set[str] = set()
        self.mailed_after_leaving: list[str] = []
        self.now, self.week, self.names = END, 0, 0
        self.open: list[tuple[int, str]] = []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    def tick(self) -> None:
        self.now += timedelta(minutes=1)

    @rule(people=st.lists(PERSON, min_size=1), spelled=SPELLING)
    def imported(self, people: list[str], spelled) -> None:
        self.tick()
        self.store.people.add([Subscriber(spelled(each)) for each in people], "weekly", self.now, basis="a list")

    @rule(person=PERSON)
    def unsubscribed(self, person: str) -> None:
        self.tick()
        token = self.store.people.token(person)
        if token:
            self.store.people.leave([Leaving(token, ("weekly",), "one-click", self.now)])
            self.left.add(person)

    @rule(person=PERSON)
    def removed(self, person: str) -> None:
        self.tick()
        self.store.people.remove(person, self.now)
        self.left.add(person)

    @rule(person=PERSON, kind=st.sampled_from(["complained", "bounced", "delivered", "unsubscribed"]), spelled=SPELLING)
    def reported(self, person: str, kind, spelled) -> None:
        self.tick()
        self.names += 1
        found = Event(str(self.names), kind, spelled(person), self.now, permanent=kind == "bounced")
        known = self.store.people.token(person)
        self.store.events.record([("mailgun", found)], self.now)
        if kind != "delivered" and known:
            self.left.add(person)

    @rule(person=PERSON)
    def erased(self, person: str) -> None:
        self.tick()
        if not self.open and self.store.people.erase(person, self.now):
            self.left.add(person)

    @rule(person=PERSON)
    def came_back(self, person: str) -> None:
        self.tick()
        wish = Request(person, "", "en", ("weekly",), "every", "subscribe page", "yes")
        self.store.signups.ask(wish, self.now, NO_LIMITS)
        for due in self.store.signups.due(self.now):
            self.tick()
            self.store.signups.confirm(due.id, due.asked_at, self.now)
            self.left.discard(due.address)

    @rule()
    def audience_is_fixed(self) -> None:
        self.tick()
        record = scene.frozen(self.store, self.week, f"story {self.week}")
        self.week += 1
        size = self.store.ledger.freeze_audience(
            record.id, provider="mailgun", batch_size=2, unsubscribe_url="https://x.example/u/", at=self.now
        )
        if size:
            self.open.append((record.id, record.key))

    @rule()
    def sent(self) -> None:
        self.tick()
        for issue_id, key in self.open[:1]:
            batch = self.store.ledger.claim(issue_id, issue_key=key, owner="me", at=self.now)
            if batch is None:
                self.open.pop(0)
                return
            reached = [delivery.address.lower() for delivery in batch.deliveries]
            self.mailed_after_leaving += [each for each in reached if each in self.left]
            taken = Settled(tuple(Outcome(d.number, "accepted") for d in batch.deliveries))
            self.store.ledger.settle(issue_id, batch, taken, owner="me", at=self.now)

    @invariant()
    def nobody_is_mailed_after_leaving(self) -> None:
        assert getattr(self, "mailed_after_leaving", []) == []


Lists.TestCase.settings = settings(
    max_examples=int(os.environ.get("DIGEST_TEST_EXAMPLES", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_nobody_is_mailed_after_leaving = Lists.TestCase
