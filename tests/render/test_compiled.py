"""Compiled templates in the user's cache folder: found again, and never taken from anybody else."""

import marshal
import shutil

import jinja2
import pytest

from digest.errors import RenderError
from digest.render import compiled, templates


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "digest" / "templates"


@pytest.fixture
def compilations(monkeypatch):
    """The texts that Jinja compiles."""
    found, compile_ = [], jinja2.Environment.compile

    def noted(self, source, *rest, **more):
        found.append(source)
        return compile_(self, source, *rest, **more)

    monkeypatch.setattr(jinja2.Environment, "compile", noted)
    return found


def written(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.j2").write_text(text, encoding="utf-8")
    return folder


def anew(root, name, **values):
    """As another process would fill it in."""
    templates._environment.cache_clear()
    return templates.fill(root, f"{name}.j2", values)


def test_another_process_compiles_nothing_and_says_the_same(kept, tmp_path, compilations):
    root = written(tmp_path / "t", a="{{ x }} {% include 'b.j2' %}", b="<b>{{ x }}</b>")
    first = anew(root, "a", x="1 & 2")
    assert (len(compilations), first) == (2, "1 &amp; 2 <b>1 &amp; 2</b>")
    assert anew(root, "a", x="1 & 2") == first
    assert len(compilations) == 2
    assert {file.stat().st_mode & 0o077 for file in (kept, *kept.iterdir())} == {0}


def test_a_change_compiles_the_template_that_changed(kept, tmp_path, compilations):
    root = written(tmp_path / "t", a="a {% include 'b.j2' %}", b="b")
    assert templates.fill(root, "a.j2", {}) == "a b"
    written(root, b="c")
    assert templates.fill(root, "a.j2", {}) == "a c"
    assert compilations == ["a {% include 'b.j2' %}", "b", "c"]


def test_a_mistake_is_placed_in_the_folder_that_is_used_now(kept, tmp_path):
    for name in ("one", "two"):
        root = written(tmp_path / name, a="fine\n{{ missing }}")
        with pytest.raises(RenderError, match=rf"{name}/a\.j2:2: 'missing' is undefined"):
            anew(root, "a")


def foreign(file):
    """A file that whoever wrote it would like to be run."""
    file.chmod(0o666)


def broken(file):
    file.write_bytes(file.read_bytes()[:-1])


def another(file):
    file.write_bytes(marshal.dumps(compile("raise SystemExit('poisoned')", "x", "exec")))


def a_link(file):
    shutil.copy(file, file.parent.parent / "elsewhere")
    file.unlink()
    file.symlink_to(file.parent.parent / "elsewhere")


@pytest.mark.parametrize("harm", [foreign, broken, another, a_link])
def test_what_is_not_as_we_wrote_it_is_compiled_again(kept, tmp_path, compilations, harm):
    root = written(tmp_path / "t", a="{{ x }}")
    anew(root, "a", x=1)
    for file in kept.iterdir():
        harm(file)
    assert anew(root, "a", x=1) == "1"
    assert len(compilations) == 2


def opened_to_all(kept):
    kept.mkdir(parents=True)
    kept.chmod(0o777)


def a_file_in_the_way(kept):
    kept.parent.mkdir(parents=True)
    kept.write_text("")


def elsewhere(kept):
    kept.parent.mkdir(parents=True)
    kept.parent.parent.joinpath("other").mkdir()
    kept.symlink_to(kept.parent.parent / "other")


@pytest.mark.parametrize("way", [opened_to_all, a_file_in_the_way, elsewhere])
def test_a_folder_that_is_not_ours_alone_holds_nothing_of_us(kept, tmp_path, compilations, way):
    way(kept)
    root = written(tmp_path / "t", a="{{ x }}")
    assert [anew(root, "a", x=1) for _ in range(2)] == ["1", "1"]
    assert len(compilations) == 2
    assert not kept.is_dir() or not list(kept.iterdir())


def test_the_older_half_goes_when_there_are_too_many(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "_MOST_FILES", 4)
    root = written(tmp_path / "t")
    for at in range(5):
        anew(written(root, a=f"text {at}"), "a")
    assert len(list(kept.iterdir())) == 3
