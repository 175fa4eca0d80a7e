"""Every budget of the design, measured: what an editor waits for, what a reader gets, what a sending takes."""

import html
import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest import compose, config, pipeline, render, store
from digest.collect import sample
from digest.compose import window
from digest.models import History
from digest.render import fields, guard, markup, templates
from digest.splice import Page
from tests import postgres
from tests.benchmarks import reach, sending
from tests.benchmarks.table import Row, copied, python, seconds, synced, used
from tests.builders import REPOSITORY

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
AS_OF = "2026-11-20T10:00"
ARCHIVE, STORIES = 100_000, 25
BARE = "from tests.benchmarks.table import peak_mb; print(peak_mb())"
NODE = """
import mjml2html from "mjml";
import { readFileSync } from "node:fs";
const text = readFileSync(process.argv[2], "utf8");
for (let n = 0; n < 5; n++) await mjml2html(text);
const began = performance.now();
for (let n = 0; n < 20; n++) await mjml2html(text);
console.log((performance.now() - began) / 20);
"""


class Silent:
    """Watches and tells nobody."""

    def fetched(self, report: object) -> None: ...

    def pictured(self, done: int, of: int) -> None: ...
    def varied(self, done: int, of: int) -> None: ...

    def sent(self, counts: object) -> None: ...


def rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    """The table's first part, in the order of the design's list."""
    times = 5 if quick else 15
    bare = seconds(lambda: python("-c", "pass"), times) * 1000
    took = seconds(lambda: python("-m", "digest", "--help"), times) * 1000
    cpu = used(lambda: python("-m", "digest", "--help"), times)
    yield Row("digest --help", took, "ms", 100, bare, "bare python", cpu)
    archive(folder)
    yield from build(folder, bare, times)
    yield from page(folder, times)
    yield from preview()
    yield from a_million(folder, quick=quick)
    yield sending.merged()
    yield sending.spliced()
    yield suite(quick=quick)


def archive(folder: Path, size: int = ARCHIVE) -> None:
    """The shipped config, and a database of so many articles, a hundred a day; the sample gives those of the week."""
    shutil.copy(REPOSITORY / "config.toml", folder)
    store.open("sqlite:///digest.db", folder=folder).close()
    names = "source, native_id, url, url_key, title, lede, tags, published, day_only, modified, language, words"
    lede = "What happened in this article, said in one paragraph. " * 6
    made = (
        (
            "site",
            str(n),
            f"https://old.example/{n}",
            f"old.example/{n}",
            f"Title of {n}",
            lede,
            "[]",
            at,
            0,
            at,
            "en",
            300,
            at,
        )
        for n in range(size)
        for at in [reach.micros(NOW - timedelta(minutes=14.4 * n))]
    )
    with closing(sqlite3.connect(folder / "digest.db")) as raw, raw:
        raw.executemany(f"insert into article ({names}, first_seen) values ({', '.join('?' * 13)})", made)


def build(folder: Path, bare: float, times: int) -> Iterator[Row]:
    """As a process and warm, beside a bare interpreter and the database's own reading of the same rows."""
    words = ["-m", "digest", "--config", f"{folder}/config.toml", "build", "--as-of", AS_OF, "--out", f"{folder}/out"]
    took = seconds(lambda: python(*words), times) * 1000
    cpu = used(lambda: python(*words), times)
    settings = config.load(folder / "config.toml")
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, NOW)
    start = reach.micros(slot.window.start - timedelta(days=settings.compose.look_back_days))
    with (
        store.open("sqlite:///digest.db", folder=folder) as opened,
        closing(sqlite3.connect(folder / "digest.db")) as raw,
    ):
        job = pipeline.Job(NOW, Silent())
        stories = len(pipeline.build(settings, opened, slot, job).issue.stories)
        warm = seconds(lambda: pipeline.build(settings, opened, slot, job), times) * 1000
        warm_cpu = used(lambda: pipeline.build(settings, opened, slot, job), times)
        query = "select * from article where published >= ?"
        read = seconds(lambda: raw.execute(query, (start,)).fetchall(), times) * 1000
    name = f"digest build, {stories} stories, archive of {ARCHIVE:,}"
    yield Row(f"{name}, a process", took, "ms", 600, bare, "bare python", cpu)
    yield Row(f"{name}, warm", warm, "ms", 60, read, "to read the rows in SQLite", warm_cpu)


def page(folder: Path, times: int) -> Iterator[Row]:
    """The html of the sample: its size beside its words, its making beside the reference engine."""
    settings = config.load(folder / "config.toml")
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, NOW)
    rules = compose.Rules(settings.newsletter, settings.themes, settings.compose)
    issue = compose.issue(sample.articles(slot.window.end, "sample"), slot, History(), rules)

    def rendered() -> render.Email:
        return render.email(issue, settings.newsletter, settings.brand, settings.templates)

    email = rendered()
    size, words = len(email.html.encode()), len(email.text.encode())
    name = f"{len(issue.stories)} stories"
    yield Row(f"html of {name}", size / 1024, "KiB", 80, words / 1024, "of text part")
    copy = copied(size)
    yield Row(
        f"render {name}: html, text, web", seconds(rendered, times) * 1000, "ms", None, copy * 1000, "to copy the html"
    )
    values = {**render._values(issue, settings.newsletter, settings.brand, settings.templates), "web": False}
    mjml = templates.fill(settings.templates, markup.NAME, {**values, "fields": fields.new_tokens()})
    (folder / "issue.mjml").write_text(mjml, encoding="utf-8")
    took = seconds(lambda: markup.compiled(guard.legal(mjml)), times) * 1000
    yield Row("MJML to html", took, "ms", None, copy * 1000, "to copy the html", reference(folder / "issue.mjml"))
    split = Page(email.html, email.tokens)
    filled = {token: html.escape("reader@example.org").encode() for token in email.tokens}
    took = seconds(lambda: split.splice(filled), 2000) * 1e6
    yield Row(f"splice one html of {size:,} bytes", took, "µs", 10, copy * 1e6, "to copy it")


def reference(file: Path) -> str:
    """What npm's mjml takes for the same file, warm."""
    judges = os.environ.get("DIGEST_TEST_JUDGES")
    if judges is None or not (Path(judges) / "node_modules" / "mjml").is_dir():
        return "npm mjml: none in DIGEST_TEST_JUDGES"
    script = Path(judges) / "digest-benchmark.mjs"
    script.write_text(NODE, encoding="utf-8")
    try:
        done = subprocess.run(["node", script, file], check=True, capture_output=True, text=True, timeout=100)
    finally:
        script.unlink()
    return f"npm mjml: {float(done.stdout):.0f} ms"


def preview() -> Iterator[Row]:
    """In a real browser, where there is one."""
    if importlib.util.find_spec("playwright") is None or shutil.which("chromium") is None:
        yield Row("preview refresh after a save", "no Chromium or no Playwright")
        return
    from tests.benchmarks import preview as browser

    yield from browser.rows()


def a_million(folder: Path, *, quick: bool) -> Iterator[Row]:
    """From the snapshot of the audience to the last outcome, on both engines, beside as many syncs of the disk."""
    people = 100_000 if quick else 1_000_000
    commits = people // sending.BATCH + 1
    for engine, budget in (("sqlite", 8), ("postgresql", 14)):
        name = f"{people:,} recipients by {sending.BATCH:,}, {engine}"
        if engine == "postgresql" and postgres.missing():
            yield Row(name, "no PostgreSQL")
            continue
        took, cpu, peak = sending.million(engine, people)
        least = synced(folder) * commits
        yield Row(name, took, "s", budget * people / 1e6, least, f"for {commits:,} syncs", f"{cpu:.1f} s of processor")
        if engine == "sqlite":
            yield Row(f"{name}, memory", peak, "MB", 150, int(python("-c", BARE)), "bare python")


def suite(*, quick: bool) -> Row:
    """All tests, by the README's own line."""
    if quick:
        return Row("the whole test suite", "not with --quick")
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=REPOSITORY, capture_output=True, check=False)
    took = time.perf_counter() - began
    return Row("the whole test suite", took, "s", 300, peer="" if done.returncode == 0 else "with failures")
