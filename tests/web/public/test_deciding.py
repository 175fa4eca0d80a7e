"""The link in a draft's email: looking changes nothing, the button decides, and on those bytes alone."""

import re
from datetime import timedelta

import pytest

from digest import schedule, tokens
from digest.compose import window
from digest.models import Finding
from tests import builders
from tests.test_pipeline import WATCH

EDITOR = "olena@desk.example.org"


@pytest.fixture
def desk(site, tmp_path):
    """A drafted issue that waits for a yes, its record, and its two links as they stand in the email."""
    changes = {"approval": "required", "notify": [EDITOR], "late_by_at_most": "3h"}
    newsletter = {"reader_pages": True}
    settings = builders.settings(tmp_path / "desk", schedule=changes, newsletter=newsletter)
    slot = window.upcoming(settings.schedule, settings.newsletter.zone, site.clock(), 1)[0]
    site.clock.ahead += slot.window.end - site.clock() + timedelta(minutes=1)
    schedule.tick(lambda: [settings], site.store, site.clock(), WATCH)
    (file,) = (tmp_path / "desk/outbox").glob("notice-*/*.eml")
    found = dict(re.findall(r"/desk/(\w+)/([\w-]+)", file.read_text(encoding="utf-8").replace("=\n", "")))
    record = next(r for r in site.store.issues.all() if r.sha256)
    return settings, record.key, {what: f"/desk/{what}/{token}" for what, token in found.items()}


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "desk").mkdir()


def state(site, key):
    return site.store.issues.get(key).state


def test_the_email_of_a_draft_leads_to_a_page_for_each_decision(site, desk):
    _, key, links = desk
    assert set(links) == {"approve", "hold"}
    record = site.store.issues.get(key)
    key_ = site.store.keys.signing(site.clock())[0]
    assert links["approve"].rpartition("/")[2] == tokens.decision("approve", record.id, record.sha256, key_)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("what", ["approve", "hold"])
def test_looking_changes_nothing(site, desk, method, what):
    _, key, links = desk
    for path in (links[what], f"{links[what]}/email"):
        site.client.request(method, path)
    assert state(site, key) == "frozen"


def test_the_button_approves_and_the_page_then_says_so(site, desk):
    _, key, links = desk
    page = site.client.get(links["approve"])
    assert page.status_code == 200
    assert "Approve this issue" in page.text
    answer = site.client.post(links["approve"], data={"action": "approve"})
    assert (answer.status_code, state(site, key)) == (303, "approved")
    after = site.client.get(links["approve"]).text
    assert "Approved by a link in the draft" in after
    assert "Approve this issue" not in after


def test_a_link_is_for_one_purpose(site, desk):
    _, key, links = desk
    token = links["hold"].rpartition("/")[2]
    assert site.client.post(f"/desk/approve/{token}", data={"action": "approve"}).status_code == 404
    assert site.client.post(links["hold"], data={"action": "approve"}).status_code == 404
    assert state(site, key) == "frozen"
    assert site.client.post(links["hold"], data={"action": "hold"}).status_code == 303
    assert state(site, key) == "held"


@pytest.mark.parametrize("token", ["x", "A" * 35, "", "../approve", "%00"])
def test_a_made_up_link_finds_nothing(site, desk, token):
    assert site.client.get(f"/desk/approve/{token}").status_code == 404
    assert site.client.post(f"/desk/approve/{token}", data={"action": "approve"}).status_code in (404, 405)


def test_a_link_is_for_the_bytes_of_its_email_alone(site, desk):
    _, key, links = desk
    record = site.store.issues.get(key)
    email = site.store.issues.email(record.id)
    issue = site.store.issues.composed(record.id)
    other = type(email)("Another", *(getattr(email, f) for f in ("preheader", "html", "text", "web", "tokens")))
    site.store.issues.freeze(record.id, issue, other, by="Olena", at=site.clock(), again=True)
    assert "made anew" in site.client.get(links["approve"]).text
    answer = site.client.post(links["approve"], data={"action": "approve"})
    assert (answer.status_code, state(site, key)) == (409, "frozen")


def test_warnings_need_a_yes_of_their_own(site, desk):
    _, key, links = desk
    record = site.store.issues.get(key)
    warning = Finding("subject-length", "warning", "the subject is <long>", "shorten it")
    site.store.issues.add_findings(record.id, record.sha256, [warning])
    page = site.client.get(links["approve"]).text
    assert "the subject is &lt;long&gt;" in page
    assert 'name="warnings"' in page
    assert site.client.post(links["approve"], data={"action": "approve"}).status_code == 409
    assert state(site, key) == "frozen"
    site.client.post(links["approve"], data={"action": "approve", "warnings": "yes"})
    assert state(site, key) == "approved"


def test_what_is_late_asks_before_it_goes_out(site, desk):
    settings, key, links = desk
    record = site.store.issues.get(key)
    site.door.editions = (settings,)
    site.clock.ahead += record.due - site.clock() + timedelta(hours=4, minutes=1)
    assert "4 hours 1 minute late" in site.client.get(links["approve"]).text
    assert site.client.post(links["approve"], data={"action": "approve"}).status_code == 409
    site.client.post(links["approve"], data={"action": "approve", "late": "yes"})
    assert state(site, key) == "approved"
    schedule.tick(lambda: [settings], site.store, site.clock(), WATCH)
    assert site.store.ledger.counts(record.id).accepted >= 3


def test_the_frame_shows_the_frozen_html_and_can_do_nothing(site, desk):
    _, key, links = desk
    answer = site.client.get(f"{links['approve']}/email")
    email = site.store.issues.email(site.store.issues.get(key).id)
    shown = email.html
    for name, value in {"name": "", "address": "reader@example.org", "unsubscribe_url": "#"}.items():
        shown = shown.replace(email.tokens[name], value)
    assert answer.text == shown
    policy = answer.headers["content-security-policy"]
    assert policy.endswith("; sandbox")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert answer.headers["cache-control"] == "no-store"
