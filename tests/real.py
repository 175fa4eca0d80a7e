"""Real parts that a test needs: found, or the test is skipped with the reason, or fails under CI."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def memory() -> str | None:
    """A folder whose files are in memory, where a commit costs no millisecond; None where there is none."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def missing(what: str) -> NoReturn:
    """Skips the test; under CI=true a missing real part is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; .ci/run provides it")
    pytest.skip(what)


def variable(name: str, what: str) -> str:
    """What `.ci/run` says in the environment variable `name`."""
    return os.environ.get(name) or missing(f"{name} is not set: {what}")


def wordpress() -> tuple[str, Path]:
    """The address of a WordPress filled with special posts, and the file that says their ids."""
    url = variable("DIGEST_TEST_WORDPRESS", "the address of a WordPress filled for the tests")
    seed = variable("DIGEST_TEST_WORDPRESS_SEED", "the JSON file that says the ids of its posts")
    return url.rstrip("/"), Path(seed)


def bad_inputs() -> Path:
    """The folder of hostile and odd inputs, which are not ours to copy."""
    return Path(variable("DIGEST_TEST_BAD_INPUTS", "the folder of hostile and odd inputs"))


def specs() -> Path:
    """The folder of the vendors' descriptions of their APIs, which are not ours to copy."""
    return Path(variable("DIGEST_TEST_SPECS", "the folder of the vendors' descriptions of their APIs"))


def judges() -> Path:
    """The folder of scripts that judge an email in a browser."""
    return Path(variable("DIGEST_TEST_JUDGES", "the folder of the scripts that judge an email in Chromium"))


def judged(*command):
    """Asserts that this script of the judges finds nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=judges(), timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr
