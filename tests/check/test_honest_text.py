"""What the checks of words must leave alone, and what they must see, row by row."""

import pytest
from msgspec.structs import replace

from digest import check
from digest.check import contrast, images, journalism, language, links, message, structure, wellformed
from digest.check.page import Page
from tests.builders import article, settings
from tests.check.test_findings import issue


def proof(*articles, html="", tmp_path=None, **changes):
    """Of an issue that holds these articles, with this page."""
    newsletter = settings(tmp_path).newsletter if tmp_path else None
    given = check.Proof(replace(issue(*articles), **changes), None, newsletter)
    given.__dict__.update(html=html, page=Page(html))  # in the place of the message's own
    return given


def names(found):
    return [finding.check for finding in found]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("СІРІ ЗОНИ і РІСТ цін: СИРІЯ, РОСІЯ", False, id="capitals that look like a wrong reading"),
        pytest.param("ESPAÑA: AMANHÃ, «MAÇÃ» e São Paulo", False, id="Spanish and Portuguese capitals"),
        pytest.param("Ðe Icelandic letter Ð and Ñandú", False, id="Icelandic"),
        pytest.param("Zürich – 3 °C, «ça va», 5 ½ £", False, id="signs of the West"),
        pytest.param("Ð\u009fÑ\u0080Ð¸Ð²Ñ–Ñ‚", True, id="Cyrillic as Latin-1"),
        pytest.param("РџСЂРёРІС–С‚, СЃРІС–С‚", True, id="Cyrillic as Windows-1251"),
        pytest.param("Zâ€™s cafÃ© opened", True, id="quotation marks and accents"),
    ],
)
def test_letters_that_were_read_wrongly(words, found):
    given = proof(article(title=words, lede=""))
    assert names(message.letters(given)) == (["mojibake"] if found else [])


@pytest.mark.parametrize(
    ("word", "found"),
    [
        pytest.param("HIMARSів", False, id="an ending after a foreign name"),
        pytest.param("IT-фахівець", False, id="two words"),
        pytest.param("Т-72 і F-16", False, id="names of weapons"),
        pytest.param("PDFка", False, id="an ending of letters that look alike is still an ending"),
        pytest.param("Укрaїна", True, id="a Latin a"),
        pytest.param("COVID", False, id="Latin alone"),
        pytest.param("СOVID", True, id="a Cyrillic С in COVID"),
        pytest.param("cвіт", True, id="a Latin c"),
        pytest.param("αβγ Ελλάδα", False, id="Greek"),
    ],
)
def test_alphabets_mixed_within_a_word(word, found):
    assert names(language.alphabets(proof(article(title=word)))) == (["mixed-alphabets"] if found else [])


@pytest.mark.parametrize(
    ("title", "lede", "found"),
    [
        pytest.param("Twelve bridges open", "Of the 12 bridges two are new.", False, id="the same in words"),
        pytest.param("1,200 volunteers came", "There were 1200 volunteers.", False, id="the same with a comma"),
        pytest.param("3 bridges open", "There are 3 bridges and 40 roads.", False, id="other things"),
        pytest.param("3 bridges open", "Of 9 bridges, 3 bridges are open.", False, id="several figures"),
        pytest.param(
            "5 people saved", "Firefighters, 30 people in all, came.", False, id="people are counted too often"
        ),
        pytest.param("In 2026 prices rose", "In 2025 prices fell.", True, id="years before a thing"),
        pytest.param("40 ambulances leave", "30 ambulances left on Friday.", True, id="two figures"),
        pytest.param("П'ять мостів відкрито", "Усі 6 мостів відкрито.", True, id="Ukrainian"),
    ],
)
def test_figures_of_headline_and_summary(title, lede, found):
    assert names(journalism.numbers(proof(article(title=title, lede=lede)))) == (["title-numbers"] if found else [])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("on Wednesday, 18 November 2026", False, id="right"),
        pytest.param("on Wednesday, November 18", False, id="right, American"),
        pytest.param("у середу, 18 листопада", False, id="right, Ukrainian"),
        pytest.param("in May 2026 we may 5 times", False, id="may the verb"),
        pytest.param("from 24 February 2022", False, id="another year"),
        pytest.param("on Tuesday, 18 November", True, id="right in the year before alone"),
        pytest.param("on Friday, 18 June", False, id="far away, right in another year"),
        pytest.param("on Friday, 18 November 2026", True, id="another day"),
        pytest.param("on 30 February", True, id="no such day"),
        pytest.param("у п'ятницю, 18 листопада 2026 року", True, id="another day, Ukrainian"),
    ],
)
def test_weekdays_and_dates(words, found):
    assert names(journalism.dates(proof(article(lede=words)))) == (["title-date"] if found else [])


def test_two_days_of_one_month_are_a_note():
    given = proof(article(title="Fair on 24 November", lede="The fair opens on 25 November at noon."))
    assert [(f.check, f.severity) for f in journalism.title_day(given)] == [("title-day", "note")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("Ukraine World Congress, Ukrainian World Congress", False, id="a name and its adjective"),
        pytest.param("Olena Kovalenko and Olena Kovalchuk", False, id="two surnames"),
        pytest.param("Marta Bilyk saw Marta Bilyk's sister", False, id="a possessive"),
        pytest.param("Володимир Зеленський, Володимира Зеленського, Володимиру Зеленському", False, id="cases"),
        pytest.param("Ігор Коваленко з Ігорем Коваленком", False, id="more cases"),
        pytest.param("North Korea and South Korea, North Korean troops", False, id="nations"),
        pytest.param("Volodymyr Zelensky, Volodymyr Zelenskyy", True, id="a surname in two spellings"),
        pytest.param("Oleksandr Usyk met Aleksandr Usyk", False, id="two first names may be two people"),
        pytest.param("Odessa, by others Odesa", True, id="a town in two spellings"),
    ],
)
def test_names_in_two_spellings(words, found):
    assert names(journalism.names(proof(article(title=words, lede="")))) == (["name-spelling"] if found else [])


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("dev.ua", False),
        ("dev.to", False),
        ("test.de", False),
        ("contest.example.org", False),
        ("thestage.co.uk", False),
        ("beta.gouv.fr", False),
        ("staging.example.org", True),
        ("test2.example.org", True),
        ("www-staging.example.org", True),
        ("10.0.0.1", True),
        ("intranet", True),
        ("wiki.corp", True),
        ("\u0430pple.com", True),
        ("xn--exmple-4nf.org", True),
    ],
)
def test_hosts_that_no_reader_should_see(host, found, tmp_path):
    given = proof(html=f'<a href="https://{host}/x">The report</a>', tmp_path=tmp_path)
    assert names(links.hosts(given)) == (["link-hosts"] if found else [])


@pytest.mark.parametrize(
    ("shown", "target", "found"),
    [
        ("www.example.org", "https://news.example.org/a", False),
        ("example.co.uk/news", "https://www.example.co.uk", False),
        ("budget.pdf", "https://www.example.org/files/1", False),
        ("desk@example.org", "mailto:desk@example.org", False),
        ("Read Kyiv.Media", "https://elsewhere.example", False),
        ("bank.com", "https://bank.com.evil.example", True),
        ("https://www.bank.com/login", "https://evil.example/login", True),
    ],
)
def test_an_address_that_is_shown_is_the_one_that_is_linked(shown, target, found):
    given = proof(html=f'<a href="{target}">{shown}</a>')
    assert names(links.honest(given)) == (["link-target"] if found else [])


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        pytest.param("<p>one<br>two<img src='x'></p>", False, id="void elements"),
        pytest.param("<!--[if mso]><table><tr><td><![endif]--><p>x</p>", False, id="conditional comments"),
        pytest.param("<style>a > b { content: '<' }</style><p>a</p>", False, id="raw text"),
        pytest.param("<p>5 &lt; 6 and a &amp; b</p>", False, id="entities"),
        pytest.param("<p>5 < 6</p>", False, id="a bare sign is text"),
        pytest.param('<a title="a > b">x</a>', False, id="a sign in an attribute"),
        pytest.param("<p><b>x</p></b>", True, id="crossed"),
        pytest.param("<p>x</p></div>", True, id="closes nothing"),
        pytest.param("<div><p>x</p>", True, id="never closed"),
        pytest.param('<img src="x" height="auto">', True, id="no number"),
        pytest.param('<p id="a">x</p><p id="a">y</p>', True, id="an id twice"),
    ],
)
def test_well_formed_markup(markup, found):
    assert bool(names(wellformed.html(proof(html=markup)))) is found


DARK = "@media (prefers-color-scheme: dark) { .card { background: #16212F !important; } .ink { color: #F2F6FB !important; } }"


@pytest.mark.parametrize(
    ("markup", "scenes"),
    [
        pytest.param('<p style="color:#767676">x</p>', [], id="4.54 to 1 on white"),
        pytest.param('<p style="color:#777777">x</p>', ["light"], id="4.48 to 1 on white"),
        pytest.param('<p style="color:#8A8A8A;font-size:24px">x</p>', [], id="large"),
        pytest.param('<table bgcolor="#0A2A52"><tr><td style="color:#fff">x</td></tr></table>', [], id="an old attribute"),
        pytest.param('<div style="background:#0A2A52"><p>x</p></div>', ["light"], id="black on navy"),
        pytest.param('<div style="background:#0A2A52 url(x.jpg)"><p>x</p></div>', [], id="on a picture nobody can tell"),
        pytest.param(f'<style>{DARK}</style><div class="card" style="background:#fff"><p class="ink" style="color:#14202E">x</p></div>', [], id="both"),
        pytest.param(f'<style>{DARK}</style><div class="card" style="background:#fff"><p style="color:#14202E">x</p></div>', ["dark"], id="ink that stays dark"),
        pytest.param(f'<style>{DARK}</style><div style="background:#fff"><p class="ink" style="color:#14202E">x</p></div>', ["dark"], id="a card that stays white"),
        pytest.param('<p style="color:rgba(0,0,0,0.3)">x</p>', ["light"], id="faint black"),
        pytest.param('<style>.a p { color: #eee }</style><div class="a"><b><p>x</p></b></div>', ["light"], id="a rule from above"),
        pytest.param('<style>.a > p { color: #eee }</style><div class="a"><b><p>x</p></b></div>', [], id="not a child"),
    ],
)  # fmt: skip
def test_contrast_by_the_styles_alone(markup, scenes):
    found = list(contrast.text(proof(html=f"<html><body>{markup}</body></html>")))
    assert [f.message.split()[1] for f in found] == scenes


def test_pictures_alone_say_too_little():
    pictures = '<img src="https://x.example/a.jpg" alt="A" width="600" height="900">' * 3
    assert names(images.balance(proof(html=f"<body>{pictures}<p>Hello</p></body>"))) == ["text-beside-pictures"]
    assert names(images.balance(proof(html=f"<body>{pictures}<p>{'word ' * 60}</p></body>"))) == []


def test_a_passage_in_another_language_says_so(tmp_path):
    words = "Хори співають шість вечорів для пологового будинку"
    given = proof(html=f"<body><p>{words}</p></body>", tmp_path=tmp_path)
    assert names(language.page(given)) == ["text-language-html"]
    assert names(language.page(proof(html=f'<body><p lang="uk">{words}</p></body>', tmp_path=tmp_path))) == []


def test_a_table_of_figures_keeps_its_meaning():
    table = '<table{}><tr><th scope="row">a</th><td>1</td></tr></table>'
    assert names(structure.tables(proof(html=table.format("")))) == []
    assert names(structure.tables(proof(html=table.format(' role="presentation"')))) == ["table-role"]
