"""A notice to editors as an email: by itself, or above the very issue that it is about."""

from __future__ import annotations

import html as markup
import re
from pathlib import Path

from msgspec.structs import replace

from digest.config import NewsletterSettings
from digest.models import Email, Notice
from digest.render import guard, plaintext, templates

_BODY = re.compile(r"<body[^>]*>")
_SHELL = """<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body style="margin:0;background-color:#EEF2F7;">{body}</body></html>
"""


def email(notice: Notice, newsletter: NewsletterSettings, folder: Path, issue: Email | None = None) -> Email:
    """The notice by the templates in `folder`; with `issue`, the notice stands above its bytes.

    Its fields are those of the issue. Raises RenderError.
    """
    values = {"notice": notice, "newsletter": newsletter, "above": issue is not None}
    page = guard.legal(templates.fill(folder, "mail/notice.html.j2", values))
    text = plaintext.wrapped(guard.legal(templates.fill(folder, "mail/notice.txt.j2", values, escape=False)))
    subject = f"[{newsletter.name}] {notice.title}"
    if issue is None:
        html = _SHELL.format(title=markup.escape(notice.title), body=page)
        return Email(subject, "", html, text, "", {})
    html = _BODY.sub(lambda tag: tag[0] + page, issue.html, count=1)
    return replace(issue, subject=subject, html=html, text=f"{text}\n{issue.text}", web="")
