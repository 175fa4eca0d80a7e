import pytest

from digest.audience import subscribers
from digest.errors import DigestError
from digest.models import Subscriber


def read(tmp_path, content):
    file = tmp_path / "people.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = subscribers.read(file)
    return [(p.address, p.name) for p in rows.people], [p.removeprefix(f"{file}") for p in rows.problems]


ANN = ("ann@news.example", "Ann Bell")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("email,name\nann@news.example,Ann Bell\n", id="comma"),
        pytest.param("Name;E-Mail\nAnn Bell;ann@news.example\n", id="semicolon, other order"),
        pytest.param("email\tname\nann@news.example\tAnn Bell\n", id="tab"),
        pytest.param("\ufeffEmail,Name\r\nann@news.example,Ann Bell\r\n\r\n", id="mark, Windows lines, blank line"),
        pytest.param("Ann Bell,ann@news.example\n", id="no head line"),
        pytest.param('id,email,x,name\n1,ann@news.example,,"Ann  Bell"\n', id="more columns"),
        pytest.param("електронна пошта,ім'я\nann@news.example,Ann Bell\n", id="Ukrainian heads"),
    ],
)
def test_a_list_of_any_usual_shape_is_read(tmp_path, content):
    assert read(tmp_path, content) == ([ANN], [])


def test_a_bad_line_is_named_and_the_others_go_on(tmp_path):
    people, problems = read(tmp_path, "email,name\nann@news.example,Ann Bell\nnot an address,X\n,\nb@c,Y\n")
    assert people == [ANN]
    assert [p.split(":")[1] for p in problems] == ["3", "5"]
    assert "'not an address' is no email address" in problems[0]


def test_an_address_that_stands_twice_is_taken_once_whatever_its_case(tmp_path):
    people, problems = read(tmp_path, "email\nann@news.example\nANN@News.example\n")
    assert (people, problems) == ([("ann@news.example", "")], [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("name,town\nAnn,Kyiv\n", "no column with addresses", id="no addresses"),
        pytest.param(b"email\nann@news.example\ncaf\xe9@x.example\n", ":3: not UTF-8", id="other encoding"),
        pytest.param('email\n"a\n' + "x" * 140_000, "not a CSV file", id="endless field"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(tmp_path, content, said):
    with pytest.raises(DigestError, match=said):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DigestError, match=r"none\.csv: cannot be read"):
        subscribers.read(tmp_path / "none.csv")


def test_an_address_is_kept_in_its_normal_form():
    person = subscribers.subscriber(" Ann@BÜCHER.example ", "  Ann \n Bell ", origin="added by hand")
    assert person == Subscriber("Ann@bücher.example", "Ann Bell", "added by hand")


@pytest.mark.parametrize(
    "address", ["a@b@c.example", "a b@c.example", "a@c.example\nBcc: x@y.example", "@c.example", ""]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(DigestError, match="is no email address"):
        subscribers.subscriber(address, origin="x")


def test_who_left_elsewhere_is_left_out_and_unread_columns_are_named(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "email,first name,last name,status,city\n"
        "ann@news.example,Ann,Bell,subscribed,Kyiv\nbob@news.example,Bob,,Unsubscribed,\nc@news.example,,,bounced,\n"
    )
    rows = subscribers.read(file)
    assert [(p.address, p.name) for p in rows.people] == [ANN]
    assert [p.removeprefix(f"{file}:") for p in rows.problems] == [
        "3: 'bob@news.example' is marked as 'Unsubscribed', so it is left out",
        "4: 'c@news.example' is marked as 'bounced', so it is left out",
    ]
    assert rows.unused == ("city",)


def test_a_name_holds_no_control_characters():
    assert subscribers.subscriber("ann@news.example", "A\0nn \u202eBell", origin="x").name == "Ann Bell"


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DigestError, match="is empty"):
        read(tmp_path, "\n\n")
