"""The embedded way, SQLite and no other program, pays for nothing of the way to many machines."""

import subprocess
import sys

from tests.builders import REPOSITORY

FOREIGN = {"asgiref", "croniter", "procrastinate", "psycopg", "psycopg_binary", "psycopg_pool"}
"""PostgreSQL's driver, the engine, and what it brings."""
OURS = {"digest.pipeline.workers", "digest.store.copying", "digest.store.moving", "digest.worker"}
RUN = """
import sys
from digest import cli
assert cli.main(["run"]) == 0
print(*sorted(sys.modules))
"""


def test_a_run_on_sqlite_imports_nothing_of_an_engine(tmp_path):
    shipped = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(shipped, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.splitlines()[-1].split())
    assert "digest.store.ledger" in imported
    assert {name.partition(".")[0] for name in imported} & FOREIGN == set()
    assert imported & OURS == set()
