import re
import socket
import threading
from email import message_from_bytes, policy

import pytest

from digest.config.providers import SmtpSettings
from digest.errors import ConfigError
from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send.message import Frame
from digest.send.providers import smtp
from tests.fakes.smtp import PASSWORD, USER, MailServer, ScriptedServer
from tests.send.scene import EMAIL, KEY, LETTER, batch, delivery

ANN = batch("ann@readers.org")
TAKEN = Settled((Outcome(1, "accepted", "4F2A7C01"),))
QUICK = smtp.Waits(0.3, 0.3, 0.3)


def settings(port, **changes):
    own = {"host": "127.0.0.1", "port": port, "user": USER, "password": {"env": "P"}, "ca_file": "server.pem"}
    return SmtpSettings.model_validate(own | changes)


def plain(port):
    """Through an open line, as to a server on the same machine."""
    own = SmtpSettings.model_validate({"host": "127.0.0.1", "port": port, "security": "none"})
    return smtp.Smtp(LETTER, own, "", smtp._trusted(own, None), QUICK)


@pytest.fixture
def server(tmp_path):
    with MailServer(tmp_path) as server:
        yield server


@pytest.fixture
def provider(server, tmp_path):
    with smtp.opened(LETTER, settings(server.port), {"password": PASSWORD}, tmp_path) as provider:
        yield provider


def test_the_servers_get_our_own_bytes_under_tls_and_behind_a_log_in(server, provider):
    assert provider.deliver(ANN) == TAKEN

    (envelope,) = server.taken
    assert envelope.original_content == Frame(LETTER).build(KEY, ANN.deliveries[0])
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@news.example.org", ["ann@readers.org"])


def test_one_click_unsubscribe_is_the_recipients_own(server, provider):
    for each in (1, 2):
        provider.deliver(batch(f"reader{each}@readers.org"))

    for number, envelope in enumerate(server.taken, 1):
        headers = message_from_bytes(envelope.original_content, policy=policy.SMTP)
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["List-Unsubscribe"].startswith("<https://news.example.org/u/token1?a=1&b=2>")
        assert headers["To"] == f"reader{number}@readers.org"


def test_a_connection_is_kept_for_each_thread(server, provider):
    def several():
        assert [provider.deliver(ANN) for _ in range(3)] == [TAKEN] * 3

    threads = [threading.Thread(target=several) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(server.taken), len(server.sessions)) == (6, 2)


def test_lines_that_begin_with_a_dot_arrive_whole(server, tmp_path):
    email = type(EMAIL)("s", "p", ".<p>\n..\n", ".\n.hidden\n..", "", EMAIL.tokens)
    letter = type(LETTER)(email, LETTER.sender, LETTER.date, {})
    with smtp.opened(letter, settings(server.port), {"password": PASSWORD}, tmp_path) as provider:
        provider.deliver(ANN)

    assert server.taken[0].original_content == Frame(letter).build(KEY, ANN.deliveries[0])


def test_a_refused_recipient_costs_nobody_else_the_email(server, provider):
    server.refused = {
        "bob@readers.org": "550 5.1.1 bob@readers.org is unknown",
        "eve@readers.org": "450 4.2.0 greylisted",
    }

    assert provider.deliver(batch("bob@readers.org")) == Refused("550 5.1.1 …@readers.org is unknown")
    assert provider.deliver(batch("eve@readers.org")) == NotSent("450 4.2.0 greylisted")
    assert provider.deliver(ANN) == TAKEN
    assert len(server.sessions) == 1


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("250 OK id=1tC2xk-00Abc", Settled((Outcome(1, "accepted", "1tC2xk-00Abc"),))),
        ("250 2.6.0 <a@b> Queued mail for delivery", Settled((Outcome(1, "accepted"),))),
        ("451 4.3.0 try again", NotSent("451 4.3.0 try again")),
        ("452 4.3.1 full", NotSent("452 4.3.1 full")),
        ("550 5.7.1 this is spam", Refused("550 5.7.1 this is spam")),
        ("554 5.6.0 no", Refused("554 5.6.0 no")),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else None,
)
def test_the_last_answer_decides(server, provider, said, answer):
    server.answer = said

    assert provider.deliver(ANN) == answer


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ({"MAIL": "550 5.7.1 sender refused"}, Stopped("550 5.7.1 sender refused")),
        ({"MAIL": "530 5.7.0 authentication required"}, Stopped("530 5.7.0 authentication required")),
        ({"MAIL": "451 4.7.1 later"}, NotSent("451 4.7.1 later")),
        ({"MAIL": "421 4.7.0 too many"}, NotSent("421 4.7.0 too many")),
        ({"MAIL": "552 5.3.4 too big"}, Stopped("552 5.3.4 too big")),
        ({"MAIL": "close"}, NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed")),
        ({"MAIL": "hello"}, NotSent("the answer is not SMTP")),
        ({"RCPT": "530 5.7.0 authentication required"}, Stopped("530 5.7.0 authentication required")),
        ({"RCPT": "553 5.1.3 bad"}, Refused("553 5.1.3 bad")),
        ({"RCPT": "close"}, NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed")),
        ({"RCPT": "hang"}, NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed: timed out")),
        ({"DATA": "554 5.5.1 no"}, Refused("554 5.5.1 no")),
        ({"DATA": "451 later"}, NotSent("451 later")),
        ({"DATA": "close"}, NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed")),
        ({"DATA": "hang"}, NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed: timed out")),
        ({".": "close"}, InDoubt("no answer: SMTPServerDisconnected: Connection unexpectedly closed")),
        ({".": "hang"}, InDoubt("no answer: SMTPServerDisconnected: Connection unexpectedly closed: timed out")),
        ({".": "hello"}, InDoubt("the answer is not SMTP")),
        ({".": "354 more"}, InDoubt("354 more")),
        ({".": "421 4.3.2 shutting down"}, NotSent("421 4.3.2 shutting down")),
    ],
    ids=lambda value: "".join(f"{verb} {said}" for verb, said in value.items()) if isinstance(value, dict) else None,
)
def test_only_behind_the_text_is_anything_in_doubt(says, answer):
    with ScriptedServer(says) as server:
        provider = plain(server.port)
        said = provider.deliver(ANN)
        provider.close()

    assert said == answer


@pytest.mark.parametrize(
    ("greeting", "answer"),
    [
        ("554 5.7.1 not you", Stopped("554 5.7.1 not you")),
        ("421 4.3.2 later", NotSent("421 4.3.2 later")),
        ("close", NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed")),
        ("hang", NotSent("no answer: SMTPServerDisconnected: Connection unexpectedly closed: timed out")),
    ],
)
def test_who_is_not_let_in_has_sent_nothing(greeting, answer):
    with ScriptedServer({}, greeting) as server:
        assert plain(server.port).deliver(ANN) == answer


def test_a_connection_that_the_server_ended_is_made_anew():
    with ScriptedServer({".": "250 queued as A1"}) as server:
        provider = plain(server.port)
        provider.deliver(ANN)
        provider._kept.sock.shutdown(socket.SHUT_RDWR)

        assert provider.deliver(ANN) == Settled((Outcome(1, "accepted", "A1"),))
        provider.close()

    assert server.heard.count("EHLO") == 2


def test_a_server_that_nobody_hears_is_not_sent():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))

        said = plain(unheard.getsockname()[1]).deliver(ANN)

    assert said == NotSent("no answer: ConnectionRefusedError: [Errno 111] Connection refused")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ca_file": None}, r"127.0.0.1:\d+: .*certificate verify failed: self.signed certificate.*"),
        ({"host": "localhost"}, r"localhost:\d+: .*Hostname mismatch, certificate is not valid for 'localhost'.*"),
        ({"security": "tls"}, r"127.0.0.1:\d+: .*(WRONG_VERSION_NUMBER|wrong version number|RECORD_LAYER).*"),
    ],
    ids=["unknown-certificate", "other-name", "wrong-door"],
)
def test_a_line_that_is_not_safe_carries_neither_password_nor_email(server, tmp_path, changes, reason):
    with smtp.opened(LETTER, settings(server.port, **changes), {"password": PASSWORD}, tmp_path) as provider:
        answer = provider.deliver(ANN)

    assert isinstance(answer, Stopped)
    assert re.fullmatch(reason, answer.reason)
    assert server.taken == []


def test_a_server_without_starttls_gets_nothing(tmp_path):
    with ScriptedServer({}) as server:
        own = settings(server.port, ca_file=None)
        with smtp.opened(LETTER, own, {"password": PASSWORD}, tmp_path) as provider:
            answer = provider.deliver(ANN)

    assert answer == Stopped(f"127.0.0.1:{server.port}: STARTTLS extension not supported by server.")
    assert not {"AUTH", "MAIL"} & set(server.heard)


def test_a_server_that_speaks_tls_from_the_start_is_reached(tmp_path):
    with MailServer(tmp_path, require_starttls=False, log_in=False, tls_context=None, at_once=True) as server:
        own = settings(server.port, security="tls", user=None, password=None)
        with smtp.opened(LETTER, own, {}, tmp_path) as provider:
            assert provider.deliver(ANN) == TAKEN


def test_a_trial_says_whether_the_log_in_is_right(server, provider, tmp_path):
    with smtp.opened(LETTER, settings(server.port), {"password": "wrong"}, tmp_path) as stranger:
        assert stranger.try_out() == Stopped("535 5.7.8 Authentication credentials invalid")
        assert stranger.deliver(ANN) == Stopped("535 5.7.8 Authentication credentials invalid")

    assert provider.try_out() == f"127.0.0.1:{server.port} took the connection and the log-in of desk"
    assert server.taken == []


def test_an_address_beyond_ascii_goes_out_as_it_is_where_the_server_takes_it(server, provider):
    odd = batch("ганна@bücher.example")

    assert provider.deliver(odd) == TAKEN
    assert server.taken[0].rcpt_tos == ["ганна@xn--bcher-kva.example"]
    assert "To: ганна@xn--bcher-kva.example\r\n".encode() in server.taken[0].original_content


def test_an_address_beyond_ascii_is_refused_where_the_server_does_not():
    with ScriptedServer({}) as server:
        provider = plain(server.port)
        said = provider.deliver(batch("ганна@example.org"))
        provider.close()

    assert said == Refused("the server takes no address with letters beyond ASCII before its @")
    assert "MAIL" not in server.heard


def test_certificates_that_cannot_be_read_are_told_by_their_key(tmp_path):
    with (
        pytest.raises(ConfigError, match=r"send\.smtp\.ca_file: .*server\.pem holds no certificates"),
        smtp.opened(LETTER, settings(25), {"password": "p"}, tmp_path),
    ):
        pass


def test_a_name_cannot_bring_a_header_of_its_own(server, provider):
    hostile = type(ANN)(KEY, 1, 1, (delivery(name="Ann\r\nBcc: eve@x.org\r\n\r\n.\r\nMAIL FROM:<x>"),), "k")

    assert provider.deliver(hostile) == TAKEN
    (envelope,) = server.taken
    assert message_from_bytes(envelope.original_content)["Bcc"] is None
