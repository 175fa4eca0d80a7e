"""What SpamAssassin, where this machine has it, says of an email by its local rules (spamassassin.apache.org, 4.0)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from digest.models import SpamScore

_DEADLINE_S = 60
_PREFERENCES = "required_score 5.0\nuse_bayes 0\nuse_auto_welcomelist 0\nlock_method flock\n"
_HANDED_OVER = (
    b"Received: from news.example.org (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTPS id 4Xq7r"
    b" for <reader@example.org>; {date}\r\n"
)
"""Without it the rules about the way that an email took have nothing to say."""
_TOLD = re.compile(r"analysis details:\s+\((-?[\d.]+) points, (-?[\d.]+) required\)")
_RULE = re.compile(r"(?m)^ *(\d+\.\d) ([A-Z][A-Z0-9_]+) +(.*(?:\n {20,}\S.*)*)$")


def score(message: bytes) -> SpamScore:
    """Its points and the rules that count against it; takes seconds."""
    program = shutil.which("spamassassin")
    if program is None:
        return SpamScore(trouble="it is not on this machine")
    date = re.search(rb"(?im)^Date: ([^\r\n]+)", message)
    handed_over = _HANDED_OVER.replace(b"{date}", date[1] if date else b"")
    with tempfile.TemporaryDirectory() as folder:
        preferences = Path(folder) / "user_prefs"
        preferences.write_text(_PREFERENCES, encoding="utf-8")
        try:
            said = subprocess.run(  # noqa: S603  the program is found on PATH, and its words are ours
                [program, "--local", "--nocreate-prefs", "--test-mode", "--prefspath", preferences],
                input=handed_over + message,
                capture_output=True,
                env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": folder},
                timeout=_DEADLINE_S,
                check=True,
            ).stdout.decode("utf-8", "replace")
        except (OSError, subprocess.SubprocessError) as error:
            return SpamScore(trouble=str(error))
    return _score(said)


def _score(said: str) -> SpamScore:
    told = _TOLD.search(said)
    if told is None:
        return SpamScore(trouble="its answer has no points")
    rules = [(float(points), name, " ".join(words.split())) for points, name, words in _RULE.findall(said)]
    against = [f"{points} {name} {words}" for points, name, words in sorted(rules, reverse=True) if points > 0]
    return SpamScore(float(told[1]), float(told[2]), tuple(against))
