"""A newsroom simulated hour by hour: edits, late posts, failures. Every article is in exactly one issue."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from digest import pipeline, schedule
from digest.models import Subscriber
from tests import builders, tables
from tests.builders import settings as build_settings
from tests.test_pipeline import WATCH, placements

HOUR = timedelta(hours=1)
START = datetime(2026, 10, 23, 14, tzinfo=UTC)  # over the end of summer time in Toronto


class Newsroom:
    """Posts, retitles, backdates and takes down, by a seeded die; keeps what it did."""

    def __init__(self, folder, seed):
        self.folder, self.die = folder, random.Random(seed)
        self.published, self.taken_down, self.known = {}, set(), []
        folder.mkdir()

    def hour(self, now):
        if self.die.random() < 0.12:
            self.post(now - self.die.choice([0, 0, 0, 5, 30, 120]) * HOUR, now)
        if self.known and self.die.random() < 0.1:
            self.write(self.die.choice(self.known), f"Retitled at {now:%m-%d %H}")
        if self.known and self.die.random() < 0.02:
            name = self.known.pop(self.die.randrange(len(self.known)))
            (self.folder / f"{name}.md").unlink()
            self.taken_down.add(name)

    def post(self, dated, now):
        name = f"post-{len(self.published):03}"
        self.published[name] = (dated, now)
        self.known.append(name)
        self.write(name, f"Title of {name}")

    def write(self, name, title):
        dated, _ = self.published[name]
        front = f'title: "{title}"\ndate: {dated:%Y-%m-%dT%H:%M}Z\ntags: ["News"]\nurl: https://news.example/{name}'
        builders.written(self.folder / f"{name}.md", f"---\n{front}\n---\n\nText.\n")


def placed_in(opened):
    return {article.removeprefix("desk:").removesuffix(".md"): key for key, article in placements(opened)}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_article_is_in_exactly_one_issue(tmp_path, seed):
    newsroom = Newsroom(tmp_path / "desk", seed)
    sources = [{"name": "desk", "kind": "folder", "path": "desk"}]
    settings = build_settings(tmp_path, sources=sources, themes=[{"tag": "#News"}], schedule={"late_by_at_most": "3h"})
    with tables.opened(tmp_path) as opened:
        opened.people.add([Subscriber("ann@news.example")], "weekly", START)
        for hour in range(15 * 24):
            now = START + hour * HOUR
            newsroom.hour(now)
            away = newsroom.die.random() < 0.1
            if away:  # the source does not answer in this hour
                newsroom.folder.rename(tmp_path / "away")
            pipeline.gather([settings], opened, pipeline.Job(now, WATCH))
            schedule.tick(lambda: [settings], opened, now, WATCH)
            if away:
                (tmp_path / "away").rename(newsroom.folder)
        records = [r for r in opened.issues.all() if r.sha256]
        end = records[0].window.end
        last_frozen = records[0].frozen_at
        placed = placed_in(opened)
        first_start = records[-1].window.start
    assert len(records) == 2
    due = {
        name
        for name, (dated, posted) in newsroom.published.items()
        if first_start <= dated < end and posted < last_frozen and name not in newsroom.taken_down
    }
    assert due - placed.keys() == set()
    assert sum(r.stories for r in records) == len(placed)
    assert placed.keys() <= newsroom.published.keys()
