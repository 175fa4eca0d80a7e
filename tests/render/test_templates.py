"""An editor's mistake is answered with the file, the line and what to do."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.render import markup, templates

FRAME = "<mjml><mj-body><mj-section><mj-column><mj-raw>\n{}\n</mj-raw></mj-column></mj-section></mj-body></mjml>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "issue.mjml.j2").write_text(FRAME.format('{% include "row.mjml.j2" %}'), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("row", "line", "said"),
    [
        pytest.param("<tr>\n{{ tittle }}", 2, "'tittle' is undefined; mend that line", id="unknown-name"),
        pytest.param("<tr>\n\n{% if %}", 3, "Expected an expression, got 'end of statement block'", id="syntax"),
        pytest.param("\n{{ 1 / 0 }}", 2, "division by zero; mend that line", id="arithmetic"),
        pytest.param('\n{% include "no.j2" %}', 2, 'the template "no.j2" is not in the templates folder', id="include"),
        pytest.param('{% include "row.mjml.j2" %}', 1, "includes itself without end", id="endless"),
        pytest.param("\n{{ title.__class__ }}", 2, "access to attribute '__class__'", id="sandbox"),
        pytest.param("<tr><td>{{ title }}\n<p>x</td></tr>", 2, "<p> is not closed before the </td> at", id="open-tag"),
        pytest.param("<tr><td>\n{{ title }}\n<p>\n</td></tr>", 3, "<p> is not closed", id="open-tag-above"),
        pytest.param("\n<td>", 2, "<td> is not closed before the </mj-raw>", id="left-open"),
        pytest.param("<tr>{% for _ in 'ab' %}\n<td\n  id='a' id='b' />{% endfor %}</tr>", 2, "twice", id="in-a-loop"),
        pytest.param("<tr><td>ї</td></tr>\n<mj-foo>x</mj-foo>", 2, "<mj-foo> is no tag of MJML", id="unknown-tag"),
    ],
)
def test_a_mistake_in_a_partial_is_named_by_its_line(folder: Path, row: str, line: int, said: str) -> None:
    (folder / "row.mjml.j2").write_text(row, "utf-8")
    with pytest.raises(RenderError) as caught:
        markup.page(folder, {"title": "Société > x"})
    place, _, message = str(caught.value).partition(": ")
    assert place == f"{folder}/row.mjml.j2:{line}"
    assert said in message


def test_a_tag_left_open_in_a_partial_is_named_there_and_where_another_partial_suffers(tmp_path: Path) -> None:
    main = "<mjml><mj-body>\n{% include 'a.mjml.j2' %}\n{% include 'b.mjml.j2' %}\n</mj-body></mjml>"
    section = "{# x #}\n<mj-section><mj-column>\n</mj-column>"
    (tmp_path / "issue.mjml.j2").write_text(main, "utf-8")
    (tmp_path / "a.mjml.j2").write_text(section, "utf-8")
    (tmp_path / "b.mjml.j2").write_text(section + "</mj-section>", "utf-8")
    with pytest.raises(RenderError) as caught:
        markup.page(tmp_path, {})
    assert str(caught.value) == (
        f"{tmp_path}/b.mjml.j2:2: <mj-section> may stand in <mj-body> or <mj-wrapper> alone, "
        f"not in the <mj-section> at {tmp_path}/a.mjml.j2:2; mend it and run again"
    )


def test_what_the_engine_refuses_is_named_by_its_line(tmp_path: Path) -> None:
    source = "<mjml>\n<mj-head>\n  <mj-title>{{ title }}</mj-title>\n  <mj-title><b>x</b></mj-title>\n</mj-head></mjml>"
    (tmp_path / "issue.mjml.j2").write_text(source, "utf-8")
    with pytest.raises(RenderError, match=r"issue\.mjml\.j2:4: the MJML engine stopped: unexpected token; mend it"):
        markup.page(tmp_path, {"title": "Тема"})


def test_a_mistake_whose_line_nobody_knows_says_so(tmp_path: Path) -> None:
    (tmp_path / "issue.mjml.j2").write_text("", "utf-8")
    with pytest.raises(RenderError, match=r"issue\.mjml\.j2 or one of its partials, on a line that is not known: "):
        markup.page(tmp_path, {})


def test_a_missing_main_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r'the template "issue\.mjml\.j2" is not in the templates folder'):
        markup.page(tmp_path, {})


def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret", "utf-8")
    (folder / "row.mjml.j2").symlink_to(secret)
    with pytest.raises(RenderError, match=r'"row\.mjml\.j2" is not in the templates folder'):
        markup.page(folder, {})


def test_a_path_that_leads_out_of_the_folder_is_not_followed(folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("secret", "utf-8")
    (folder / "row.mjml.j2").write_text('{% include "../secret.txt" %}', "utf-8")
    with pytest.raises(RenderError, match=r'"\.\./secret\.txt" is not in the templates folder'):
        markup.page(folder, {})


def test_a_template_that_is_not_utf8_is_named_by_its_line(folder: Path) -> None:
    (folder / "row.mjml.j2").write_bytes(b"<tr>\n" + "Тема".encode("cp1251"))
    with pytest.raises(RenderError, match=r"row\.mjml\.j2:2: not UTF-8"):
        markup.page(folder, {})


def test_a_template_saved_on_windows_gives_the_same_bytes(folder: Path) -> None:
    row = "<tr>\n<td>\n{% if true %}\n<a>x</a>\n<a>y</a>\n{% endif %}\n</td>\n</tr>"
    (folder / "row.mjml.j2").write_bytes(row.encode())
    plain = markup.page(folder, {})
    (folder / "row.mjml.j2").write_bytes(b"\xef\xbb\xbf" + row.replace("\n", "\r\n").encode())
    assert markup.page(folder, {}) == plain


def test_a_saved_change_is_seen_at_once(folder: Path) -> None:
    row = folder / "row.mjml.j2"
    row.write_text("<tr><td>one</td></tr>", "utf-8")
    assert ">one<" in markup.page(folder, {})
    row.write_text("<tr><td>two</td></tr>", "utf-8")
    assert ">two<" in markup.page(folder, {})


def test_a_partial_that_is_taken_away_is_missed_at_once(folder: Path) -> None:
    row = folder / "row.mjml.j2"
    row.write_text("<tr><td>one</td></tr>", "utf-8")
    markup.page(folder, {})
    row.unlink()
    with pytest.raises(RenderError, match=r'the template "row\.mjml\.j2" is not in the templates folder'):
        markup.page(folder, {})


@dataclass(frozen=True)
class Shown:
    """Stands for a story: what a template may see of a value, and what not."""

    title: str = "a title"
    _hidden: str = "x"

    def upper(self) -> str:
        return self.title.upper()


@pytest.mark.parametrize(
    ("written", "made"),
    [
        pytest.param("{{ shown.title }} {{ shown.upper() }}", "a title A TITLE", id="field-and-method"),
        pytest.param("{{ colours.ink }} {{ colours.items()|list }}", "#000 [('ink', '#000'), ('items', 1)]", id="dict"),
        pytest.param("{% import 'p.j2' as p %}{{ p.ink }} {{ p.bold('b') }}", "#111 <b>b</b>", id="import"),
        pytest.param("{{ '{0.title}'.format(shown) }}", "a title", id="format"),
    ],
)
def test_a_template_sees_fields_methods_keys_and_what_it_imports(tmp_path: Path, written: str, made: str) -> None:
    (tmp_path / "p.j2").write_text("{% set ink = '#111' %}{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}", "utf-8")
    (tmp_path / "a.txt").write_text(written, "utf-8")
    values = {"shown": Shown(), "colours": {"ink": "#000", "items": 1}}
    assert html.unescape(templates.fill(tmp_path, "a.txt", values)) == made


@pytest.mark.parametrize(
    "written",
    [
        "{{ shown._hidden }}",
        "{{ shown.upper.__func__ }}",
        "{{ shown.__struct_fields__ }}",
        "{{ '{0._hidden}'.format(shown) }}",
        "{% import 'p.j2' as p %}{{ p._body_stream }}",
        "{{ colours.clear() }}",
        "{{ colours.red }}",
    ],
)
def test_a_template_sees_nothing_private_and_changes_nothing(tmp_path: Path, written: str) -> None:
    (tmp_path / "p.j2").write_text("x", "utf-8")
    (tmp_path / "a.txt").write_text(written, "utf-8")
    with pytest.raises(RenderError, match=r"a\.txt:1: .*(unsafe|no attribute)"):
        templates.fill(tmp_path, "a.txt", {"shown": Shown(), "colours": {"ink": "#000"}})


def test_a_value_that_looks_like_a_template_stays_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("{{ title }}", "utf-8")
    assert templates.fill(tmp_path, "a.txt", {"title": "{{ 7 * 7 }} <b>"}) == "{{ 7 * 7 }} &lt;b&gt;"
    assert templates.fill(tmp_path, "a.txt", {"title": "{{ 7 * 7 }} <b>"}, escape=False) == "{{ 7 * 7 }} <b>"
