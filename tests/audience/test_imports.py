import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.audience import addresses, exports, imports
from digest.config import ThemeSettings
from digest.errors import DigestError
from digest.models import Subscriber


def read(tmp_path, content):
    file = tmp_path / "people.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = imports.read(file)
    people = [(line.person.address, line.person.name) for line in found.lines]
    return people, [p.removeprefix(f"{file}") for p in found.problems]


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
        pytest.param("sep=;\r\nemail;name\r\nann@news.example;Ann Bell\r\n", id="as Excel says it"),
        pytest.param("email|name\nann@news.example|Ann Bell\n", id="bars"),
        pytest.param('name,mail\n"Ann Bell",Ann B <ann@news.example>\n', id="a name around the address"),
        pytest.param("name;note;email\nAnn Bell;a, b, c;mailto:ann@news.example\n", id="commas within"),
        pytest.param("Email Type,Email Address,First Name,Last Name\nhtml,ann@news.example,Ann,Bell\n", id="Mailchimp"),
        pytest.param("email,name\nann@news.example,Ann Bell\n".encode("utf-16"), id="UTF-16"),
        pytest.param("email,name\rann@news.example,Ann Bell\r", id="old Mac lines"),
    ],
)
def test_a_list_of_any_usual_shape_is_read(tmp_path, content):
    assert read(tmp_path, content) == ([ANN], [])


def test_a_column_says_which_themes_a_person_wants(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "email,topics\na@b.example,#News; rally\nb@b.example,\nc@b.example,News|Other|Front\nd@b.example,Other\n"
    )
    themes = (ThemeSettings(tag="#News"), ThemeSettings(tag="#Rally", aliases=("#Front",)), ThemeSettings(tag="#Last"))
    found = imports.read(file, themes)
    assert [sorted(line.person.themes) for line in found.lines] == [["#News", "#Rally"], [], ["#News", "#Rally"], []]
    assert (found.strange, found.unused) == ({"Other": 2}, ())


def test_a_bad_line_is_named_and_the_others_go_on(tmp_path):
    people, problems = read(tmp_path, "email,name\nann@news.example,Ann Bell\nnot an address,X\n,\nb@c,Y\n")
    assert people == [ANN]
    assert [p.split(":")[1] for p in problems] == ["3", "5"]
    assert "'not an address' is no email address" in problems[0]


def test_a_list_in_an_old_encoding_is_read_and_the_encoding_is_told(tmp_path):
    lines = ["пошта;імʼя".replace("ʼ", "'")] + [f"p{n}@news.example;{name}" for n, name in enumerate(NAMES)]
    file = tmp_path / "people.csv"
    file.write_bytes("\r\n".join(lines).encode("cp1251"))
    found = imports.read(file)
    assert [line.person.name for line in found.lines] == NAMES
    assert found.encoding == "cp1251"


NAMES = ["Олена Коваленко", "Тарас Шевчук", "Юлія Мельник", "Богдан Їжакевич", "Ґалаґан Остап"]


def test_a_quotation_mark_that_is_never_closed_is_named_by_its_line(tmp_path):
    lines = ["email,name", *(f"p{n}@news.example,N" for n in range(5)), 'q@news.example,"Q', *["r@news.example,R"] * 90]
    with pytest.raises(DigestError, match=r":7: a quotation mark begins here"):
        read(tmp_path, "\n".join(lines))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("name,town\nAnn,Kyiv\n", "no column with addresses", id="no addresses"),
        pytest.param("email\nann@news.example\n" + "x" * 140_000, "3: not a CSV file", id="endless field"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(tmp_path, content, said):
    with pytest.raises(DigestError, match=said):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DigestError, match=r"none\.csv: cannot be read"):
        imports.read(tmp_path / "none.csv")


def test_an_address_is_kept_in_its_normal_form():
    person = addresses.subscriber(" Ann@BÜCHER.example ", "  Ann \n Bell ", origin="added by hand")
    assert person == Subscriber("Ann@xn--bcher-kva.example", "Ann Bell", "added by hand")


@pytest.mark.parametrize(
    "address", ["a@b@c.example", "a b@c.example", "a@c.example\nBcc: x@y.example", "@c.example", ""]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(DigestError, match="is no email address"):
        addresses.subscriber(address, origin="x")


def test_who_left_elsewhere_comes_as_such_and_unread_columns_are_named(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "email,first name,last name,status,language,city\n"
        "ann@news.example,Ann,Bell,subscribed,uk,Kyiv\n"
        "bob@news.example,Bob,,Unsubscribed,en_CA,\nc@news.example,,,bounced,??,\nd@news.example,,,Spam,,\n"
    )
    found = imports.read(file)
    assert [line.person for line in found.lines] == [
        Subscriber("ann@news.example", "Ann Bell", "people.csv", "active", "uk"),
        Subscriber("bob@news.example", "Bob", "people.csv", "unsubscribed", "en-CA"),
        Subscriber("c@news.example", "", "people.csv", "bounced"),
        Subscriber("d@news.example", "", "people.csv", "complained"),
    ]
    assert found.unused == ("city",)


PLAIN = ["a.b+c@x.example", "A@X.EXAMPLE", "o'neil@x.example", "a@x_y.example", "a@-x.example", "a@x.123", "a@x",
         "a..b@x.example", ".a@x.example", "a@x..example", f"{'a' * 65}@x.example", f"a@{'x' * 64}.example",
         f"a@{'x.' * 124}example", "a@localhost", "a@x.invalid", "a@xn--bcher-kva.example", "a@xn--.example"]  # fmt: skip


@pytest.mark.parametrize("address", PLAIN)
def test_the_short_way_says_what_the_whole_check_says(address):
    """The whole check takes twenty times as long; a domain is checked once, a local part by its letters."""
    try:
        whole = validate_email(address, check_deliverability=False, test_environment=True).ascii_email
    except EmailNotValidError:
        whole = None
    try:
        found = addresses.checked(address)
    except DigestError:
        found = None
    assert found == whole


ATOMS = st.text("abcAZ019.!#$%&'*+-/=?^_`{|}~ @()\\\"", max_size=12)


@settings(max_examples=300, deadline=None)
@given(local=ATOMS, domain=st.sampled_from(["x.example", "X.example", "a-b.example", "x", "-.example"]))
def test_no_local_part_is_judged_otherwise_the_short_way(local, domain):
    test_the_short_way_says_what_the_whole_check_says(f"{local}@{domain}".strip())


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=x", "\r=x", "'t Hooft", "Ann"])
def test_no_cell_is_a_formula_and_an_import_takes_it_back(cell):
    guarded = exports.harmless(cell)
    assert guarded[0] not in "=+-@\t\r"
    assert exports.unguarded(guarded) == cell


def test_a_name_holds_no_control_characters():
    assert addresses.subscriber("ann@news.example", "A\0nn \u202eBell", origin="x").name == "Ann Bell"


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DigestError, match="is empty"):
        read(tmp_path, "\n\n")
