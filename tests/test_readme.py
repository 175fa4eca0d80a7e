"""The README is tested: its commands parse, its keys and files exist, its layers are the real ones."""

import re
import shlex
import tomllib

import pytest

from digest import cli, collect, config
from digest.config import Overlay, Settings
from tests.builders import REPOSITORY, SLOT, settings

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def commands():
    blocks = re.findall(r"```sh\n(.*?)```", README, re.S)
    lines = [re.split(r" +# ", line)[0] for block in blocks for line in block.splitlines()]
    prose = re.sub(r"```.*?```", "", README, flags=re.S)
    lines += [code for code in re.findall(r"`([^`]+)`", prose) if code.startswith("digest ")]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    found = [p.removeprefix(".venv/bin/") for p in parts if p.removeprefix(".venv/bin/").startswith("digest ")]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("command", commands())
def test_every_command_in_the_readme_is_one(command):
    if "--help" not in command:
        assert cli.parser.whole().parse_args(shlex.split(command)[1:]).run


def test_commands_are_found_at_all():
    assert len(commands()) >= 12


def test_every_command_of_the_program_is_in_the_readme():
    known = next(each.choices for each in cli.parser.whole()._actions if each.choices)
    assert set(known) - {shlex.split(command)[1] for command in commands()} == set()


def test_the_quick_start_is_one_block_of_two_lines():
    block = re.search(r"## Quick start\n\n```sh\n(.*?)```", README, re.S)
    assert block is not None
    first, second = block[1].splitlines()
    assert first.startswith("python3 -m venv .venv && ")
    assert first.endswith("digest run")
    assert second.startswith("python3 -m venv .venv && ")
    assert second.endswith("-m pytest")


def test_the_table_of_keys_names_every_table_of_the_config():
    named = set(re.findall(r"^\| `\[+(\w+)\]+` \|", README, re.M))
    assert named == {*Settings.model_fields, "editions"}


def toml_block(beginning):
    block = next(b for b in re.findall(r"```toml\n(.*?)```", README, re.S) if b.startswith(beginning))
    return str(block)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The shipped config.toml, as a new user has it."""
    (tmp_path / "config.toml").write_text((REPOSITORY / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_editors_commands_work_on_the_sample_as_they_stand(here):
    block = next(b for b in re.findall(r"```sh\n(.*?)```", README, re.S) if "digest edit pin" in b)
    week, *given = block.replace("$week", "weekly-2026-W47").splitlines()
    assert week == "week=weekly-2026-W47"
    lines = [re.split(r" +# ", line)[0] for line in given]
    assert len(lines) >= 10
    for line in lines:
        assert (line, cli.main(shlex.split(line)[1:])) == (line, 0)
    page = next(here.glob("preview/*/issue.html")).read_text(encoding="utf-8")
    for words in ("Two networks, one night", "<strong", "The full report"):
        assert words in page
    assert "Book drive" not in page


def test_the_overlay_example_fits_the_sample_and_changes_every_kind_of_thing(here):
    named = re.search(r"The same by hand, in `issues/(.*)\.toml`", README)
    assert named is not None
    file = here / "issues" / f"{named[1]}.toml"
    file.parent.mkdir()
    file.write_text(toml_block("subject"), encoding="utf-8")
    assert cli.main(["build", "--issue", named[1]]) == 0
    page = next(here.glob("preview/*/issue.html")).read_text(encoding="utf-8")
    for words in ("Thank the builders", "A candle in a window", "The full report", "Find the address"):
        assert words in page
    assert set(tomllib.loads(toml_block("subject"))) >= set(Overlay.model_fields) - {"preheader", "sponsor"}


def test_the_edition_example_is_one(tmp_path):
    shipped = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(shipped + "\n" + toml_block("[editions"), encoding="utf-8")
    main, uk = config.editions(tmp_path / "config.toml")
    assert (uk.edition, uk.newsletter.language, uk.newsletter.key) == ("uk", "uk", "weekly-uk")
    assert uk.themes == main.themes


def test_every_file_that_the_readme_names_is_there():
    for name in re.findall(r"`((?:digest|templates|tests|\.ci)/[\w./]*)`", README):
        assert (REPOSITORY / name).exists(), name
    for name in re.findall(r"\]\(([\w./]+)\)", README):
        assert (REPOSITORY / name).exists(), name


def test_the_layers_shown_are_those_that_are_checked():
    shown = re.search(r"```\n(__main__ .*?)```", README, re.S)
    assert shown is not None
    layers = [" | ".join(layer.split(" | ")) for layer in re.split(r"\s*→\s*", shown[1].strip())]
    contract = next(c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    assert layers == contract["layers"]


def test_the_front_matter_example_is_an_article(tmp_path):
    """The example is read as any file of a folder source would be."""
    example = re.search(r"```markdown\n(.*?)```", README, re.S)
    assert example is not None
    (tmp_path / "convoy.md").write_text(example[1], encoding="utf-8")
    found = settings(tmp_path, sources=[{"name": "desk", "kind": "folder", "path": str(tmp_path)}])
    request = collect.Request(SLOT.window.start, SLOT.window.end, SLOT.due, tmp_path, found.newsletter)
    report = collect.fetch(found.sources[0], request)
    assert (report.problems, [a.title for a in report.articles]) == ((), ["Aid convoy reaches the north"])
