"""Random overlays, each changed and changed back: the content is the same, and so is every line not concerned."""

import tomllib

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.config import editing, lines
from digest.config.draft import Draft

WORDS = st.text("ab \"'\\#=[]{},🌻їЩ", min_size=1, max_size=12).filter(str.strip)
PROSE = st.lists(WORDS, min_size=1, max_size=4).map("\n".join)
REFS = [f"site:{number}" for number in range(6)]
URLS = [f"https://{name}.example" for name in "abcd"]
GAP = st.lists(st.sampled_from(["", "# a = [comment", '# "and" another', "  # set in"]), max_size=3)
BEHIND = st.sampled_from(["", "  # why", ' # "quoted" ] # twice', "\t"])
COVER = st.fixed_dictionaries({"credit": WORDS}, optional={"alt": WORDS})


def quoted(text, draw):
    if draw(st.booleans()) and "'" not in text and "\n" not in text:
        return f"'{text}'"
    return tomlkit.string(text, multiline="\n" in text or draw(st.booleans())).as_string()


def listed(items, draw):
    """A list of values that are TOML already, in one of the layouts that people use."""
    match draw(st.integers(0, 4)) if items else 0:
        case 0:
            return f"[{', '.join(items)}]"
        case 1:
            return "[\n" + "".join(f"  {item},{draw(BEHIND)}\n" for item in items) + "]"
        case 2:
            return "[ # first\n\n\t" + "\n\t,".join(f"{item}{draw(BEHIND)}" for item in items) + "\n\t]"
        case 3:
            return "[" + ",\n ".join(items) + "]"
        case _:
            return "[\n" + "".join(f"  {item},\n# of its own\n" for item in items) + " ]"


def inline(table, draw):
    return "{ " + ", ".join(f"{key} = {valued(value, draw)}" for key, value in table.items()) + " }"


def valued(value, draw):
    if isinstance(value, str):
        return quoted(value, draw)
    if isinstance(value, dict):
        return inline(value, draw)
    if isinstance(value, list):
        return listed([valued(each, draw) for each in value], draw)
    return str(value)


def keys(table, draw, prefix=""):
    """Rows of the keys of a table; a table inside is written in one line, with dots, or below a header."""
    rows, below = [], []
    for key, value in table.items():
        rows += draw(GAP)
        style = draw(st.sampled_from("ids")) if isinstance(value, dict) and prefix else "i"
        if style == "i":
            rows.append(f"{key} = {valued(value, draw)}{draw(BEHIND)}")
        elif style == "d":
            rows += [f"{key}.{inner} = {valued(each, draw)}{draw(BEHIND)}" for inner, each in value.items()]
        else:
            below += [*draw(GAP), f"[{prefix}.{key}]", *keys(value, draw)]
    return rows + below


@st.composite
def overlays(draw):
    """The text of an overlay, and nothing in it that its model would refuse."""
    root = {name: draw(WORDS) for name in draw(st.sets(st.sampled_from(["subject", "preheader"])))}
    root |= {name: draw(PROSE) for name in draw(st.sets(st.sampled_from(["intro", "note"])))}
    root |= {"lead": draw(st.sampled_from(REFS))} if draw(st.booleans()) else {}
    for name in draw(st.sets(st.sampled_from(["hide", "order"]))):
        root[name] = draw(st.lists(st.sampled_from(REFS), max_size=3, unique=True))
    stories = [
        {"article": ref}
        | draw(st.fixed_dictionaries({"title": WORDS}, optional={"place": st.integers(1, 9), "cover": COVER}))
        for ref in draw(st.lists(st.sampled_from(REFS), max_size=3, unique=True))
    ]
    links = [
        {"title": draw(WORDS), "url": url} for url in draw(st.lists(st.sampled_from(URLS), max_size=3, unique=True))
    ]
    panel = {"title": draw(WORDS), "button": draw(WORDS), "url": URLS[0]}
    tables = [("[[links]]", link) for link in links]
    if stories and draw(st.booleans()):
        root["stories"] = stories
    else:
        tables += [("[[stories]]", story) for story in stories]
    rows = draw(GAP)
    match draw(st.integers(0, 3)):
        case 0:
            tables.append(("[action]", panel))
        case 1:
            root["action"] = panel
        case 2:
            rows += [f"action.{key} = {valued(value, draw)}" for key, value in panel.items()]
    rows += keys(root, draw)
    for header, table in draw(st.permutations(tables)):
        rows += [*draw(GAP), header + draw(BEHIND), *keys(table, draw, header.strip("[]"))]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return "\n".join([*rows, *draw(GAP)]).replace("\n", end) + draw(st.sampled_from(["", end]))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    made = config.overlay_file(tmp_path_factory.mktemp("draft"), "weekly-2026-W47")
    made.parent.mkdir()
    return made


def read(file):
    return tomllib.loads(file.read_bytes().decode())


def kept(before, after, *paths):
    """Whether all rows of `before` stand in `after`, in their order, but empty ones and those of `paths`."""
    gone = set()
    for path in paths:
        concerned = [each for each in lines.statements(before) if each.path[: len(path)] == path]
        gone |= set(range(concerned[0].first, concerned[-1].end)) if concerned else set()
    left = iter(after.split("\n"))
    rows = [row.rstrip("\r") for number, row in enumerate(before.split("\n")) if number not in gone]
    return all(any(row == other.rstrip("\r") for other in left) for row in rows if row.strip())


def value(of, name):
    return next((each for each in of if each.get("article", each.get("url")) == name), {})


@given(overlays(), st.sampled_from(["subject", "preheader", "intro", "note", "lead"]), PROSE, WORDS)
def test_a_value_set_and_set_back(file, before, name, prose, words):
    new = {"lead": "site:77", "intro": prose, "note": prose}.get(name, words)
    file.write_bytes(before.encode())
    content = read(file)
    editing.set_value(file, name, new, says="A title")
    assert read(file) == content | {name: new}
    assert kept(before, file.read_bytes().decode(), (name,))
    editing.set_value(file, name, content.get(name))
    assert read(file) == content


@given(overlays(), st.sampled_from(REFS), st.sampled_from(["", "A title"]))
def test_an_article_hidden_and_shown(file, before, ref, says):
    file.write_bytes(before.encode())
    content = read(file)
    hidden = content.get("hide", [])
    first, second = (editing.show, editing.hide) if ref in hidden else (editing.hide, editing.show)
    first(file, ref, **({"says": says} if first is editing.hide else {}))
    assert set(read(file).get("hide", [])) == set(hidden) ^ {ref}
    assert kept(before, file.read_bytes().decode(), ("hide",))
    second(file, ref)
    after = read(file)
    assert (sorted(after.pop("hide", [])), after) == (sorted(hidden), content_without(content, "hide"))


def content_without(content, name):
    return {key: each for key, each in content.items() if key != name}


@given(overlays(), st.lists(st.sampled_from(REFS), max_size=4, unique=True))
def test_an_order_set_and_set_back(file, before, refs):
    file.write_bytes(before.encode())
    content = read(file)
    editing.set_order(file, refs)
    assert read(file).get("order", []) == refs
    assert kept(before, file.read_bytes().decode(), ("order",))
    editing.set_order(file, content.get("order", []))
    assert content_without(read(file), "order") == content_without(content, "order")
    assert read(file).get("order", []) == content.get("order", [])


@given(
    overlays(),
    st.sampled_from(REFS),
    st.fixed_dictionaries({}, optional={"title": WORDS, "lede": PROSE, "place": st.integers(1, 99), "cover": COVER}),
)
def test_a_story_changed_and_changed_back(file, before, ref, changes):
    file.write_bytes(before.encode())
    content = read(file)
    was = value(content.get("stories", []), ref)
    editing.edit_story(file, ref, says="A # title", **changes)
    text = file.read_bytes().decode()
    wanted = was | changes | ({"article": ref} if changes else {})
    assert value(read(file).get("stories", []), ref) == wanted
    if not any(each.path == ("stories",) for each in lines.statements(before)):
        at = content.get("stories", []).index(was) if was else 0
        assert kept(before, text, *(("stories", at, key) for key in changes)) if was else kept(before, text)
    editing.edit_story(file, ref, **{key: was.get(key) for key in changes})
    after = read(file)
    assert after.pop("stories", []) == content.pop("stories", [])
    assert after == content


@given(overlays(), st.sampled_from(REFS))
def test_a_story_that_is_reset_takes_no_other_line_with_it(file, before, ref):
    file.write_bytes(before.encode())
    content = read(file)
    editing.reset(file, ref)
    after = read(file)
    for name in ("hide", "order"):
        assert after.pop(name, []) == [each for each in content.pop(name, []) if each != ref]
    assert after.pop("lead", None) == (None if content.get("lead") == ref else content.get("lead"))
    content.pop("lead", None)
    assert after.pop("stories", []) == [s for s in content.pop("stories", []) if s["article"] != ref]
    assert after == content
    assert ref in before or file.read_bytes().decode() == before


@given(overlays(), st.sampled_from(URLS), WORDS, PROSE)
def test_a_link_added_and_removed(file, before, url, title, text):
    file.write_bytes(before.encode())
    content = read(file)
    links = content.get("links", [])
    was = value(links, url)
    editing.add_link(file, config.LinkEdit(title=title, url=url, text=text))
    assert value(read(file)["links"], url) == {"title": title, "url": url, "text": text}
    assert kept(before, file.read_bytes().decode(), ("links", links.index(was) if was else -1))
    if was:
        editing.add_link(file, config.LinkEdit(**was))
        assert read(file) == content
    editing.remove_link(file, url)
    after = read(file)
    assert after.pop("links", []) == [link for link in links if link["url"] != url]
    assert after == content_without(content, "links")


@given(overlays(), st.sampled_from(["action", "sponsor"]), WORDS, PROSE)
def test_a_panel_set_and_set_back(file, before, kind, title, text):
    file.write_bytes(before.encode())
    content = read(file)
    was = content.get(kind)
    panel = config.PanelEdit(title=title, text=text, button="Go", url="https://z.example")
    editing.set_panel(file, kind, panel)
    assert read(file) == content | {kind: panel.model_dump()}
    assert kept(before, file.read_bytes().decode(), (kind,))
    editing.set_panel(file, kind, config.PanelEdit(**was) if was else None)
    assert read(file) == content


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "x = 1\n", id="empty"),
        pytest.param("# About\n", "# About\n\nx = 1\n", id="below-the-head"),
        pytest.param("# About\n\n# The panel\n[a]\n", "# About\n\nx = 1\n\n# The panel\n[a]\n", id="between"),
        pytest.param("# The panel\n[a]\n", "x = 1\n\n# The panel\n[a]\n", id="above-what-heads-a-table"),
        pytest.param("[a]\nb = 1\n", "x = 1\n\n[a]\nb = 1\n", id="above-a-table"),
        pytest.param("a.b = 1\n# c\n", "a.b = 1\nx = 1\n# c\n", id="below-the-last"),
    ],
)
def test_a_new_key_stands_above_the_tables_and_leaves_their_comments_to_them(before, after):
    draft = Draft(before)
    draft.put(("x",), 1)
    assert draft.text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("[[a]]\nb = 1\n", "[[a]]\nb = 1\n\n[[a]]\nx = 1 # T\n", id="at-the-end"),
        pytest.param("[[a]]\nb = 1\n# of it\n\n[c]\n", "[[a]]\nb = 1\n# of it\n\n[[a]]\nx = 1 # T\n\n[c]\n", id="comment-of-the-last"),
        pytest.param("[[a]]\nb = 1\n# heads c\n[c]\n", "[[a]]\nb = 1\n\n[[a]]\nx = 1 # T\n\n# heads c\n[c]\n", id="comment-of-the-next"),
        pytest.param("[[a]]\n[c]\n[[a]]\n[d]\n", "[[a]]\n[c]\n[[a]]\n\n[[a]]\nx = 1 # T\n\n[d]\n", id="apart"),
    ],
)  # fmt: skip
def test_a_new_table_stands_behind_those_of_its_name(before, after):
    draft = Draft(before)
    draft.add_table("a", {"x": 1}, "T", array=True)
    assert draft.text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("[[a]]\nx = 1\n\n[[a]]\nx = 2\n", "[[a]]\nx = 2\n", id="first"),
        pytest.param("# c\n\n[[a]]\nx = 1\n\n# d\n", "# c\n\n# d\n", id="middle"),
        pytest.param("b = 1\n\n[[a]]\nx = 1\n", "b = 1\n", id="last"),
        pytest.param("[[a]]\nx = 1\n\n[b]\ny = 1\n\n[a.c]\ny = 2\n", "[b]\ny = 1\n", id="in-two-places"),
    ],
)
def test_a_table_that_is_dropped_leaves_no_hole(before, after):
    draft = Draft(before)
    draft.drop(("a", 0))
    assert draft.text == after


def test_a_key_with_dots_is_dropped_wherever_its_parts_stand():
    draft = Draft("[a]\nb.c = 1\nd = 2\nb.e = 3\n")
    draft.drop(("a", "b"))
    assert draft.text == "[a]\nd = 2\n"
