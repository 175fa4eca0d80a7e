"""A database of an older version is brought to the newest with all that is in it."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from digest.models import SourceReport
from digest.store import database, migrations
from digest.store.articles import SourceHealth
from tests.builders import END as NOW
from tests.builders import WEEK, article
from tests.store.conftest import Place, execute


@pytest.fixture
def first_version(empty: Place) -> Place:
    """The tables as the first release made them, with an article and a source."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    db = database.connect(empty.url, folder=empty.folder, create=True)
    with db.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    db.engine.dispose()
    micros = int(WEEK.start.timestamp()) * 1_000_000
    execute(
        empty,
        "insert into article (source, native_id, url, url_key, title, lede, tags, published, day_only, language, words,"
        f" first_seen) values ('site', 'one', 'https://news.example/one', 'news.example/one', 'Title of one',"
        f" 'What happened in one.', '[\"News\"]', {micros}, false, 'en', 300, {micros})",
    )
    execute(
        empty,
        "insert into source_health (source, last_ok, last_failure, last_count, failures_in_a_row)"
        f" values ('site', {micros}, '', 1, 0)",
    )
    return empty


def test_articles_and_health_of_the_first_version_stay(first_version: Place) -> None:
    with first_version.open() as s:
        assert s.articles.between(WEEK.start, WEEK.end) == (article(published=WEEK.start, first_seen=WEEK.start),)
        assert s.articles.health() == (SourceHealth("site", WEEK.start, None, "", 1, 0),)
        s.articles.mark_gone(["site:one"], NOW)
        s.articles.record_fetch([SourceReport("site")], NOW)
        assert s.articles.between(WEEK.start, WEEK.end) == ()
    assert execute(first_version, "select version_num from alembic_version") == [(migrations.HEAD,)]
