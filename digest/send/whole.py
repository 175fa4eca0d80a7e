"""One recipient's whole email as JSON, for an API that takes one for each: spliced, never built twice.

The JSON is made once per issue with random words in the places of what differs; each of a
recipient's values is then escaped for where it stands: in html, in text, in a header.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping

import orjson
from msgspec import Struct

from digest.models import Batch, Delivery
from digest.send import addresses, inert, message
from digest.send.message import Letter
from digest.splice import Page, for_html, for_text


class Parts(Struct, frozen=True):
    """What an API's JSON is made of. The last six are places: put them in whole strings, as they are or within text."""

    letter: Letter
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]
    """What kind of email it is: a mailing list's, with one-click unsubscribe, or an automatic one's."""
    to: str
    name: str
    """The recipient's, which may be empty."""
    issue: str
    """Letters, digits, `-` and `_`."""
    batch: str
    """The batch's key, of the same letters."""
    number: str
    """Of the delivery, as a string of digits."""
    message_id: str
    """Without angle brackets; the same for the same delivery."""


class WholeEmail:
    """The JSON object of one email. It may be used by several threads at once."""

    def __init__(
        self, letter: Letter, shape: Callable[[Parts], object], opening: re.Pattern[str] | None = None
    ) -> None:
        """`shape` puts the parts where the API wants them.

        `opening`, a pattern of one character, begins what the provider's template language would fill: it
        is made inert in the letter and in every value.
        """
        email = letter.email
        self._opening = opening
        places = {name: secrets.token_hex(16) for name in ("to", "to_name", "issue", "batch", "number", "message_id")}
        in_html = {name: secrets.token_hex(16) for name in email.tokens}
        html = email.html
        for name, token in email.tokens.items():
            html = html.replace(token, in_html[name])
        parts = Parts(
            letter,
            inert.text(opening, email.subject) if opening else email.subject,
            inert.html(opening, html) if opening else html,
            inert.text(opening, email.text) if opening else email.text,
            message.headers(letter, email.tokens.get("unsubscribe_url", "")),
            places["to"],
            places["to_name"],
            places["issue"],
            places["batch"],
            places["number"],
            places["message_id"],
        )
        tokens = {**email.tokens, **{f"{name}_html": token for name, token in in_html.items()}, **places}
        self._letter = letter
        self._page = Page(orjson.dumps(shape(parts)).decode(), tokens)
        self._in_text = [name for name in email.tokens if name in self._page.fields]
        self._in_html = [(name, f"{name}_html") for name in email.tokens if f"{name}_html" in self._page.fields]

    def of(self, batch: Batch, delivery: Delivery) -> bytes:
        """The same bytes for the same delivery."""
        fields = delivery.fields
        values = {
            "to": _inside_json(addresses.on_the_wire(delivery.address).encode()),
            "to_name": self._text(fields.get("name", "")),
            "issue": tag(batch.issue_key).encode(),
            "batch": tag(batch.key).encode(),
            "number": b"%d" % delivery.number,
            "message_id": message.message_id(self._letter.sender, batch.issue_key, delivery.number).encode(),
        }
        for name in self._in_text:
            values[name] = self._text(fields[name])
        for name, place in self._in_html:
            values[place] = self._html(fields[name])
        return self._page.splice(values)

    def _text(self, value: str) -> bytes:
        return _inside_json(for_text(inert.text(self._opening, value) if self._opening else value))

    def _html(self, value: str) -> bytes:
        escaped = for_html(value)
        return _inside_json(inert.html(self._opening, escaped.decode()).encode() if self._opening else escaped)


def tag(text: str) -> str:
    """`text` in the letters that every provider takes in a tag: ASCII letters, digits, `-` and `_`."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def _inside_json(text: bytes) -> bytes:
    return orjson.dumps(text.decode())[1:-1]
