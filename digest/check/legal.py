"""What the law and the mailbox providers demand of every copy."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from digest.config import NewsletterSettings
from digest.models import Email, Finding


def unsubscribe(email: Email) -> Iterator[Finding]:
    """Each reader's own unsubscribe address must stand in both parts, as a link in the html.

    CASL s. 6(2)(c), CAN-SPAM 16 CFR 316.5, Google's sender guidelines (support.google.com/mail/answer/81126).
    """
    token = email.tokens.get("unsubscribe_url")
    cure = "put {{ fields.unsubscribe_url }} into the footer of the template"
    for part, present in (
        ("html", token and re.search(rf'<a\s[^>]*href="{re.escape(token)}"', email.html)),
        ("text", token and token in email.text),
    ):
        if not present:
            yield Finding("unsubscribe", "error", f"the {part} part has no unsubscribe link", cure)


def organisation(email: Email, newsletter: NewsletterSettings) -> Iterator[Finding]:
    """Who sends it and where they can be written to, in both parts: CASL s. 6(2)(a), CAN-SPAM 7704(a)(5)."""
    for key in ("organisation", "postal_address"):
        wanted = _plain(getattr(newsletter, key))
        for part, text in (("html", _words(email.html)), ("text", email.text)):
            if wanted not in _plain(text):
                message = f"the {part} part does not show newsletter.{key}"
                yield Finding("sender-identity", "error", message, f"put {{{{ newsletter.{key} }}}} into the template")


def _words(markup: str) -> str:
    body = re.sub(r"(?s)<(style|head|title)\b.*?</\1>|<!--.*?-->", " ", markup)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def _plain(text: str) -> str:
    """Compared without white space and commas: an address may be set over several lines."""
    return re.sub(r"[\s,]+", "", text)
