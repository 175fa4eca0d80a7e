"""Readers who chose some themes get an email of their own: rendered once for each choice, checked, frozen, sent."""

import email as mail
import shutil
from email import policy

import pytest
from msgspec.structs import replace

from digest import check, cli, pipeline
from digest.errors import AttentionNeeded
from digest.models import Subscriber
from digest.pipeline import Job
from tests.builders import REPOSITORY
from tests.builders import settings as build_settings
from tests.test_pipeline import KEY, NOW, WATCH, opened, settings

__all__ = ["opened", "settings"]  # fixtures

JOB = Job(NOW, WATCH)
EU, NATO, RARE = ("#UAtoEU",), ("#UAinNATO", "#UAtoEU"), ("#HolodomorRemembrance",)
READERS = {"ann": (), "bob": EU, "cid": NATO, "dan": EU, "eve": ("#Gone",)}


def subscribed(opened, **readers):
    people = [Subscriber(f"{name}@example.org", origin="list.csv", themes=themes) for name, themes in readers.items()]
    opened.people.add(people, "weekly", NOW, basis="signed up at our congress")


def mails(folder):
    """Address -> subject, html and text of the email in the outbox."""
    found = {}
    for file in sorted(folder.glob("outbox/*/*.eml")):
        message = mail.message_from_bytes(file.read_bytes(), policy=policy.default)
        text, html = (message.get_body([kind]).get_content() for kind in ("plain", "html"))
        found[message["To"].partition("@")[0]] = (message["Subject"], html, text)
    return found


def sections(html, settings):
    """Tags of the themes whose headings stand in it."""
    return {t.tag for t in settings.themes if f">{t.theme('en').title}</h2>" in html}


def test_each_reader_gets_the_themes_that_they_chose(settings, opened, tmp_path):
    subscribed(opened, **READERS)
    run = pipeline.run(settings, opened, JOB)
    got = mails(tmp_path)
    assert run.counts.accepted == 5 + 3  # and the sample's readers
    found = {name: sections(html, settings) for name, (_, html, _) in got.items() if name in READERS}
    everything = found["ann"]
    assert len(everything) > 3
    assert found == {"ann": everything, "bob": set(EU), "cid": set(NATO), "dan": set(EU), "eve": everything}
    issue = opened.issues.composed(run.record.id)
    theirs = [story.article.title for section in issue.sections if section.theme.tag in EU for story in section.stories]
    assert all(title in got["bob"][2] for title in theirs)
    assert got["bob"][0] != got["ann"][0]
    assert got["bob"][0].rstrip("…") in " ".join(theirs)


def test_it_is_rendered_once_for_all_who_get_the_same_stories(settings, opened, monkeypatch):
    subscribed(opened, **READERS, fay=("#UAtoEU", "#Gone"))
    rendered = []
    original = pipeline.making.render.variant
    monkeypatch.setattr(pipeline.making.render, "variant", lambda *args: rendered.append(args) or original(*args))
    run = pipeline.run(settings, opened, JOB)
    assert len(rendered) == 2
    batches = {opened.issues.variant(run.record.id, n).subject for n in (1, 2)}
    assert len(batches) == 2


def test_who_has_too_little_this_time_gets_nothing_and_is_counted(tmp_path, opened):
    settings = build_settings(tmp_path, audience={"at_least": 50})
    subscribed(opened, **READERS)
    run = pipeline.run(settings, opened, JOB)
    assert set(mails(tmp_path)) & set(READERS) == {"ann", "eve"}
    assert (run.counts.audience, opened.ledger.unserved(run.record.id)) == (2 + 3, 3)


def test_an_editor_builds_the_email_of_a_reader_who_chose_themes(tmp_path, capsys):
    settings = build_settings(tmp_path)
    place, week = ["--config", str(tmp_path / "config.toml")], ["--issue", KEY, "--out", str(tmp_path / "out")]
    assert cli.main([*place, "build", *week, "--themes", "#UAtoEU, uwc news"]) == 0
    html = tmp_path / "out" / "issue.html"
    assert sections(html.read_text(encoding="utf-8"), settings) == {"#UAtoEU", "#UWC news"}
    assert cli.main([*place, "build", *week, "--themes", "#UAtEU"]) == 2
    assert "there is no theme #UAtEU; choose of: #DefeatRussia, " in capsys.readouterr().err


def test_the_command_line_says_who_gets_what(tmp_path, opened, capsys):
    settings = build_settings(tmp_path)
    subscribed(opened, **READERS)
    pipeline.run(settings, opened, JOB)
    opened.close()
    place = ["--config", str(tmp_path / "config.toml")]
    assert cli.main([*place, "issues", KEY]) == 0
    said = capsys.readouterr().out
    assert "who chose #UAtoEU: " in said
    assert "who chose #UAinNATO, #UAtoEU: " in said


def test_an_issue_that_nobody_is_served_by_says_so(tmp_path, opened):
    settings = build_settings(
        tmp_path, audience={"at_least": 50}, send={"provider": "resend", "resend": {"token": {"env": "X"}}}
    )
    subscribed(opened, bob=EU)
    record = opened.issues.begin("weekly", pipeline.coming(settings, opened, NOW), KEY, NOW)
    frozen = pipeline.freeze(settings, opened, record, JOB).record
    opened.issues.approve(frozen.id, frozen.sha256, "Olena", NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("X", "a-token")
        with pytest.raises(AttentionNeeded, match="too little of the themes"):
            pipeline.send(settings, opened, KEY, JOB)


def test_an_approval_is_for_the_variants_too(settings, opened):
    subscribed(opened, **READERS)
    record = opened.issues.begin("weekly", pipeline.coming(settings, opened, NOW), KEY, NOW)
    first = pipeline.freeze(settings, opened, record, JOB).record
    opened.issues.approve(first.id, first.sha256, "Olena", NOW)
    subscribed(opened, gus=RARE)
    again = pipeline.freeze(settings, opened, opened.issues.get(KEY), replace(JOB, by="Olena")).record
    assert (again.state, again.sha256 == first.sha256) == ("frozen", False)


def test_a_choice_made_after_the_freeze_counts_from_the_next_issue(settings, opened, tmp_path):
    subscribed(opened, ann=())
    record = opened.issues.begin("weekly", pipeline.coming(settings, opened, NOW), KEY, NOW)
    frozen = pipeline.freeze(settings, opened, record, JOB).record
    subscribed(opened, late=EU)
    opened.issues.approve(frozen.id, frozen.sha256, "Olena", NOW)
    pipeline.send(settings, opened, KEY, JOB)
    got = mails(tmp_path)
    assert sections(got["late"][1], settings) == sections(got["ann"][1], settings)


def test_an_error_in_one_variant_stops_all_and_says_whose_it_is(settings, opened, tmp_path):
    shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    file = tmp_path / "templates" / "issue.mjml.j2"
    whole = file.read_text(encoding="utf-8")
    assert "{% if issue.lead %}" in whole
    footer = '{% include "partials/footer.mjml.j2" %}'
    file.write_text(whole.replace(footer, "{% if issue.lead %}" + footer + "{% endif %}"), encoding="utf-8")
    subscribed(opened, **READERS)
    with pytest.raises(AttentionNeeded, match="for readers who chose #UAinNATO, #UAtoEU: ") as stopped:
        pipeline.run(settings, opened, JOB)
    assert "was stopped by a check; nothing was sent" in str(stopped.value)
    assert opened.issues.get(KEY).state == "stopped"


def test_every_variant_passes_the_checks_that_the_whole_issue_passes(settings, opened):
    subscribed(opened, **{f"p{n}": (theme.tag,) for n, theme in enumerate(settings.themes)})
    slot = pipeline.coming(settings, opened, NOW)
    draft = pipeline.making.make(settings, opened, slot, JOB)
    assert len(draft.variants.emails) > 3
    assert not check.stops(draft.findings)
