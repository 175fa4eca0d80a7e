"""Before an issue is frozen: is what only the archive vouches for still there?"""

import http.server
import threading

import pytest

from digest import collect
from tests.builders import END, SLOT, article, settings

STATUS = {"/there": 200, "/trashed": 404, "/unpublished": 401, "/removed": 410, "/forbidden": 403, "/broken": 500}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def taken_down(tmp_path, articles, kind="feed"):
    place = {"path": "x"} if kind == "folder" else {"url": "https://news.example"}
    found = settings(tmp_path, sources=[{"name": "site", "kind": kind, "allow_private_addresses": True, **place}])
    request = collect.Request(SLOT.window.start, SLOT.window.end, END, tmp_path, found.newsletter)
    return collect.taken_down(articles, found.sources, request)


def test_only_a_clear_answer_counts_as_taken_down(tmp_path, site):
    articles = [article(path[1:], url=f"{site}{path}") for path in STATUS if path != "/broken"]
    articles.append(article("nobody", url="http://127.0.0.1:9/"))
    assert taken_down(tmp_path, articles) == {
        "site:trashed": "its page answers 404",
        "site:unpublished": "its page answers 401",
        "site:removed": "its page answers 410",
    }


def test_a_site_in_trouble_takes_nothing_down(tmp_path, site):
    assert taken_down(tmp_path, [article("broken", url=f"{site}/broken")]) == {}


def test_articles_from_a_folder_are_not_asked_for(tmp_path, site):
    assert taken_down(tmp_path, [article("trashed", url=f"{site}/trashed")], kind="folder") == {}
