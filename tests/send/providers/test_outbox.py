import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from digest.models import Outcome, Picture, Settled, Stopped
from digest.send import Letter
from digest.send.message import Frame
from digest.send.providers.outbox import Outbox
from tests.send.scene import EMAIL, LETTER, NOW, SENDER, batch


def names(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_each_delivery_becomes_a_file_of_its_own(tmp_path):
    two = batch("ann@readers.org", "../../bob/@readers.org")

    answer = Outbox(tmp_path, LETTER).deliver(two)

    files = ["0001-ann@readers.org.eml", "0002-.._.._bob_@readers.org.eml"]
    assert answer == Settled(tuple(Outcome(n, "accepted", file) for n, file in enumerate(files, 1)))
    assert names(tmp_path) == [f"weekly-2026-W47/{file}" for file in [*files, "index.html"]]
    for file, delivery in zip(files, two.deliveries, strict=True):
        written = (tmp_path / "weekly-2026-W47" / file).read_bytes()
        assert written == Frame(LETTER).build("weekly-2026-W47", delivery)


def test_writing_again_changes_nothing(tmp_path):
    def everything():
        return {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}

    Outbox(tmp_path, LETTER).deliver(batch("ann@readers.org"))
    first = everything()
    Outbox(tmp_path, LETTER).deliver(batch("ann@readers.org"))

    assert everything() == first


def test_emails_are_for_their_owner_only(tmp_path):
    Outbox(tmp_path, LETTER).deliver(batch("ann@readers.org"))
    folder = tmp_path / "weekly-2026-W47"

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "0001-ann@readers.org.eml").stat().st_mode) == 0o600


def test_the_web_issue_shows_its_pictures_without_a_server(tmp_path):
    one, two = Picture(b"one", "image/jpeg", 336, 224), Picture(b"two", "image/png", 336, 224)
    unused = Picture(b"unused", "image/png", 336, 224)
    pictures = {picture.address("https://digest.example/a&b"): picture for picture in (one, two, unused)}
    shown = "".join(
        f'<img src="https://digest.example/a&amp;b/pictures/{picture.name}">' for picture in (one, two, one)
    )
    email = replace(EMAIL, web=f"<html><body>{shown}</body></html>")

    Outbox(tmp_path / "outbox", Letter(email, SENDER, NOW, pictures)).deliver(batch("ann@readers.org"))

    folder = tmp_path / "outbox/weekly-2026-W47"
    local = "".join(f'<img src="pictures/{picture.name}">' for picture in (one, two, one))
    assert (folder / "index.html").read_text() == f"<html><body>{local}</body></html>"
    assert {file.name: file.read_bytes() for file in (folder / "pictures").iterdir()} == {
        one.name: b"one",
        two.name: b"two",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_leave_to_write_stops_with_its_path(tmp_path):
    tmp_path.chmod(0o500)

    answer = Outbox(tmp_path, LETTER).deliver(batch("ann@readers.org"))

    assert answer == Stopped(f"{tmp_path}/weekly-2026-W47: Permission denied; the outbox cannot be written")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_stops_and_leaves_no_half_email(tmp_path):
    folder = tmp_path / "weekly-2026-W47"
    outbox = Outbox(tmp_path, LETTER)
    outbox.deliver(batch("ann@readers.org"))
    (folder / ".0001-bob@readers.org.eml.part").symlink_to("/dev/full")

    answer = outbox.deliver(batch("bob@readers.org"))

    assert isinstance(answer, Stopped)
    assert "No space left on device; the outbox cannot be written" in answer.reason
    assert not (folder / "0001-bob@readers.org.eml").exists()
