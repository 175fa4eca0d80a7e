"""What makes two addresses the same article."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

_TRACKING = re.compile(
    r"(utm|mtm|pk|hsa)_\w+|_ga|_gl|_hsenc|_hsmi|amp|dclid|fbclid|gbraid|gclid|gclsrc|igsh|igshid|mc_cid|mc_eid|mkt_tok"
    r"|msclkid|oly_anon_id|oly_enc_id|ref_src|srsltid|ttclid|twclid|vero_id|wbraid|yclid|ysclid",
    re.IGNORECASE,
)
_DEFAULT_PORTS = (None, 80, 443)


def url_key(url: str) -> str:
    """One key for all spellings of one web address: `example.org/slug`.

    Scheme, `www.`, default port, fragment, trailing slash, AMP suffix, tracking parameters, the
    order of the others and the style of percent-escapes do not count; `?p=12` and `?p=13` differ.
    Text that is no address is its own key.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip(".").removeprefix("www."), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    place = _ascii(host) if port in _DEFAULT_PORTS else f"{_ascii(host)}:{port}"
    kept = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    query = "?" + urlencode(kept, errors="replace") if kept else ""
    return f"{place}{_path(parts.path)}{query}"


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return quote(host, errors="replace")


def _path(path: str) -> str:
    escaped = re.sub(r"%([0-9A-Fa-f]{2})", _escape, path)
    quoted = quote(escaped, safe="%/:@!$&'()*+,;=~", errors="replace")
    return re.sub(r"(?<=.)/amp$", "", re.sub(r"/{2,}", "/", quoted).rstrip("/"))


def _escape(match: re.Match[str]) -> str:
    """RFC 3986, section 6.2.2: upper-case escapes, and none where the character needs none."""
    character = chr(int(match[1], 16))
    return character if re.match(r"[A-Za-z0-9._~-]", character) else match[0].upper()
