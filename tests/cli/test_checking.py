"""`digest check`: the list, a run, JSON, the trial of templates; and `approve --yes`."""

import json

from digest import check
from tests.cli.test_command_line import AS_OF, SHIPPED, here, said

__all__ = ["here"]  # the fixture

KEY = "weekly-2026-W47"
OVERLAY = "issues/weekly-2026-W47.toml"
TOO_LONG = "The week in which eleven bridges were opened and three more were promised"


def test_the_list_has_a_line_for_every_check(here, capsys):
    code, out, _ = said(capsys, "check", "--list")
    lines = [line.split() for line in out.splitlines()]
    shown = {(line[0], line[1], line[2]) for line in lines if len(line) > 3}
    assert code == 0
    assert {(each.id, each.severity, each.name) for each in check.every()} <= shown
    listed = json.loads(said(capsys, "check", "--list", "--json")[1])
    assert {each["id"] for each in listed} == {each.id for each in check.every()}


def test_ids_and_names_are_each_given_once():
    ids, names = [each.id for each in check.every()], [each.name for each in check.every()]
    assert (len(set(ids)), len(set(names))) == (len(ids), len(names))
    asked_while_sending = {"audience", "rejections", "complaints"}
    assert set(check.ACCEPTABLE) - asked_while_sending <= set(names)


def test_a_run_tells_severity_id_place_cure_and_what_it_comes_to(here, capsys):
    code, out, _ = said(capsys, "check", *AS_OF)
    assert (code, out.startswith(f"✓ nothing stops {KEY}  ({len(check.every())} checks, ")) == (0, True)
    assert said(capsys, "edit", "subject", TOO_LONG, *AS_OF)[0] == 0
    code, out, _ = said(capsys, "check", *AS_OF)
    head, line, cure, blank, total = (line.rstrip() for line in out.splitlines())
    assert (code, head, blank) == (0, "! 1 warning asks for your yes", "")
    assert line == f"  E05  subject-length  the subject has {len(TOO_LONG)} characters; after 60 most inboxes cut it"
    assert cure == f"       → set a shorter subject in {OVERLAY}"
    assert total.startswith(f"✓ nothing stops {KEY}, 1 warning")
    found = json.loads(said(capsys, "check", *AS_OF, "--json")[1])
    assert [(f["id"], f["check"], f["severity"]) for f in found["findings"]] == [("E05", "subject-length", "warning")]


def test_the_yes_of_a_person_is_shown_with_the_decisions(here, capsys):
    rule = '\n[check.lower]\nS17 = { to = "note", reason = "our preheaders are short" }\n'
    (here / "config.toml").write_text(SHIPPED.replace('"automatic"', '"required"') + rule, encoding="utf-8")
    said(capsys, "edit", "subject", TOO_LONG, *AS_OF)
    said(capsys, "freeze", *AS_OF)
    code, _, err = said(capsys, "approve", KEY, "--by", "Olena")
    assert (code, f"digest approve {KEY} --yes" in err, "after 60 most inboxes cut it" in err) == (3, True, True)
    assert "check.lower: S17 counts as note: our preheaders are short" in err
    assert "(accepted by nobody)" in said(capsys, "issues", KEY)[1]
    assert said(capsys, "approve", KEY, "--by", "Olena", "--yes")[0] == 0
    assert "(accepted by Olena)" in said(capsys, "issues", KEY)[1]


def test_a_check_that_is_not_there_is_a_mistake_in_the_config(here, capsys):
    rule = '\n[check.lower]\nS99 = { to = "note", reason = "there is no such check" }\n'
    (here / "config.toml").write_text(SHIPPED + rule, encoding="utf-8")
    for command in (["config", "check"], ["check", *AS_OF]):
        code, _, err = said(capsys, *command)
        assert (code, "check.lower.S99: there is no such check" in err) == (2, True)


def test_the_trial_of_templates_stops_at_an_error(here, capsys):
    lines = said(capsys, "check", "--templates")[1].splitlines()
    assert {"The Week in Short, in en", "✓ one story", "✓ language uk"} <= set(lines)
    broken = SHIPPED.replace('name = "sample"\nkind = "sample"', 'name = "desk"\nkind = "folder"\npath = "nowhere"')
    (here / "config.toml").write_text(broken, encoding="utf-8")
    code, out, _ = said(capsys, "check", "--templates", "--json")
    bad = [trial["what"] for trial in json.loads(out)["trials"] if trial["findings"]]
    assert (code, bad) == (3, ["source desk (folder)", "sixty stories"])
