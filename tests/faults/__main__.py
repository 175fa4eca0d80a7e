"""The long form: `python -m tests.faults` prints what a day of bad luck does. Each part can be run alone.

python -m tests.faults [PART …] [--kills 1000] …

Parts: kills syscalls errors power network disks chaos drains restarts fleet hosts machine mutants.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, fields
from pathlib import Path

from tests.fakes import ALL
from tests.faults import chaos, disks, fleet, hosts, kills, machine, mutants, network, power, restarts, syscalls
from tests.faults.scene import Verdict

Rows = Iterator[Sequence[object]]


def main() -> int:
    """Prints the tables; 1 when a promise was broken or a mutant was not seen."""
    options = _options()
    logging.getLogger("digest.send").setLevel(logging.ERROR)  # what goes wrong here is meant to
    broken = False
    for part in options.parts or PARTS:
        began = time.monotonic()
        print(f"\n{part}", flush=True)
        for row in PARTS[part](options):
            broken |= "✗" in row
            print("  " + "  ".join(f"{value!s:>12}" for value in row), flush=True)
        print(f"  ({time.monotonic() - began:.0f} s)")
    return int(broken)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--kills", type=int, default=1000, help="of each policy")
    parser.add_argument("--people", type=int, default=2000, help="of one campaign")
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--every", type=int, default=1, help="only each n-th call to the system")
    parser.add_argument("--cuts", type=int, default=50, help="of the network")
    parser.add_argument("--drains", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4, help="of a fleet")
    parser.add_argument("--examples", type=int, default=2000, help="of the state machine")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _mark(*, clean: bool) -> str:
    return "✓" if clean else "✗"


def _kills(options: argparse.Namespace) -> Rows:
    yield ("", *(field.name for field in fields(kills.Killed)))
    with ThreadPoolExecutor() as pool:  # most of it is waiting
        for done in pool.map(lambda each: _killed(each, options), kills.POLICIES):
            clean = not (done.duplicates or done.lost or done.false_accepted) and done.most_at_once <= 3 * options.batch
            yield _mark(clean=clean), *astuple(done)


def _killed(policy: str, options: argparse.Namespace) -> kills.Killed:
    return kills.killed(policy, options.kills, options.people, options.batch, workers=3, seed=options.seed)


def _points(options: argparse.Namespace, *, errors: bool) -> Rows:
    yield "", "policy", "call", "points", "clean", "in doubt"
    for policy in ("hold", "key"):
        by_call: dict[str, list[Verdict]] = {}
        for point, verdict in syscalls.all_disturbed(policy, every=options.every, errors=errors):
            by_call.setdefault(f"{point.call} {point.what.partition('=')[2]}", []).append(verdict)
        for name, found in by_call.items():
            clean = [each.clean and not each.pending for each in found]
            yield _mark(clean=all(clean)), policy, name, len(clean), sum(clean), max(each.in_doubt for each in found)


def _syscalls(options: argparse.Namespace) -> Rows:
    yield from _points(options, errors=False)


def _errors(options: argparse.Namespace) -> Rows:
    yield from _points(options, errors=True)


def _power(_: argparse.Namespace) -> Rows:
    yield "", "policy", "disks", "duplicates", "false", "forgotten", "in doubt"
    for policy in ("hold", "key"):
        found = list(power.all_resumed(policy, short=False))
        counts = [sum(getattr(v, name) for v in found) for name in ("duplicates", "false_accepted", "forgotten")]
        most = max(v.in_doubt for v in found)
        clean = all(v.clean and not v.pending for v in found) and most <= (syscalls.BATCH if policy == "hold" else 0)
        yield _mark(clean=clean), policy, len(found), *counts, most


def _network(options: argparse.Namespace) -> Rows:
    yield "", "policy", "cuts", "people", "duplicates", "false", "forgotten", "in doubt"
    with ThreadPoolExecutor() as pool:  # most of it is waiting
        cut = pool.map(lambda each: network.cut(each, options.cuts, options.people, 5), network.POLICIES)
        for policy, (done, v) in zip(network.POLICIES, cut, strict=True):
            clean = v.clean and not v.pending and v.in_doubt <= (done * 3 * 5 if policy == "hold" else 0)
            mark = _mark(clean=clean)
            yield mark, policy, done, v.people, v.duplicates, v.false_accepted, v.forgotten, v.in_doubt


def _disks(_: argparse.Namespace) -> Rows:
    yield "", "room in KiB", "duplicates", "false", "forgotten", "in doubt", "then pending"
    for room in range(0, 400, 16):
        v = disks.full(40, 2, room)
        mark = _mark(clean=v.clean and not v.pending and v.in_doubt <= 2)
        yield mark, room, v.duplicates, v.false_accepted, v.forgotten, v.in_doubt, v.pending


def _chaos(_: argparse.Namespace) -> Rows:
    yield "", "provider", "lies", "duplicates", "false", "forgotten", "in doubt"
    for kind in ALL:
        found = [chaos.lied(kind, lie) for lie in chaos.LIES]
        counts = [
            sum(getattr(v, name) for v in found) for name in ("duplicates", "false_accepted", "forgotten", "in_doubt")
        ]
        yield _mark(clean=all(v.clean for v in found)), kind.name, len(found), *counts


def _drains(options: argparse.Namespace) -> Rows:
    yield "", "drains", "longest s", "duplicates", "in doubt"
    drains, longest_s, verdict = kills.drained(options.drains, options.people, 5, seed=options.seed)
    clean = verdict.clean and not verdict.in_doubt
    yield _mark(clean=clean), drains, f"{longest_s:.1f}", verdict.duplicates, verdict.in_doubt


def _restarts(options: argparse.Namespace) -> Rows:
    yield "", "crashes", "people", "duplicates", "forgotten", "in doubt"
    with tempfile.TemporaryDirectory() as folder:
        _, verdict = restarts.crashed(options.restarts, options.people, 5, Path(folder))
    clean = verdict.clean and not verdict.in_doubt
    yield _mark(clean=clean), options.restarts, verdict.people, verdict.duplicates, verdict.forgotten, verdict.in_doubt


def _fleet(options: argparse.Namespace) -> Rows:
    """A fifth of the kills of the others, as many cuts, and five times their restarts: each takes a second or two."""
    yield ("", *(field.name for field in fields(fleet.Disturbed)))
    kills, size = options.kills // 5, fleet.Size(options.people * 10, options.batch, options.workers)
    for done in (
        fleet.killed(kills, kills, size, seed=options.seed),
        fleet.restarted(options.restarts * 5, size, seed=options.seed),
    ):
        yield _mark(clean=done.clean), *astuple(done)


def _hosts(options: argparse.Namespace) -> Rows:
    """Needs root: two machines are made of network namespaces."""
    if why := hosts.missing():
        yield "", why
        return
    yield ("", *(field.name for field in fields(fleet.Disturbed)))
    kills, size = options.kills // 10, fleet.Size(options.people * 10, options.batch, options.workers)
    done = hosts.disturbed(kills, kills, size, seed=options.seed)
    yield _mark(clean=done.clean), *astuple(done)


def _mutants(_: argparse.Namespace) -> Rows:
    caught = 0
    for name in mutants.MUTANTS:
        seen = mutants.caught(name)
        caught += seen
        yield _mark(clean=seen), "caught" if seen else "not seen", name
    yield "", "caught", f"{caught} / {len(mutants.MUTANTS)}"


def _machine(options: argparse.Namespace) -> Rows:
    machine.run(options.examples, steps=40)
    yield _mark(clean=True), options.examples, "orders of events"


PARTS = {
    "kills": _kills,
    "syscalls": _syscalls,
    "errors": _errors,
    "power": _power,
    "network": _network,
    "disks": _disks,
    "chaos": _chaos,
    "drains": _drains,
    "restarts": _restarts,
    "fleet": _fleet,
    "hosts": _hosts,
    "machine": _machine,
    "mutants": _mutants,
}

if __name__ == "__main__":
    raise SystemExit(main())
