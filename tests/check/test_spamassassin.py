"""The good issue in SpamAssassin, by its local rules alone."""

import re
import shutil
import subprocess

from tests import real
from tests.check import good, seeded

RULES = "required_score 5.0\nuse_bayes 0\nuse_auto_welcomelist 0\n"
HANDED_OVER = (
    b"Received: from news.example.org (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTPS id 4Xq7r"
    b" for <reader@example.org>; Fri, 20 Nov 2026 14:00:02 +0000\r\n"
)
"""Without it the rules about the way a message took have nothing to say, and its score is a bare 0."""


def test_the_good_issue_scores_below_zero_and_a_bad_one_above(tmp_path):
    if shutil.which("spamassassin") is None:
        real.missing("no spamassassin")
    (tmp_path / "user_prefs").write_text(RULES, encoding="utf-8")
    given = good.proof()
    shouting = seeded.header("Subject", "THE WEEK THAT CHANGED EVERYTHING")(seeded.header("Message-ID", None)(given))
    command = ["spamassassin", "-L", "-x", "-t", "-p", str(tmp_path / "user_prefs")]
    running = []
    for at, message in enumerate((given.message, shouting.message)):
        file = tmp_path / f"{at}.eml"
        file.write_bytes(HANDED_OVER + message)
        running.append(subprocess.Popen([*command, str(file)], stdout=subprocess.PIPE))
    said = [process.communicate(timeout=50)[0].decode("utf-8", "replace") for process in running]
    scores = [float(re.search(r"analysis details:\s+\((-?[\d.]+) points", text)[1]) for text in said]
    assert scores[0] < 0 < scores[1]
    assert re.findall(r"(?m)^ *(?!0\.0)\d+\.\d [A-Z_]+", said[0]) == []  # no rule counts against it
