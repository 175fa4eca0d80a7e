"""Many sources in one run, and a week out of a large archive."""

from __future__ import annotations

import io
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.builders import REPOSITORY, settings

END = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
SOURCES, ITEMS, LATENCY_S = 100, 100, 0.1
ARTICLES = 1_000_000
Rows = list[tuple[str, str, str, str]]


def rows(folder: Path) -> Rows:
    """The figures, each with a bound measured beside it. Takes a minute and 700 MB in the temporary folder."""
    return [
        ("", "", "", ""),
        ("reach", "took", "bound", "ratio"),
        collected(),
        *(week(folder, a_week) for a_week in (1_000, 5_000)),
    ]


# --- sources ---------------------------------------------------------------------------------


def feed(number: int) -> bytes:
    """A feed as WordPress writes it."""
    text = "<p>" + "A sentence of the article, with some words in it. " * 8 + "</p>"
    items = "".join(
        f"<item><title>Item {n} of feed {number}, in a title of usual length</title>"
        f"<link>https://news{number}.example/item-{n}/</link><guid>https://news{number}.example/?p={n}</guid>"
        f"<pubDate>{format_datetime(END - timedelta(hours=n + 1))}</pubDate><category>UWC news</category>"
        f"<description><![CDATA[{text}]]></description>"
        f'<content:encoded><![CDATA[<img src="/{n}.jpg" alt="Picture">{text * 6}]]></content:encoded></item>'
        for n in range(ITEMS)
    )
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<rss version="2.0" {space}><channel><title>News</title>{items}</channel></rss>'.encode()


def serve() -> None:
    """Answers every path with the feed of its number, after the latency. Prints its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(LATENCY_S)
            body = bodies[int(self.path.strip("/"))]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    bodies = [feed(number) for number in range(SOURCES)]
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


def collect(port: int, number: int = SOURCES) -> None:
    """Fetches so many sources once. Prints seconds, articles, the most memory in MB and processor seconds."""
    from digest import collect as collecting
    from digest.config import SourceSettings

    with tempfile.TemporaryDirectory() as name:
        newsletter = settings(Path(name)).newsletter
    request = collecting.Request(start=END - timedelta(days=21), end=END, now=END, folder=Path(), newsletter=newsletter)
    sources = [
        SourceSettings(name=f"s{n}", kind="feed", url=f"http://127.0.0.1:{port}/{n}", allow_private_addresses=True)
        for n in range(number)
    ]
    used = time.process_time()
    began = time.perf_counter()
    reports = collecting.fetch_all(sources, request, on_done=lambda _: None)
    took_s = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cpu_s = time.process_time() - used
    print(f"{took_s:.2f} {sum(len(each.articles) for each in reports)} {peak_mb} {cpu_s:.2f}")


def collected() -> tuple[str, str, str, str]:
    """All sources at once, against feedparser alone, which the interpreter lets one thread do at a time."""
    import feedparser

    body = feed(0)
    began = time.perf_counter()
    for _ in range(10):
        feedparser.parse(io.BytesIO(body), sanitize_html=False)
    parse_s = (time.perf_counter() - began) / 10 * SOURCES
    took_s, articles, peak_mb, _ = fetched(SOURCES)
    name = f"{SOURCES} feeds of {ITEMS}, {LATENCY_S * 1000:.0f} ms latency: {articles} articles, {peak_mb} MB"
    return name, f"{float(took_s):.1f} s", f"{parse_s:.1f} s in feedparser", f"{float(took_s) / parse_s:.1f}"


def fetched(number: int) -> list[str]:
    """What `collect` prints of so many sources, in a process of its own beside the server."""
    server = subprocess.Popen(_this("serve"), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        command = _this("collect", server.stdout.readline().strip(), str(number))
        return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split()
    finally:
        server.kill()
        server.communicate()


def _this(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.reach", *words]


# --- the archive -----------------------------------------------------------------------------


def week(folder: Path, a_week: int) -> tuple[str, str, str, str]:
    """One week of the archive and those of a tag in it, against SQLite's own reading of the same rows."""
    from digest import store

    name = f"sqlite:///archive-{a_week}.db"
    with store.open(name, folder=folder) as opened:
        fill(folder / f"archive-{a_week}.db", a_week)
        end = END - timedelta(days=70)
        start = end - timedelta(days=7)

        def tagged() -> int:
            return sum("DefeatRussia" in each.tags for each in opened.articles.between(start, end))

        took, found = seconds(tagged), tagged()
    with closing(sqlite3.connect(folder / f"archive-{a_week}.db")) as raw:
        query = "select * from article where published >= ? and published < ?"
        bound = seconds(lambda: raw.execute(query, (micros(start), micros(end))).fetchall())
    label = f"{found} of a tag out of {a_week:,} of a week out of {ARTICLES:,} articles"
    return label, f"{took * 1000:.0f} ms", f"{bound * 1000:.1f} ms in SQLite", f"{took / bound:.1f}"


def fill(file: Path, a_week: int) -> None:
    """Past the store, which takes a minute for a million."""
    names = "source, native_id, url, url_key, title, lede, tags, published, day_only, modified, language, words"
    with closing(sqlite3.connect(file)) as raw, raw:
        values = ", ".join("?" * 13)
        raw.executemany(f"insert into article ({names}, first_seen) values ({values})", _articles(a_week))


def _articles(a_week: int) -> Iterator[tuple[object, ...]]:
    tags = ['["DefeatRussia", "UWC news"]', '["UWC news"]', "[]", '["StandWithUkraine"]', '["Україна"]']
    step = timedelta(days=7) / a_week
    lede = "What happened in this article, said in one paragraph. " * 6
    for n in range(ARTICLES):
        at = micros(END - step * (n + 1))
        url = f"news.example/articles/{n}"
        yield ("site", str(n), f"https://{url}", url, f"Title of {n}", lede, tags[n % 5], at, 0, at, "en", 300, at)


def micros(at: datetime) -> int:
    """As the store keeps times."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def seconds(work: Callable[[], object]) -> float:
    """The median of 15 runs after one that does not count."""
    work()
    took = []
    for _ in range(15):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else collect(*map(int, sys.argv[2:]))
