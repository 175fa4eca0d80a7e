"""What caniemail.com knows of mail clients: nothing in the shipped templates is newer than what was accepted."""

import subprocess
from pathlib import Path

import pytest

from digest import cli
from tests import real
from tests.render import arabic, sample

BASELINE = Path(__file__).parent / "caniemail.json"
"""Features that some client lacks, as they were accepted; the emails read without them."""


@pytest.fixture(scope="module", params=["default", "briefing"])
def templates(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "letter"
    assert cli.main(["init", str(folder), "--template", request.param]) == 0
    (folder / "templates" / "text" / "ar.ftl").write_text(arabic.CATALOGUE, encoding="utf-8")
    return folder / "templates"


def judged(file, html):
    file.write_text(html, encoding="utf-8")
    command = ("node", "caniemail.mjs", str(file), "--baseline", str(BASELINE), "--strict")
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=real.judges(), timeout=50)


@pytest.mark.parametrize("shown", [sample.EDITED, arabic.ISSUE], ids=["en", "ar"])
def test_no_template_asks_more_of_mail_clients_than_was_accepted(templates, shown, tmp_path):
    """After a change that is meant: judge both emails with `--write`, and join what is found into the baseline."""
    done = judged(tmp_path / "issue.html", sample.email(shown, templates=templates).html)
    assert (done.returncode, "NEW" in done.stdout) == (0, False), done.stdout + done.stderr


def test_what_was_not_accepted_is_seen(templates, tmp_path):
    html = sample.email(sample.SMALL, templates=templates).html
    done = judged(tmp_path / "issue.html", html.replace("</body>", '<div style="display:flex">x</div></body>'))
    assert (done.returncode, "display:flex" in done.stdout) == (1, True), done.stdout + done.stderr
