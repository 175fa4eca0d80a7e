"""What the addresses of the preview answer; all that makes an issue is imported with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from digest.errors import DigestError, SourceError
from digest.web.preview import deciding, pages, screen, shaping
from digest.web.preview.pages import Pages
from digest.web.preview.pictures import Pictures
from digest.web.preview.replies import HTML, Reply, as_json
from digest.web.preview.session import Form, Session, View
from digest.web.preview.shaping import Steps

# Same origin, so that the page can scroll the frame and mark a story in it; no script runs there all the same:
# neither the frame nor this answer allows any.
_FRAME = (
    "sandbox allow-same-origin; default-src 'none'; script-src 'none'; img-src {pictures}; {styles}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_PICTURES = "https: http: 'self'"
_STYLES = "style-src 'unsafe-inline'"
_BARE_STYLES = "style-src-elem 'none'; style-src-attr 'unsafe-inline'"

Query = Mapping[str, str]


class Answers:
    """Of one session. Safe to use from several threads."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._steps, self._pictures = Steps(), Pictures()
        self._pages = Pages(session, self._steps)
        self._changes = {
            "edit": self._edit,
            "undo": self._undo,
            "redo": self._redo,
            "again": self._again,
            "decide": self._decide,
            "test": self._test,
        }

    def page(self, query: Query) -> str:
        """What follows the shell of the page: its first regions, for the script that puts them there."""
        regions = json.dumps(self._pages.regions(*screen.parse(query), at_once=True), ensure_ascii=False)
        inert = regions.replace("<", "\\u003c")  # so that nothing in it ends the element or begins a comment
        return f'<script type="application/json" id="first">{inert}</script>\n</body>\n</html>\n'

    def regions(self, query: Query) -> Reply:
        """All that the page exchanges when something has changed: what is there at once, or with `whole` all of it."""
        return as_json(self._pages.regions(*screen.parse(query), at_once="whole" not in query))

    def frame(self, query: Query) -> Reply:
        """The email as one recipient gets it, or the web page; with `off`, what a client leaves out."""
        view, form, to = self._shown(query)
        part = "web" if query.get("part") == "web" else "html"
        off = query.get("off")
        policy = _FRAME.format(
            pictures="'none'" if off == "pictures" else _PICTURES,
            styles=_BARE_STYLES if off == "styles" else _STYLES,
        )
        headers = {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}
        return Reply(pages.filled(view, form, part, to), HTML, headers=headers)

    def message(self, query: Query) -> Reply:
        """The raw message, for a mail program."""
        view, form, to = self._shown(query)
        if form.lacks:
            return Reply(f"{view.key}: {form.lacks} are on their way; ask again when they are there\n", status=409)
        headers = {"content-disposition": f'attachment; filename="{view.key}.eml"'}
        return Reply(pages.raw(view, form, to), "message/rfc822", headers=headers)

    def picture(self, query: Query) -> Reply:
        """One of those that the email shows."""
        view = _there(*self.session.last(screen.parse(query)[0]))
        forms = [form for form in (view.draft, view.frozen) if form]
        found = self._pictures.get(query.get("address", ""), forms)
        return Reply(found.content, found.kind, headers={"content-security-policy": "sandbox"})

    def posted(self, name: str, body: bytes, query: Query) -> Reply:
        """A change: what is said of it, and the regions as they are then. `name` is one of `app.CHANGES`."""
        choice, shown = screen.parse(query)
        try:
            view = _there(*self.session.view(choice, at_once=name not in ("decide", "test")))
            said = self._changes[name](view, json.loads(body or b"{}"))
        except DigestError as error:
            return as_json({"problem": str(error)}, 422)
        except (ValueError, RecursionError) as error:
            return as_json({"problem": f"not JSON: {error}"}, 400)
        return as_json({"said": said, **self._pages.regions(choice, shown, at_once=True)})

    def _edit(self, view: View, given: Any) -> str:
        if view.choice.case:
            raise DigestError("this is a trial of an odd shape: nothing is written; go back to the issue as it is")
        wanted = shaping.wish(given)
        issue, step = shaping.shaped(view, wanted)
        self._steps.add(step)
        self.session.wrote(step.file)
        return shaping.outcome(issue, wanted)

    def _undo(self, view: View, _: Any) -> str:
        file = shaping.file_of(view)
        return self._turned(view, self._steps.undo(file), "Taken back.", "There is nothing to take back.")

    def _redo(self, view: View, _: Any) -> str:
        file = shaping.file_of(view)
        return self._turned(view, self._steps.redo(file), "Done again.", "There is nothing to do again.")

    def _turned(self, view: View, done: bool, yes: str, no: str) -> str:  # noqa: FBT001  the caller has just asked
        if done:
            self.session.wrote(shaping.file_of(view))
        return yes if done else no

    def _again(self, view: View, _: Any) -> str:
        self.session.read_again()
        _there(*self.session.view(view.choice, at_once=True))
        return "The sources are read again."

    def _decide(self, view: View, given: Any) -> str:
        said = deciding.decided(self.session, view, deciding.decision(given))
        self.session.changed()
        return said

    def _test(self, view: View, given: Any) -> str:
        return deciding.tested(view, deciding.test(given))

    def _shown(self, query: Query) -> tuple[View, Form, str]:
        """What the page shows, or has just been told of, and for which recipient."""
        choice, shown = screen.parse(query)
        view = _there(*self.session.last(choice))
        return view, screen.form_of(view, shown)[0], shown.to


def _there(view: View | None, problems: tuple[str, ...]) -> View:
    if view is None:
        raise SourceError("\n".join(problems))
    return view
