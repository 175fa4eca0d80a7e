"""Each provider's wire format with answers that lie: nobody may get the email twice, or be called accepted wrongly."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from digest import send
from digest.errors import DigestError
from digest.send import sending
from tests.fakes import Fake, Fault
from tests.faults import scene
from tests.faults.scene import Verdict
from tests.send.providers import contract
from tests.send.scene import KEY, fast_clock

PEOPLE, BATCH = 12, 4
HTML = "<html><body>Welcome to the hotel's wireless</body></html>"


@dataclass(frozen=True, slots=True)
class Lie:
    """What happens to the second call and to as many after it."""

    fault: Fault
    times: int = 1


A_YEAR = "429 for a year"
"""What is not to be called again is waited for, for a quarter of an hour: by a clock that runs faster still."""
SHORT = ("200 with an error", "taken, JSON cut off", "taken, reset", "the other batch", A_YEAR)
"""Those that tell the most; the long form has all of them for all providers."""
LIES: dict[str, Lie] = {
    "200 with an error": Lie(Fault(200, {"error": "quota exceeded", "errors": ["quota exceeded"]})),
    "200 with garbage": Lie(Fault(200, HTML)),
    "200 and nothing": Lie(Fault(200, "")),
    "taken, 200 with garbage": Lie(Fault(200, HTML, taken=True)),
    "taken, JSON cut off": Lie(Fault(200, '{"id": ', {"Content-Type": "application/json"}, taken=True)),
    "500": Lie(Fault(500, {"message": "broken"})),
    "taken, 500": Lie(Fault(500, {"message": "broken"}, taken=True)),
    "taken, 503": Lie(Fault(503, HTML, taken=True)),
    "reset": Lie(Fault(200, ending="reset")),
    "taken, reset": Lie(Fault(200, ending="reset", taken=True)),
    "taken, cut": Lie(Fault(200, ending="cut", taken=True)),
    "hang": Lie(Fault(200, ending="hang")),
    "taken, hang": Lie(Fault(200, ending="hang", taken=True)),
    "429": Lie(Fault(429, {"message": "slow down"}), 3),
    A_YEAR: Lie(Fault(429, {"message": "slow down"}, {"Retry-After": "31536000"})),
    "401": Lie(Fault(401, {"message": "no such key"})),
    "a redirect": Lie(Fault(302, "", {"Location": "/elsewhere"})),
    "the other batch": Lie(Fault()),  # made from the first answer, below
    "twice": Lie(Fault()),
}


def lied(kind: type[Fake], name: str) -> Verdict:
    """What became of an issue that met this lie, sent until nothing more can be done."""
    lie = LIES[name]
    with tempfile.TemporaryDirectory() as folder, kind() as fake:
        with scene.issue(Path(folder), PEOPLE, min(BATCH, _largest(fake))) as store:
            record = store.issues.get(KEY)
            assert record
            now = fast_clock(10_000 if name == A_YEAR else 1000)
            fake.faults.extend([None, *[lie.fault] * lie.times])
            if name in ("the other batch", "twice"):
                fake.faults.clear()
                _mixed(fake, name)
            for later in (timedelta(), timedelta(hours=2), timedelta(hours=5)):
                with contract.over(fake, answer_s=0.3 if lie.fault.ending == "hang" else 10) as provider:
                    plan = send.Plan(clock=lambda later=later: now() + later, in_doubt=_policy(fake))
                    try:
                        sending.issue(record, store.ledger, provider, plan)
                    except DigestError:
                        continue
            return scene.verdict(store, fake)


def _largest(fake: Fake) -> int:
    return int(contract.module(fake.name).CAPABILITIES.largest_batch)


def _policy(fake: Fake) -> sending.Policy:
    return "hold" if contract.module(fake.name).CAPABILITIES.asked_after is None else "ask"


def _mixed(fake: Fake, name: str) -> None:
    """The second call is taken, and answered with the first one's answer, or with its own said twice."""
    answer, seen = fake.answer, []

    def lying(call, fault):
        right = answer(call, fault)
        seen.append(right)
        if len(seen) != 2:
            return right
        if name == "the other batch":
            return seen[0]
        return type(right)(right.status, _doubled(right.body), right.headers)

    fake.answer = lying  # type: ignore[method-assign]


def _doubled(body: object) -> object:
    if isinstance(body, list):
        return [*body, *body]
    if isinstance(body, dict):
        return {key: [*value, *value] if isinstance(value, list) else value for key, value in body.items()}
    return f"{body}{body}"
