"""The headers of the raw message: who sends it, how a reader leaves, and what breaks on the way (H01 to H17)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from digest.check.proof import Check, Proof, host, registered, related
from digest.models import Finding

_ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
_AT_MOST_ONCE = ("Reply-To", "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Sender", "Feedback-ID")
_THREAD = re.compile(r"(?i)^\s*(?:re|fwd?|aw|wg|отв|відп)\s*(?:\[\d+\])?\s*:")
_NO_REPLY = re.compile(r"(?i)^(?:no|do-?not|not|nie|kein)[-_.]?(?:reply|respond|antwort)")
_FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk ymail.com outlook.com hotmail.com live.com msn.com icloud.com"
    " me.com mac.com aol.com gmx.com gmx.de gmx.net web.de mail.com proton.me protonmail.com ukr.net"
    " i.ua meta.ua bigmir.net mail.ru yandex.ru zoho.com fastmail.com"
    " t-online.de free.fr orange.fr laposte.net wp.pl o2.pl onet.pl".split()
)
_WORD = re.compile(rb"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=")
_MESSAGE_ID = re.compile(r"<[^\s<>@]+@([^\s<>@]+\.[^\s<>@]+)>")
_LIST_ID = re.compile(r"(?:[^<>]*?\s)?<([a-z0-9][\w-]*(?:\.[\w-]+)+)>", re.IGNORECASE)
_HIDDEN_RECIPIENTS = ("Bcc", "Resent-Bcc")
_RECEIPTS = ("Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To")
_MOST_BYTES = 16_384
_PROGRAM = "the message was not built as it should be: update digest, or tell its developers"
_SENDER = "change newsletter.sender in config.toml"
_FEEDBACK_FIELDS = 4


def from_address(proof: Proof) -> Iterator[Finding]:
    """Google's sender guidelines, support.google.com/mail/answer/81126, read 2026-11-23."""
    header = proof.mail.one("From")
    if header is None:
        return
    found = getaddresses([header.decoded])
    if len(found) != 1 or "@" not in found[0][1]:
        message = f"From names {len(found)} addresses: {header.decoded[:80]!r}; it must be one"
        yield Finding("from-address", "error", message, _SENDER, "From")
        return
    name = found[0][0]
    if any(unicodedata.category(sign) == "So" for sign in name):
        yield Finding("from-address", "error", f'the sender\'s name holds a picture sign: "{name}"', _SENDER, "From")
    if "@" in name or _THREAD.match(name):
        message = f'the sender\'s name looks like an address or an answer: "{name}"'
        yield Finding("from-address", "error", message, _SENDER, "From")


def once_each(proof: Proof) -> Iterator[Finding]:
    """RFC 5322, section 3.6."""
    for name in (*_ONCE, *_AT_MOST_ONCE):
        count = len(proof.mail.all(name))
        if count > 1 or (count == 0 and name in _ONCE):
            message = (
                f"the header {name} stands in the message {count} times" if count else f"there is no {name} header"
            )
            yield Finding("headers-once", "error", message, _PROGRAM, name)


def sender_domain(proof: Proof) -> Iterator[Finding]:
    """A free mail address cannot pass DMARC from anybody else's server."""
    header = proof.mail.one("From")
    address = getaddresses([header.decoded])[0][1] if header else ""
    domain = address.rpartition("@")[2].lower()
    if domain in _FREE_MAIL:
        message = f"{address} is a free mail address: receivers refuse newsletters in its name"
        yield Finding("sender-domain", "error", message, "send from a domain of your own: newsletter.sender", "From")
    elif domain and domain != proof.domain:
        message = f"the message comes from {domain}, newsletter.sender is at {proof.domain}"
        yield Finding("sender-domain", "error", message, _PROGRAM, "From")


def no_reply(proof: Proof) -> Iterator[Finding]:
    """Microsoft asks for a From or Reply-To that takes answers."""
    sender = proof.newsletter.from_
    answers = proof.mail.value("Reply-To") or sender.address
    if _NO_REPLY.match(sender.address) and _NO_REPLY.match(answers.rpartition("<")[2]):
        message = f"{sender.address} takes no answers, and no other address does"
        yield Finding(
            "no-reply", "warning", message, "set newsletter.reply_to to an address that a person reads", "From"
        )


def message_id(proof: Proof) -> Iterator[Finding]:
    """RFC 5322, section 3.6.4."""
    header = proof.mail.one("Message-ID")
    if header is None:
        return
    found = _MESSAGE_ID.fullmatch(header.value)
    if not found:
        message = f"Message-ID is not <name@domain>: {header.value[:60]!r}"
        yield Finding("message-id", "error", message, _PROGRAM, "Message-ID")
    elif not related(found[1], proof.domain):
        message = f"Message-ID is of {found[1]}, the sender is at {proof.domain}"
        yield Finding("message-id", "warning", message, _PROGRAM, "Message-ID")


def date(proof: Proof) -> Iterator[Finding]:
    """A date far from now looks like spam, and sorts the email where nobody sees it."""
    header = proof.mail.one("Date")
    if header is None:
        return
    try:
        at = parsedate_to_datetime(header.value)
    except ValueError:
        yield Finding("date", "error", f"Date cannot be read: {header.value[:60]!r}", _PROGRAM, "Date")
        return
    if at.tzinfo is None:
        yield Finding("date", "error", f"Date has no zone: {header.value[:60]!r}", _PROGRAM, "Date")
    elif proof.sent_at and abs(at - proof.sent_at) > timedelta(hours=48):
        days = abs(at - proof.sent_at).days
        message = f"Date is {days} days away from the time of sending: {header.value}"
        yield Finding("date", "warning", message, "approve and send it at the time that it is due", "Date")


def subject(proof: Proof) -> Iterator[Finding]:
    """CASL and CAN-SPAM forbid a misleading subject; Google forbids thread marks."""
    header = proof.mail.one("Subject")
    text = header.decoded.strip() if header else ""
    cure = f"set subject in {proof.overlay}"
    letters = [sign for sign in text if sign.isalpha()]
    if not text:
        yield Finding("subject", "error", "the subject is empty", cure, "Subject")
    elif _THREAD.match(text):
        message = f'the subject pretends to be an answer: "{text[:60]}"'
        yield Finding("subject", "error", message, cure, "Subject")
    elif len(letters) >= 12 and sum(sign.isupper() for sign in letters) > 0.7 * len(letters):
        yield Finding("subject", "error", f'the subject shouts: "{text[:60]}"', cure, "Subject")


def encoded(proof: Proof) -> Iterator[Finding]:
    """RFC 5322 section 2.2, RFC 2047 sections 2 and 5."""
    for header in proof.mail.headers:
        if any(byte > 127 for byte in header.raw):
            message = f"the header {header.name} holds letters that are not encoded"
            yield Finding("encoded-words", "error", message, _PROGRAM, header.name)
        for word in _WORD.findall(header.raw):
            if len(word) > 75:
                message = f"an encoded word in {header.name} has {len(word)} characters; 75 are allowed"
                yield Finding("encoded-words", "error", message, _PROGRAM, header.name)
            elif not _whole(word):
                message = f"an encoded word in {header.name} ends inside a letter"
                yield Finding("encoded-words", "error", message, _PROGRAM, header.name)


def _whole(word: bytes) -> bool:
    try:
        raw, charset = decode_header(word.decode("ascii"))[0]
        return not isinstance(raw, bytes) or bool(raw.decode(charset or "ascii")) or not raw
    except (UnicodeError, LookupError, HeaderParseError):
        return False


def list_unsubscribe(proof: Proof) -> Iterator[Finding]:
    """RFC 2369, section 3.2, and RFC 8058, section 3.1."""
    name, cure = "list-unsubscribe", "set newsletter.public_url to your own https address"
    header = proof.mail.one("List-Unsubscribe")
    if header is None:
        yield Finding(name, "error", "there is no List-Unsubscribe header", _PROGRAM, "List-Unsubscribe")
        return
    uris = re.findall(r"<([^<>\s]*)>", header.value)
    web = [uri for uri in uris if uri.lower().startswith("http")]
    if len(web) != 1 or not web[0].lower().startswith("https://") or re.sub(r"<[^<>\s]*>|[\s,]", "", header.value):
        message = f"List-Unsubscribe must hold one https address in <>, it holds {header.value[:100]!r}"
        yield Finding(name, "error", message, cure, "List-Unsubscribe")
        return
    if not related(host(web[0]), registered(host(proof.newsletter.public_url))):
        message = f"readers would unsubscribe at {host(web[0])}, which is not the host of newsletter.public_url"
        yield Finding(name, "error", message, cure, "List-Unsubscribe")
    parts = urlsplit(web[0])
    if proof.address and proof.address.lower() in unquote(web[0]).lower():
        message = "the unsubscribe address holds the reader's mail address: who sees it can unsubscribe others"
        yield Finding(name, "error", message, _PROGRAM, "List-Unsubscribe")
    elif not parts.path.strip("/") and not parts.query:
        message = "the unsubscribe address is the same for every reader: it holds no token"
        yield Finding(name, "error", message, _PROGRAM, "List-Unsubscribe")
    if not any(uri.lower().startswith("mailto:") for uri in uris):
        yield Finding(
            name, "note", "List-Unsubscribe has no mailto: address as a second way", _PROGRAM, "List-Unsubscribe"
        )


def one_click(proof: Proof) -> Iterator[Finding]:
    """RFC 8058, section 3.1."""
    header = proof.mail.one("List-Unsubscribe-Post")
    if header is None or header.value != "List-Unsubscribe=One-Click":
        said = f"{header.value[:60]!r}" if header else "nothing"
        message = f"List-Unsubscribe-Post says {said}; Gmail and Yahoo want exactly List-Unsubscribe=One-Click"
        yield Finding("one-click", "error", message, _PROGRAM, "List-Unsubscribe-Post")


def signed(proof: Proof) -> Iterator[Finding]:
    """RFC 8058, section 4. A message without a signature is signed by the provider, later."""
    needed = {"from", "list-unsubscribe", "list-unsubscribe-post"}
    signatures = proof.mail.all("DKIM-Signature")
    covered = [
        {name.strip().lower() for name in found[1].split(":")}
        for each in signatures
        if (found := re.search(r"(?:^|;)\s*h=([^;]*)", re.sub(r"\s", "", each.value)))
    ]
    if signatures and not any(needed <= names for names in covered):
        lacking = ", ".join(sorted(needed - (covered[0] if covered else set())))
        message = f"the DKIM signature does not cover {lacking}"
        cure = "let the signer cover From, List-Unsubscribe and List-Unsubscribe-Post, or one-click does not count"
        yield Finding("dkim-cover", "error", message, cure, "DKIM-Signature")


def list_id(proof: Proof) -> Iterator[Finding]:
    """RFC 2919, section 2."""
    header = proof.mail.one("List-ID")
    found = _LIST_ID.fullmatch(header.value) if header else None
    if not found:
        said = f"it is {header.value[:60]!r}" if header else "there is none"
        message = f"List-ID must be like Name <weekly.example.org>; {said}"
        yield Finding("list-id", "warning", message, _PROGRAM, "List-ID")
    elif found[1].lower() != proof.newsletter.from_.list_id.lower():
        message = f"List-ID is {found[1]}, that of this newsletter is {proof.newsletter.from_.list_id}"
        yield Finding("list-id", "warning", message, _PROGRAM, "List-ID")


def feedback_id(proof: Proof) -> Iterator[Finding]:
    """Google's feedback loop, support.google.com/mail/answer/6254652, read 2026-11-23."""
    header = proof.mail.one("Feedback-ID")
    if header is None:
        return
    fields = header.value.split(":")
    if len(fields) > _FEEDBACK_FIELDS or not 5 <= len(fields[-1].strip()) <= 15:
        message = f"Feedback-ID must be at most 4 fields, the last of 5 to 15 letters: {header.value[:60]!r}"
        yield Finding("feedback-id", "warning", message, "mend it where the provider's settings name it", "Feedback-ID")
    elif proof.address and proof.address.lower() in header.value.lower():
        message = "Feedback-ID names the reader; it must be the same for all of an issue"
        yield Finding("feedback-id", "warning", message, "mend it where the provider's settings name it", "Feedback-ID")


def auto_submitted(proof: Proof) -> Iterator[Finding]:
    """RFC 3834, section 5: only answers and receipts are marked."""
    header = proof.mail.one("Auto-Submitted")
    if header and header.value.lower() != "no":
        message = f"Auto-Submitted says {header.value[:40]!r}: an issue is no automatic answer"
        yield Finding("auto-submitted", "warning", message, _PROGRAM, "Auto-Submitted")


def header_lines(proof: Proof) -> Iterator[Finding]:
    """RFC 5322, section 2.1.1."""
    for header in proof.mail.headers:
        longest = max(len(line) for line in re.split(rb"\r?\n", header.name.encode() + b":" + header.raw))
        if longest > 998:
            message = f"a line of the header {header.name} has {longest:,} octets; 998 are allowed"
            yield Finding("header-lines", "error", message, _PROGRAM, header.name)
        if re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", header.raw):
            message = f"the header {header.name} holds a bare line break or a NUL"
            yield Finding("header-lines", "error", message, _PROGRAM, header.name)
    if (size := sum(len(header.raw) for header in proof.mail.headers)) > _MOST_BYTES:
        yield Finding("header-lines", "error", f"the headers have {size:,} bytes; 16,384 is the limit", _PROGRAM)


def plain_machine_headers(proof: Proof) -> Iterator[Finding]:
    """Encoded words in what machines read break one-click unsubscribe; many parsers hide it."""
    for header in proof.mail.headers:
        machine = header.name.lower().startswith("list-") or header.name.lower() in ("message-id", "feedback-id")
        if machine and b"=?" in header.raw:
            message = f"{header.name} holds an encoded word; mailbox providers read it raw and find no address"
            yield Finding("plain-headers", "error", message, _PROGRAM, header.name)


def one_reader(proof: Proof) -> Iterator[Finding]:
    """A copy shows its reader no other reader, and asks for no receipt (RFC 8098, section 2.1)."""
    for name in _HIDDEN_RECIPIENTS:
        if proof.mail.all(name):
            yield Finding("one-reader", "error", f"{name} would show every reader who else gets it", _PROGRAM, name)
    shown = {
        address.lower()
        for name in ("To", "Cc")
        for _, address in getaddresses([header.decoded for header in proof.mail.all(name)])
    }
    if proof.address and (others := len(shown - {proof.address.lower(), ""})):
        message = f"To and Cc name {others} {'address' if others == 1 else 'addresses'} beside the reader's own"
        yield Finding("one-reader", "error", message, _PROGRAM, "To")
    for name in _RECEIPTS:
        if proof.mail.all(name):
            yield Finding("one-reader", "error", f"{name} asks every reader for a receipt", _PROGRAM, name)


CHECKS = (
    Check("H01", "from-address", "error", "one From address; a name without picture signs or an address", from_address),
    Check("H02", "headers-once", "error", "From, To, Subject, Date and Message-ID are there, and once", once_each),
    Check("H03", "sender-domain", "error", "the sender's domain is yours, not one of free mail", sender_domain),
    Check("H04", "no-reply", "warning", "readers can answer: no no-reply address without a Reply-To", no_reply),
    Check("H05", "message-id", "error", "the Message-ID is valid and of your domain", message_id),
    Check("H06", "date", "error", "the date can be read and is within two days of the sending", date),
    Check("H07", "subject", "error", "the subject: not empty, no “Re:”, not in capitals", subject),
    Check("H08", "encoded-words", "error", "letters beyond ASCII in headers are encoded, in whole letters", encoded),
    Check(
        "H09",
        "list-unsubscribe",
        "error",
        "List-Unsubscribe: one https address of yours, with a token",
        list_unsubscribe,
        firm=True,
    ),
    Check("H10", "one-click", "error", "List-Unsubscribe-Post says that one click is enough", one_click, firm=True),
    Check("H11", "dkim-cover", "error", "a DKIM signature covers the unsubscribe headers", signed),
    Check("H12", "list-id", "warning", "List-ID names this newsletter, always the same", list_id),
    Check("H13", "feedback-id", "warning", "Feedback-ID has at most four fields and names nobody", feedback_id),
    Check("H14", "auto-submitted", "warning", "the issue is not marked as an automatic answer", auto_submitted),
    Check("H15", "header-lines", "error", "no header line is too long or broken", header_lines),
    Check("H16", "plain-headers", "error", "what machines read in the headers is not encoded", plain_machine_headers),
    Check("H17", "one-reader", "error", "a copy names no other reader and asks for no receipt", one_reader, firm=True),
)
