"""Files are looked at again and again: often while somebody works, seldom when nobody looks."""

import queue
import time
from contextlib import contextmanager

import pytest

from digest.web.preview import watching
from digest.web.preview.watching import Watch

SOON_S = 10


@contextmanager
def watch(folder, told):
    """One that has looked once, and knows how the files were."""
    looks = []

    def watched():
        looks.append(time.monotonic())
        return [folder]

    with Watch(watched, told):
        while len(looks) < 2:
            time.sleep(0.005)
        yield


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda file: file.write_text("two", "utf-8"), id="written"),
        pytest.param(lambda file: file.unlink(), id="gone"),
        pytest.param(lambda file: file.with_name("new.txt").write_text("", "utf-8"), id="new"),
        pytest.param(lambda file: file.rename(file.with_name("other.txt")), id="renamed"),
    ],
)
def test_a_change_is_told_with_the_files_that_it_is_about(tmp_path, change):
    file = tmp_path / "templates" / "one.txt"
    file.parent.mkdir()
    file.write_text("one", "utf-8")
    told = queue.Queue()
    with watch(tmp_path, told.put):
        before = set(file.parent.iterdir())
        change(file)
        found = told.get(timeout=SOON_S)
    assert found <= before | set(file.parent.iterdir())
    assert found


def test_what_editors_keep_for_themselves_is_no_change(tmp_path):
    told = queue.Queue()
    with watch(tmp_path, told.put):
        (tmp_path / ".one.swp").write_text("", "utf-8")
        (tmp_path / "one.txt~").write_text("", "utf-8")
        (tmp_path / "one.txt").write_text("", "utf-8")
        assert told.get(timeout=SOON_S) == {tmp_path / "one.txt"}


@pytest.mark.parametrize(
    ("idle_s", "heard", "rest_s"),
    [
        (1, True, watching._EVERY_S),
        (1, False, watching._EVERY_S),
        (61, True, watching._RESTING_S),
        (61, False, watching._UNSEEN_S),
    ],
)
def test_it_rests_longer_when_nothing_happens_and_longest_when_nobody_looks(tmp_path, idle_s, heard, rest_s):
    resting = Watch(lambda: [tmp_path], lambda _: None, lambda: heard)
    assert resting._rest(time.monotonic() - idle_s) == rest_s
