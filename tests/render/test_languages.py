"""Each shipped language as its readers would write it, and one that is written from right to left."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor
from msgspec.structs import replace

from digest import config
from digest.models import Cover, Issue, Section, Story, Window
from digest.render import words
from tests import builders
from tests.render import arabic, sample

SHIPPED = sorted(file.stem for file in (sample.TEMPLATES / "text").glob("*.ftl"))
COUNTS = (0, 1, 2, 5, 11, 21, 1_000_000)


def shipped(language: str) -> words.Words:
    return words.load(sample.TEMPLATES, language, ZoneInfo("UTC"))


def plain(text: str) -> str:
    """`text` with `_` where a line must not break, which no reader of a test could see."""
    return text.replace("\u00a0", "_")


class Values(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the library calls it by this name
        self.found.add(node.id.name)


def messages(language: str) -> dict[str, set[str]]:
    found = {}
    for entry in FluentParser().parse((sample.TEMPLATES / "text" / f"{language}.ftl").read_text("utf-8")).body:
        if isinstance(entry, ast.Message):
            values = Values()
            values.visit(entry)
            # Some languages write all spans alike and need not ask for the form.
            found[entry.id.name] = values.found - {"form"}
    return found


def test_six_languages_are_shipped() -> None:
    assert SHIPPED == ["de", "en", "es", "fr", "pt", "uk"]


@pytest.mark.parametrize("language", SHIPPED)
def test_a_catalogue_has_the_messages_of_english_with_their_values(language: str) -> None:
    assert messages(language) == messages("en")


def test_every_message_is_used_by_a_template_and_no_other_is() -> None:
    files = [file for file in sample.TEMPLATES.rglob("*.j2") if not {"pages", "mail"} & set(file.parts)]
    written = [file.read_text("utf-8") for file in files]
    used = {name for text in written for name in re.findall(r'say\(\s*"([\w-]+)"', text)}
    used |= {
        name
        for text in written
        for pair in re.findall(r'say\("([\w-]+)" if \w+ else "([\w-]+)"', text)
        for name in pair
    }
    assert used - {"name"} | {"dates", "chart-line", "chart-range"} == set(messages("en"))


PLURALS = {
    "en": """
        0 stories | 0 stories in 0 minutes | 0 views
        1 story | 1 story in 1 minute | 1 view
        2 stories | 2 stories in 2 minutes | 2 views
        5 stories | 5 stories in 5 minutes | 5 views
        11 stories | 11 stories in 11 minutes | 11 views
        21 stories | 21 stories in 21 minutes | 21 views
        1,000,000 stories | 1,000,000 stories in 1,000,000 minutes | 1,000,000 views""",
    "uk": """
        0 статей | 0 статей за 0_хв | 0 переглядів
        1 стаття | 1 стаття за 1_хв | 1 перегляд
        2 статті | 2 статті за 2_хв | 2 перегляди
        5 статей | 5 статей за 5_хв | 5 переглядів
        11 статей | 11 статей за 11_хв | 11 переглядів
        21 стаття | 21 стаття за 21_хв | 21 перегляд
        1_000_000 статей | 1_000_000 статей за 1_000_000_хв | 1_000_000 переглядів""",
    "de": """
        0 Artikel | 0 Artikel in 0 Minuten | 0 Aufrufe
        1 Artikel | 1 Artikel in 1 Minute | 1 Aufruf
        2 Artikel | 2 Artikel in 2 Minuten | 2 Aufrufe
        5 Artikel | 5 Artikel in 5 Minuten | 5 Aufrufe
        11 Artikel | 11 Artikel in 11 Minuten | 11 Aufrufe
        21 Artikel | 21 Artikel in 21 Minuten | 21 Aufrufe
        1.000.000 Artikel | 1.000.000 Artikel in 1.000.000 Minuten | 1.000.000 Aufrufe""",
    "fr": """
        0 article | 0 article à lire en 0 minute | 0 vue
        1 article | 1 article à lire en 1 minute | 1 vue
        2 articles | 2 articles à lire en 2 minutes | 2 vues
        5 articles | 5 articles à lire en 5 minutes | 5 vues
        11 articles | 11 articles à lire en 11 minutes | 11 vues
        21 articles | 21 articles à lire en 21 minutes | 21 vues
        1_000_000 d’articles | 1_000_000 d’articles à lire en 1_000_000 de minutes | 1_000_000 de vues""",
    "es": """
        0 artículos | 0 artículos en 0 minutos | 0 visitas
        1 artículo | 1 artículo en 1 minuto | 1 visita
        2 artículos | 2 artículos en 2 minutos | 2 visitas
        5 artículos | 5 artículos en 5 minutos | 5 visitas
        11 artículos | 11 artículos en 11 minutos | 11 visitas
        21 artículos | 21 artículos en 21 minutos | 21 visitas
        1.000.000 de artículos | 1.000.000 de artículos en 1.000.000 de minutos | 1.000.000 de visitas""",
    "pt": """
        0 artigo | 0 artigo em 0 minuto | 0 visualização
        1 artigo | 1 artigo em 1 minuto | 1 visualização
        2 artigos | 2 artigos em 2 minutos | 2 visualizações
        5 artigos | 5 artigos em 5 minutos | 5 visualizações
        11 artigos | 11 artigos em 11 minutos | 11 visualizações
        21 artigos | 21 artigos em 21 minutos | 21 visualizações
        1.000.000 de artigos | 1.000.000 de artigos em 1.000.000 de minutos | 1.000.000 de visualizações""",
    "pt-PT": """
        0 artigos | 0 artigos em 0 minutos | 0 visualizações
        1 artigo | 1 artigo em 1 minuto | 1 visualização
        2 artigos | 2 artigos em 2 minutos | 2 visualizações
        5 artigos | 5 artigos em 5 minutos | 5 visualizações
        11 artigos | 11 artigos em 11 minutos | 11 visualizações
        21 artigos | 21 artigos em 21 minutos | 21 visualizações
        1_000_000 de artigos | 1_000_000 de artigos em 1_000_000 de minutos | 1_000_000 de visualizações""",
}


@pytest.mark.parametrize("language", [*SHIPPED, "pt-PT"])
def test_counted_things_have_the_right_plural(language: str) -> None:
    say = shipped(language)
    lines = (
        (say("story-count", count=n), say("issue-length", stories=n, minutes=n), say("views", count=n)) for n in COUNTS
    )
    assert [plain(" | ".join(line)) for line in lines] == [
        line.strip() for line in PLURALS[language].strip().split("\n")
    ]


def test_stories_and_minutes_are_counted_apart() -> None:
    lengths = {language: shipped(language)("issue-length", stories=1, minutes=2) for language in SHIPPED}
    assert {language: plain(length) for language, length in lengths.items()} == {
        "de": "1 Artikel in 2 Minuten",
        "en": "1 story in 2 minutes",
        "es": "1 artículo en 2 minutos",
        "fr": "1 article à lire en 2 minutes",
        "pt": "1 artigo em 2 minutos",
        "uk": "1 стаття за 2_хв",
    }


JUNE_1 = datetime(2024, 6, 1, tzinfo=UTC)


def window(first: tuple[int, int, int], last: tuple[int, int, int]) -> Window:
    return Window(datetime(*first, 12, tzinfo=UTC), datetime(*last, 12, tzinfo=UTC))


WINDOWS = (
    window((2024, 6, 12), (2024, 6, 27)),
    window((2024, 6, 27), (2024, 7, 4)),
    window((2024, 12, 28), (2025, 1, 3)),
    window((2024, 6, 1), (2024, 6, 7)),
    window((2024, 6, 1), (2024, 7, 4)),
    Window(JUNE_1, JUNE_1.replace(hour=12)),
)
"""Within a month, over two, over two years; the same from the first of a month, and that day alone."""

SPANS = {
    "en": """
        12 to 27 June 2024
        27 June to 4 July 2024
        28 December 2024 to 3 January 2025
        1 to 7 June 2024
        1 June to 4 July 2024
        1 June 2024""",
    "en-US": """
        June 12 to June 27, 2024
        June 27 to July 4, 2024
        December 28, 2024 to January 3, 2025
        June 1 to June 7, 2024
        June 1 to July 4, 2024
        June 1, 2024""",
    "uk": """
        12–27 червня 2024_р.
        27 червня – 4 липня 2024_р.
        28 грудня 2024_р. – 3 січня 2025_р.
        1–7 червня 2024_р.
        1 червня – 4 липня 2024_р.
        1 червня 2024_р.""",
    "de": """
        12. bis 27. Juni 2024
        27. Juni bis 4. Juli 2024
        28. Dezember 2024 bis 3. Januar 2025
        1. bis 7. Juni 2024
        1. Juni bis 4. Juli 2024
        1. Juni 2024""",
    "fr": """
        Du 12 au 27 juin 2024
        Du 27 juin au 4 juillet 2024
        Du 28 décembre 2024 au 3 janvier 2025
        Du 1er au 7 juin 2024
        Du 1er juin au 4 juillet 2024
        1er juin 2024""",
    "fr-CA": """
        Du 12 au 27 juin 2024
        Du 27 juin au 4 juillet 2024
        Du 28 décembre 2024 au 3 janvier 2025
        Du 1er au 7 juin 2024
        Du 1er juin au 4 juillet 2024
        1er juin 2024""",
    "es": """
        Del 12 al 27 de junio de 2024
        Del 27 de junio al 4 de julio de 2024
        Del 28 de diciembre de 2024 al 3 de enero de 2025
        Del 1 al 7 de junio de 2024
        Del 1 de junio al 4 de julio de 2024
        1 de junio de 2024""",
    "pt": """
        De 12 a 27 de junho de 2024
        De 27 de junho a 4 de julho de 2024
        De 28 de dezembro de 2024 a 3 de janeiro de 2025
        De 1º a 7 de junho de 2024
        De 1º de junho a 4 de julho de 2024
        1º de junho de 2024""",
    "pt-PT": """
        De 12 a 27 de junho de 2024
        De 27 de junho a 4 de julho de 2024
        De 28 de dezembro de 2024 a 3 de janeiro de 2025
        De 1 a 7 de junho de 2024
        De 1 de junho a 4 de julho de 2024
        1 de junho de 2024""",
}


@pytest.mark.parametrize("language", SPANS)
def test_the_days_of_an_issue_read_well(language: str) -> None:
    say = shipped(language)
    assert [plain(say.span(days)) for days in WINDOWS] == [line.strip() for line in SPANS[language].strip().split("\n")]


def test_a_language_that_begins_a_date_with_its_year_writes_both_days_whole(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "hu.ftl").write_text("dates = { $first } – { $last }", "utf-8")
    say = words.load(tmp_path, "hu", ZoneInfo("UTC"))
    assert [say.span(days) for days in WINDOWS[:2]] == [
        "2024. június 12. – 2024. június 27.",
        "2024. június 27. – 2024. július 4.",
    ]


SENTENCES = {
    "en": [
        "Sent to a@example.org because you subscribed to News.",
        "because you subscribed to News.",
        "Photo: AP",
        "Unsubscribe:",
        "Corrected on 1 June 2024:",
    ],
    "uk": [
        "Надіслано на a@example.org, бо ви підписалися на «News».",
        "бо ви підписалися на «News».",
        "Фото: AP",
        "Відписатися:",
        "Виправлено 1 червня 2024_р.:",
    ],
    "de": [
        "Gesendet an a@example.org, weil Sie „News“ abonniert haben.",
        "weil Sie „News“ abonniert haben.",
        "Foto: AP",
        "Newsletter abbestellen:",
        "Korrigiert am 1. Juni 2024:",
    ],
    "fr": [
        "Envoyé à a@example.org à la suite de votre abonnement à «_News_».",
        "à la suite de votre abonnement à «_News_».",
        "Photo_: AP",
        "Se désabonner_:",
        "Corrigé le 1er juin 2024_:",
    ],
    "es": [
        "Enviado a a@example.org porque usted se suscribió a «News».",
        "porque usted se suscribió a «News».",
        "Foto: AP",
        "Darse de baja:",
        "Corregido el 1 de junio de 2024:",
    ],
    "pt": [
        "Enviado para a@example.org porque se inscreveu em “News”.",
        "porque se inscreveu em “News”.",
        "Foto: AP",
        "Cancelar a inscrição:",
        "Corrigido em 1º de junho de 2024:",
    ],
}


@pytest.mark.parametrize("language", SHIPPED)
def test_sentences_are_set_as_the_press_of_the_language_sets_them(language: str) -> None:
    say = shipped(language)
    made = [
        say("why-you-get-this", address="a@example.org", newsletter="News"),
        say("why-in-text", newsletter="News"),
        say("photo", credit="AP"),
        say("label", text=say("unsubscribe")),
        say("label", text=say("corrected", date=say.day(JUNE_1))),
    ]
    assert [plain(line) for line in made] == SENTENCES[language]


def test_a_sponsor_has_the_name_that_law_and_press_codes_give_it() -> None:
    assert {language: shipped(language)("sponsored") for language in SHIPPED} == {
        "de": "Anzeige",
        "en": "Sponsored",
        "es": "Publicidad",
        "fr": "Publicité",
        "pt": "Publicidade",
        "uk": "Реклама",
    }


class Texts(Visitor):
    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_TextElement(self, node: ast.TextElement) -> None:  # noqa: N802 - the library calls it by this name
        self.found.append(node.value)


@pytest.mark.parametrize("language", SHIPPED)
def test_no_message_has_a_typewriters_quotes_dots_or_dash(language: str) -> None:
    texts = Texts()
    texts.visit(FluentParser().parse((sample.TEMPLATES / "text" / f"{language}.ftl").read_text("utf-8")))
    assert [text for text in texts.found if re.search(r"""["'`]|\.\.\.| - |--""", text)] == []


def test_no_french_sign_is_parted_from_its_word_by_a_break() -> None:
    """What stands before : ; ! ? » and after « is a space that does not break."""
    texts = Texts()
    texts.visit(FluentParser().parse((sample.TEMPLATES / "text" / "fr.ftl").read_text("utf-8")))
    assert [text for text in texts.found if re.search(r"[^:;!?»][:;!?»]|«.", text)] == []


@pytest.mark.parametrize(
    ("language", "views"),
    [("pt", "1.717 visualizações"), ("pt-BR", "1.717 visualizações"), ("pt-PT", "1_717 visualizações")],
)
def test_one_portuguese_catalogue_serves_brazil_and_portugal(tmp_path: Path, language: str, views: str) -> None:
    assert plain(shipped(language)("views", count=1717)) == views
    shipped_config = (builders.REPOSITORY / "config.toml").read_text("utf-8")
    (tmp_path / "config.toml").write_text(
        shipped_config.replace('language = "en"', f'language = "{language}"', 1), "utf-8"
    )
    assert config.load(tmp_path / "config.toml").newsletter.language == language


def one_language(language: str) -> Issue:
    """The Arabic issue with all that it holds in `language`."""

    def spoken(story: Story) -> Story:
        return replace(story, article=replace(story.article, language=language))

    sections = (
        Section(section.theme, tuple(map(spoken, section.stories)), tuple(map(spoken, section.more)))
        for section in arabic.ISSUE.sections
    )
    lead = spoken(arabic.ISSUE.lead) if arabic.ISSUE.lead else None
    return replace(arabic.ISSUE, language=language, lead=lead, sections=tuple(sections))


def drawn(page: str) -> list[str]:
    """The tags of a page, without the engine's own columns: their sides matter to nothing in them."""
    return [tag for tag in re.findall(r"<[^>]*>", page) if "mj-column-per-100" not in tag]


def mirrored(tag: str) -> str:
    swapped = {"left": "right", "right": "left", "ltr": "rtl", "rtl": "ltr"}
    sides = re.sub(r"\b(left|right|ltr|rtl)\b", lambda side: swapped[side[0]], tag)
    # top right bottom left
    return re.sub(r"(:\S+) ([^;\s]+) ([^;\s]+) ([^;\s]+);", r"\1 \4 \3 \2;", sides).replace('"ar"', '"en"')


def arabic_email(folder: Path, issue: Issue = arabic.ISSUE) -> dict[str, str]:
    email = sample.email(issue, templates=arabic.templates(folder / "templates"))
    return {"html": email.html, "web": email.web}


@pytest.mark.parametrize("part", ["html", "web"])
def test_a_language_from_right_to_left_turns_the_whole_page_around(tmp_path: Path, part: str) -> None:
    page = arabic_email(tmp_path, one_language("ar"))[part]
    other = sample.email(one_language("en"))
    assert page.startswith('<!doctype html><html lang="ar" dir="rtl"')
    assert [mirrored(tag) for tag in drawn(page)] == drawn(getattr(other, part))


def speakers(page: str) -> list[tuple[str, str, str]]:
    """(tag, language, direction) of what is in another language than the page."""
    body = page.partition("</head>")[2].partition(' role="article"')[2].partition(">")[2]
    return re.findall(r'<(\w+)[^>]*? lang="([^"]*)" dir="([^"]*)"', body)


def test_what_is_in_another_language_says_so_with_its_direction(tmp_path: Path) -> None:
    pages = arabic_email(tmp_path)
    placed = [("h3", "uk", "ltr"), ("p", "uk", "ltr"), ("h3", "en", "ltr"), ("td", "en", "ltr"), ("p", "en", "ltr")]
    assert speakers(pages["html"]) == [*placed, ("a", "en", "ltr")]
    assert speakers(pages["web"]) == [("a", "en", "ltr"), *placed, ("a", "en", "ltr")]


def test_a_hebrew_article_in_an_english_issue_says_so_wherever_it_stands() -> None:
    cover = Cover("https://www.example.org/a.jpg", "", "")
    hebrew = Story(sample.article("שלום", language="he", cover=cover), sample.DEFEAT)
    more = Story(sample.article("ועוד", language="he", number=2), sample.DEFEAT)
    corrections = tuple(
        replace(sample.CORRECTED.corrections[0], article_id=story.article.id) for story in (hebrew, more)
    )
    issue = sample.issue(
        Section(sample.DEFEAT, (hebrew,), (more,)), lead=replace(hebrew, theme=sample.NEWS), corrections=corrections
    )
    email = sample.email(issue)
    placed = ["td", "h2", "p", "h3", "td", "p", "a"]
    assert speakers(email.html) == [(tag, "he", "rtl") for tag in placed]
    assert speakers(email.web) == [(tag, "he", "rtl") for tag in ["a"] * 3 + placed]


def test_a_language_that_nobody_knows_is_read_from_left_to_right() -> None:
    say = shipped("en")
    assert [say.direction_of(language) for language in ("tlh", "", "ar-EG", "pt-BR")] == ["ltr", "ltr", "rtl", "ltr"]


def test_latin_names_and_addresses_keep_their_order_in_an_arabic_page(tmp_path: Path) -> None:
    page = arabic_email(tmp_path)["html"]
    assert re.findall(r'dir="auto"[^>]*>([^<]*)<', page) == [
        *("Weekly Digest", "Example Congress", "#DefeatRussia", "الدفاع عن أوكرانيا", "#UWC news", "#DefeatRussia"),
        *("الدفاع عن أوكرانيا", "#UWC news", "1,400", "Example Congress", sample.NEWSLETTER.postal_address),
    ]
