"""What the findings do to an issue: errors stop it, warnings ask for a yes that is kept, lowered ones say why."""

from datetime import timedelta

import pytest

from digest import check, config, desk, pipeline
from digest.errors import AttentionNeeded, ConfigError, DigestError
from digest.models import Finding, Link, OneClick, Panel, Subscriber
from digest.pipeline import Ask, Job, proving, trying
from digest.pipeline.illustrating import Illustrated
from tests import tables
from tests.builders import settings as build_settings
from tests.check import good
from tests.probe.test_prober import site
from tests.test_desk import JOB, KEY, NOW, WATCH, closed, desk_settings, freeze, write

LONG = "A headline of a hundred and thirty-one characters is longer than the design holds, on a phone it takes five lines and more than that"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "desk").mkdir()
    for name in ("bridge", "convoy", "hall"):
        write(tmp_path, name, "2026-11-18T12:00Z")
    return tmp_path


@pytest.fixture
def opened(folder):
    with tables.opened(folder) as made:
        made.people.add([Subscriber("ann@news.example", origin="import.csv")], "weekly", NOW)
        yield made


def warned(folder):
    """One story with a headline that is too long."""
    write(folder, "hall", "2026-11-18T12:00Z", title=f'"{LONG}"')


def noted(opened, record):
    kept = opened.issues.findings(record.id)
    return [(n.finding.check, n.finding.severity, n.accepted_by) for n in kept if n.finding.check != "themes"]


def test_an_issue_without_warnings_needs_no_yes_to_them(folder, opened):
    freeze(desk_settings(folder), opened)
    assert desk.approve(opened, KEY, "Olena", NOW).state == "approved"


def test_a_warning_asks_for_a_yes_that_is_kept_with_name_and_hash(folder, opened):
    warned(folder)
    record = freeze(desk_settings(folder), opened)
    assert noted(opened, record) == [("headline-length", "warning", None)]
    with pytest.raises(AttentionNeeded, match=f"digest approve {KEY} --yes"):
        desk.approve(opened, KEY, "Olena", NOW)
    assert desk.approve(opened, KEY, "Olena", NOW, accepts_warnings=True).state == "approved"
    kept = [n for n in opened.issues.findings(record.id) if n.finding.severity == "warning"]
    assert [(n.accepted_by, n.accepted_at) for n in kept] == [("Olena", NOW)]


def test_a_yes_is_for_the_bytes_that_were_seen(folder, opened):
    warned(folder)
    settings = desk_settings(folder)
    record = freeze(settings, opened)
    desk.approve(opened, KEY, "Olena", NOW, accepts_warnings=True)
    again = freeze(settings, opened)
    assert (record.id, noted(opened, again)) == (again.id, [("headline-length", "warning", None)])
    with pytest.raises(AttentionNeeded):
        desk.approve(opened, KEY, "Olena", NOW)


def test_an_automatic_issue_goes_out_with_warnings_that_nobody_accepted(folder, opened):
    warned(folder)
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    done = pipeline.run(settings, opened, Job(NOW, WATCH))
    assert (done.counts.accepted, noted(opened, done.record)) == (1, [("headline-length", "warning", None)])


def test_an_error_stops_an_automatic_issue(folder, opened):
    write(folder, "hall", "2026-11-18T12:00Z", url="http://localhost:8000/hall")
    settings = desk_settings(folder, schedule={"approval": "automatic"})
    with pytest.raises(AttentionNeeded, match="no reader can reach"):
        pipeline.run(settings, opened, Job(NOW, WATCH))
    assert opened.issues.get(KEY).state == "stopped"


def test_a_lowered_check_says_why_and_asks_for_nothing(folder, opened):
    warned(folder)
    rule = {"headline-length": {"to": "note", "reason": "our headlines are long, and we like them"}}
    settings = desk_settings(folder, check={"lower": rule})
    record = freeze(settings, opened)
    finding = next(n.finding for n in opened.issues.findings(record.id) if n.finding.check == "headline-length")
    assert (finding.severity, finding.cure) == (
        "note",
        "lowered in config.toml: our headlines are long, and we like them",
    )
    assert desk.approve(opened, KEY, "Olena", NOW).state == "approved"


def test_a_check_that_is_off_is_silent_and_may_be_named_by_its_id(folder, opened):
    warned(folder)
    settings = desk_settings(folder, check={"lower": {"J07": {"to": "off", "reason": "our headlines are long"}}})
    assert noted(opened, freeze(settings, opened)) == []


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("headline-lenght", 'there is no such check; nearest known: "headline-length"'),
        ("S13", "unsubscribe cannot be lowered"),
        ("no-stories", "no-stories cannot be lowered"),
    ],
)
def test_what_cannot_be_lowered_is_a_mistake_with_its_line(tmp_path, key, message):
    shipped = (good.builders.REPOSITORY / "config.toml").read_text(encoding="utf-8")
    lines = f'\n[check.lower]\n{key} = {{ to = "note", reason = "we do not like it" }}\n'
    (tmp_path / "config.toml").write_text(shipped + lines, encoding="utf-8")
    line = len((shipped + lines).splitlines())
    with pytest.raises(ConfigError) as caught:
        proving.refuse_mistakes(config.load(tmp_path / "config.toml"))
    assert f"config.toml:{line}: check.lower.{key}: {message}" in str(caught.value)


def test_a_reason_is_asked_for(tmp_path):
    with pytest.raises(ValueError, match="reason"):
        build_settings(tmp_path, check={"lower": {"S07": {"to": "note"}}})


def test_a_dead_link_stops_an_approval(folder, opened):
    settings = desk_settings(folder)
    record = freeze(settings, opened)
    dead = Finding("dead-link", "error", "the link is not there (404)", "mend it", "desk:hall.md")
    opened.issues.add_findings(record.id, record.sha256, [dead, dead])
    assert [n.finding for n in opened.issues.findings(record.id)].count(dead) == 1
    with pytest.raises(AttentionNeeded, match="cannot be approved"):
        desk.approve(opened, KEY, "Olena", NOW, accepts_warnings=True)


def with_links(settings):
    """Links are tried, and those of our own network too."""
    sources = tuple(source.model_copy(update={"allow_private_addresses": True}) for source in settings.sources)
    limits = settings.check.model_copy(update={"links": True})
    return settings.model_copy(update={"check": limits, "sources": sources})


def test_a_run_holds_an_issue_whose_links_are_dead(folder, opened):
    with site() as (_, root):
        panel = f'[action]\ntitle = "Sign"\ntext = "It"\nbutton = "Go there"\nurl = "{root}/404/x"\n'
        settings = with_links(desk_settings(folder, schedule={"approval": "automatic"}))
        rule = config.Lowered(to="off", reason="a test's own server is on loopback")
        names = ("link-hosts", "links", "link-target")
        limits = settings.check.model_copy(update={"lower": dict.fromkeys(names, rule)})
        settings = settings.model_copy(update={"check": limits})
        (folder / "issues").mkdir()
        (folder / "issues" / f"{KEY}.toml").write_text(panel, encoding="utf-8")
        for name in ("bridge", "convoy", "hall"):
            write(folder, name, "2026-11-18T12:00Z", url=f"{root}/200/{name}")
        with pytest.raises(AttentionNeeded, match=r"is not there \(404\)"):
            pipeline.run(settings, opened, Job(NOW, WATCH))
    assert opened.issues.get(KEY).state == "held"


def test_no_readers_unsubscribe_address_is_ever_called(folder, opened):
    settings = with_links(desk_settings(folder))
    record = freeze(settings, opened)
    desk.approve(opened, KEY, "Olena", NOW)
    pipeline.send(settings, opened, KEY, JOB)
    mail = next((folder / "outbox" / KEY).glob("*.eml")).read_text(encoding="utf-8")
    token = mail.partition("<https://digest.example.org/u/")[2].partition(">")[0]
    shown = Illustrated(opened.issues.composed(record.id))
    given = proving.proof(settings, shown, opened.issues.email(record.id), record.due)
    with site() as (server, root):
        for url in (f"{root}/u/{token}", f"{root}/200/?t={token}"):
            with pytest.raises(DigestError, match="a reader's own"):
                proving.asked(given, settings, Ask(one_click=url), proving.prober(settings), opened)
        assert server.heard == []
        test = f"{root}/200/a-test-token"
        asked = proving.asked(given, settings, Ask(one_click=test), proving.prober(settings), opened)
    assert asked.one_click == OneClick(test, 200, 200)


def test_unsubscribe_addresses_are_no_targets(folder, opened):
    settings = desk_settings(folder)
    issue = opened.issues.composed(freeze(settings, opened).id)
    ours = f"{settings.newsletter.public_url}/u/token"
    linked = good.replace(
        issue, links=(Link("Leave", ours),), panels=(Panel("action", "a", "b", "c", "mailto:a@x.example"),)
    )
    assert {t.url for t in proving.targets(linked, settings)} == {s.article.url for s in issue.stories}


def test_an_issue_that_went_out_and_readers_that_vanished_are_told(folder, opened):
    opened.people.add([Subscriber(f"r{n}@gmail.com", origin="f.csv") for n in range(99)], "weekly", NOW)
    settings = desk_settings(folder)
    freeze(settings, opened)
    desk.approve(opened, KEY, "Olena", NOW)
    pipeline.send(settings, opened, KEY, JOB)
    for n in range(40):
        opened.people.remove(f"r{n}@gmail.com", NOW)
    moved = settings.model_copy(
        update={"newsletter": settings.newsletter.model_copy(update={"public_url": "https://new.example.org"})}
    )
    later = Job(NOW + timedelta(weeks=1), WATCH)
    write(folder, "fresh", "2026-11-25T12:00Z")
    draft = pipeline.build(moved, opened, closed(moved, later.now), later)
    told = pipeline.examine(moved, opened, draft, Ask(), later)
    found = {f.check: f.message for f in check.findings(told.proof, {"readers"})}
    assert found == {
        "audience-change": "60 readers, the last issue had 100",
        "unsubscribe-kept": "readers hold unsubscribe links that begin with https://digest.example.org/u/iFD, not with https://new.example.org/u/",
    }
    again = pipeline.examine(settings, opened, pipeline.build(settings, opened, closed(settings), JOB), Ask(), JOB)
    assert "sent-already" in {f.check for f in again.findings}


def test_readers_of_whom_nothing_is_known_stop_a_real_send(folder, opened):
    opened.people.add([Subscriber("who@news.example")], "weekly", NOW)
    settings = desk_settings(folder)
    draft = pipeline.build(settings, opened, closed(settings), JOB)
    given = proving.with_readers(draft.proof, settings, opened, NOW)
    assert check.findings(given, {"readers"}) == ()
    real = good.replace(given, readers=good.replace(given.readers, provider="resend"))
    assert [(f.check, f.severity) for f in check.findings(real, {"readers"})] == [("consent", "error")]


def test_the_shipped_config_and_templates_pass_every_trial_but_the_heaviest(tmp_path):
    tried = list(trying.trials(build_settings(tmp_path), NOW))
    assert [(t.what, [f.check for f in t.findings]) for t in tried if t.findings] == [("sixty stories", ["html-size"])]
    assert {"theme #UWC news", "date 2028-02-29", "one story", "language uk"} <= {t.what for t in tried}


def test_a_trial_names_what_is_broken(tmp_path):
    settings = build_settings(tmp_path, sources=[{"name": "desk", "kind": "folder", "path": "nowhere"}])
    good.shutil.copytree(settings.templates, tmp_path / "templates")
    partial = tmp_path / "templates" / "partials" / "lead.mjml.j2"
    partial.write_text(partial.read_text(encoding="utf-8") + "{{ issue.lead.article.cover.url }}", encoding="utf-8")
    bad = {t.what: t.findings[0].message for t in trying.trials(settings, NOW) if t.findings}
    assert "there is no folder nowhere" in bad["source desk (folder)"]
    assert "lead.mjml.j2" in bad["no picture"]


def test_the_blocks_of_an_email_add_up_to_the_whole():
    html = good.proof().html
    found = check.size.blocks(html, bytes_per_link=0)
    assert sum(size for _, size in found) == len(html.encode())
    names = [name for name, _ in found]
    assert names[0] == "styles"
    assert {"The Week in Short", "Also worth your time", "Write to your member of parliament"} <= set(names)
    links = html.count("<a ")
    assert sum(size for _, size in check.size.blocks(html)) == len(html.encode()) + 110 * links


@pytest.mark.parametrize(
    ("provider", "hours", "told"),
    [
        pytest.param(
            "resend", 24, ["resend has reported nothing of the issue that went out on 2026-11-20"], id="a day"
        ),
        pytest.param("resend", 23, [], id="too early to tell"),
        pytest.param("smtp", 24, [], id="a provider that never reports"),
    ],
)
def test_a_provider_that_reported_nothing_of_the_last_issue_is_named(folder, opened, provider, hours, told):
    settings = desk_settings(folder)
    record = freeze(settings, opened)
    opened.ledger.freeze_audience(record.id, provider=provider, batch_size=1, unsubscribe_url="", at=NOW)
    issue = good.replace(opened.issues.composed(record.id), key="weekly-2026-W48")
    given = proving.proof(settings, Illustrated(issue), opened.issues.email(record.id), record.due)
    given = proving.with_readers(given, settings, opened, NOW + timedelta(hours=hours))
    assert [f.message for f in check.findings(given, {"readers"}) if f.check == "no-reports"] == told
