"""The sender and the ledger with one mistake each, in a copy: the harness has to see every one of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.builders import REPOSITORY


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: in `file`, `right` becomes `wrong`."""

    file: str
    right: str
    wrong: str
    judge: Literal["machine", "chaos", "power"] = "machine"


LEDGER, BATCHES, VERDICTS = "digest/store/ledger.py", "digest/store/batches.py", "digest/store/verdicts.py"
DOUBTS, STATEMENTS, HALTS = "digest/store/doubts.py", "digest/store/statements.py", "digest/store/halts.py"
OUTCOMES, WORK, DATABASE = "digest/send/outcomes.py", "digest/send/work.py", "digest/store/database.py"
MUTANTS: dict[str, Mutant] = {
    "a doubt is tried again": Mutant(
        VERDICTS, 'return Verdict("in doubt", reason)', 'return Verdict("pending", reason)'
    ),
    "a doubt counts as sent": Mutant(
        VERDICTS,
        'return Verdict("in doubt", reason)',
        'return Verdict("done", outcomes=tuple(Outcome(d.number, "accepted") for d in batch.deliveries))',
    ),
    "a claim is not kept": Mutant(
        LEDGER, 'batches.move(connection, row, state="in flight"', 'batches.move(connection, row, state="pending"'
    ),
    "an orphan is rescued": Mutant(
        STATEMENTS, 'state="in doubt",\n    reason=bindparam("said")', 'state="pending",\n    reason=bindparam("said")'
    ),
    "an answer in part ends the batch": Mutant(
        VERDICTS, 'return Verdict("in doubt", f"the answer', 'return Verdict("done", f"the answer'
    ),
    "who left is not looked for": Mutant(
        BATCHES, "rows if each[1] not in there]\n    append", "rows if False]\n    append"
    ),
    "a replay leaves out who is known": Mutant(BATCHES, " - learned_under(connection, row, row.key)", ""),
    "a refused replay is split": Mutant(
        VERDICTS, "case Refused(reason) if batch.replay:", "case Refused(reason) if False:"
    ),
    "the halves of a split overlap": Mutant(LEDGER, "last_number=middle - 1", "last_number=middle"),
    "a split forgets its upper half": Mutant(LEDGER, '"first_number": middle,', '"first_number": middle + 1,'),
    "a pause is not looked for": Mutant(
        LEDGER,
        "if halts.of(connection, issue_id):\n        return None",
        "if False:\n        return None",
    ),
    "a cancelled batch comes back": Mutant(HALTS, 'return "in doubt" if replay else "cancelled"', 'return "pending"'),
    "what is news is not told apart": Mutant(DOUBTS, "if outcome.number in set(left)]", "]"),
    "the fence lets everybody in": Mutant(
        STATEMENTS,
        '        batch.c.attempt == bindparam("attempt"),\n        batch.c.owner == bindparam("owner"),\n',
        "",
    ),
    "sent again with those who have it": Mutant(
        BATCHES,
        "rows = [each for each in _rows(connection, row) if each[0] not in known]\n    there = _subscribed",
        "rows = _rows(connection, row)\n    there = _subscribed",
    ),
    "a broken connection was not sent": Mutant(
        OUTCOMES, "_NEVER_LEFT = (", "_NEVER_LEFT = (httpx.ReadError, httpx.ReadTimeout, ", "chaos"
    ),
    "a 500 was not sent": Mutant(OUTCOMES, "_WAITS = (", "_WAITS = (500, 503, ", "chaos"),
    "any success is the provider's": Mutant(
        OUTCOMES,
        'return InDoubt(f"{said(response)} (a success, but',
        'return accepted(batch) or InDoubt(f"{said(response)} (a success, but',
        "chaos",
    ),
    "a commit is not synced": Mutant(DATABASE, '"synchronous = full"', '"synchronous = normal"', "power"),
    "an orphan of a cancelled issue is asked for again": Mutant(
        LEDGER,
        'if halt and halt.what == "cancelled":\n                return False',
        "if False:\n                return False",
    ),
    "asked again without a key": Mutant(
        WORK, "if self._provider.capabilities.replay_within is None:", "if False:", "chaos"
    ),
}


def caught(name: str) -> bool:
    """Whether the judge of this mutant fails, in a copy of the code that has its mistake."""
    mutant = MUTANTS[name]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for each in ("digest", "tests", "templates"):
            shutil.copytree(REPOSITORY / each, copy / each, ignore=shutil.ignore_patterns("__pycache__", "golden"))
        for each in ("config.toml", "README.md", "pyproject.toml"):
            shutil.copy(REPOSITORY / each, copy)
        file = copy / mutant.file
        text = file.read_text(encoding="utf-8")
        assert text.count(mutant.right) >= 1, f"{name}: the code has changed; mend the mutant"
        file.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
        return judged(copy, mutant.judge) != 0


def judged(where: Path, judge: str) -> int:
    """The exit code of a judge over the code in that folder; 0 when it sees nothing wrong."""
    command = [sys.executable, "-m", "tests.faults.mutants", judge]
    done = subprocess.run(command, cwd=where, check=False, capture_output=True, text=True, timeout=600)
    return done.returncode


def _judge(name: str) -> None:
    if name == "machine":
        from tests.faults import machine

        machine.run(80)
        return
    if name == "power":
        from tests.faults import power

        for policy in ("hold", "key"):
            for verdict in power.all_resumed(policy, short=True):
                assert verdict.clean, (policy, verdict)
        return
    from tests.fakes import MailgunFake, ResendFake
    from tests.faults import chaos

    for lie in ("taken, reset", "taken, 500", "taken, 503", "200 with garbage", "taken, hang"):
        for kind in (MailgunFake, ResendFake):
            verdict = chaos.lied(kind, lie)
            assert verdict.clean, (kind.name, lie, verdict)


if __name__ == "__main__":
    _judge(sys.argv[1])
