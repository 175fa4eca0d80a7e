"""What a newsroom would regret: credits, figures, dates, names, words that were never for readers (J02 to J11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from digest.check.proof import Check, Proof, some
from digest.models import Article, Finding

_HEADLINE = 130
"""Characters that the lead's headline takes in four lines on a phone."""
_EN_NUMBERS = dict(zip("two three four five six seven eight nine ten eleven twelve".split(), range(2, 13), strict=True))
_UK_NUMBERS = {"два": 2, "дві": 2, "три": 3, "чотири": 4, "п'ять": 5, "шість": 6, "сім": 7, "вісім": 8, "десять": 10}
_TENS = {word: 10 * at for at, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_NUMBERS = {**_EN_NUMBERS, **_UK_NUMBERS, **_TENS}
_COUNTED = re.compile(r"(?<![\w.,-])(\d[\d,.  ]*\d|\d|[^\W\d_]+(?:['’][^\W\d_]+)?)\s+([^\W\d_]{4,})")
_LOOSE = tuple(
    "people percent years year days hours minutes weeks months points others more times"
    " року років роки днів годин людей люди осіб відсот".split()
)
"""Counted so often in one story that two figures say nothing."""
_SCALES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "тис": 1e3, "тисяч": 1e3, "млн": 1e6, "мільйон": 1e6, "млрд": 1e9, "мільярд": 1e9, "трлн": 1e12,
}  # fmt: skip
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_AMOUNT = re.compile(rf"(?i)(?<![\w.,])(\d[\d,.]*\d|\d)[\s\u00a0-]*({_SCALE})(?:s|и|і|ів|ами?|а)?\b")
_NEAR = timedelta(days=45)
"""A date without a year that is so near is of this time."""
_NOBODY = re.compile(
    r"(?i)\W*(?:(?:photo|picture|image|credit|source|фото|світлина|джерело)s?\b(?:\s+by\b)?\W*)?"
    r"(?:(?:from |in )?(?:the )?(?:open sources?|internet|web|social (?:media|networks?)|google(?: images)?|pinterest)"
    r"|unknown(?: author| photographer)?|author unknown|n/?a|none|tb[cd]|no credit"
    r"|(?:з |із )?(?:відкритих джерел|інтернету|інтернет|соцмереж|соціальних мереж)|відкриті джерела|соцмережі"
    r"|невідомий автор|автор невідомий)?\W*"
)
"""A credit that names no one."""
_HOUR = r"\d{1,2}(?:[:.]\d\d|\s?[ap]\.?m)"
_DESK_WORDS = re.compile(
    # An embargo is news as well: on oil, on arms, until next year.
    rf"(?i)\b(?:embargoed (?:until|till)|embargo (?:until|ends) {_HOUR}|ембарго до {_HOUR}"
    r"|not for (?:publication|(?:immediate )?release)|do not publish|hold for release|for internal use only"
    r"|не для (?:друку|публікації)|не публікувати|sperrfrist:|sous embargo jusqu|bajo embargo hasta|sob embargo até)"
    r"|\[(?:insert|add|check|tbc|tbd|headline|link|caption|вставити|додати|перевірити|заголовок)\b[^\]]{0,80}\]"
    r"|(?-i:(?m:^)\W*EMBARGO(?:ED)?\b\s*[:\d])"
)
_PASSING = re.compile(
    r"(?i)(?<!of )(?<!for )(?<!de )\b(?:(?:tomorrow|yesterday) (?:morning|afternoon|evening|night)"
    r"|tomorrow|tonight|завтра|demain|amanhã)\b(?!['’]s)"
)
_QUOTED = re.compile('[“”„‟"]')
_INCHES = re.compile('(?<=\\d)["”]')
_ROUNDED_FROM = 1_000
"""Smaller numbers are counted in a headline, larger ones are rounded there."""
_MONTHS = {
    word: number
    for line in (
        "january february march april may june july august september october november december",
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    )
    for number, word in enumerate(line.split(), 1)
}
_DAYS = {
    **dict(zip("monday tuesday wednesday thursday friday saturday sunday".split(), range(7), strict=True)),
    **dict(zip("понеділок вівторок середа четвер п'ятниця субота неділя".split(), range(7), strict=True)),
    "середу": 2, "п'ятницю": 4, "суботу": 5, "неділю": 6,
}  # fmt: skip
_MONTH = "|".join(_MONTHS)
_ANY_MONTH = re.compile(_MONTH)
_DATE = re.compile(
    rf"(?i)(?:\b(?P<name>{'|'.join(_DAYS)}),?\s+)?(?:(?:the\s+)?(?<![:.,])\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})"
    rf"|\b(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)\b(?:,?\s+(?P<year>20\d\d))?"
)
_PAIR = re.compile(r"(?<![\w’'])([A-ZА-ЯІЇЄҐ][\w’'-]{2,})\s+([A-ZА-ЯІЇЄҐ][\w’'-]{3,})")
_TWO_SPELLINGS = tuple(
    tuple(line.split("/"))
    for line in "kyiv/kiev kharkiv/kharkov odesa/odessa lviv/lvov chernihiv/chernigov mykolaiv/nikolaev rivne/rovno"
    " zaporizhzhia/zaporozhye dnipro/dnepr donbas/donbass luhansk/lugansk vinnytsia/vinnitsa chornobyl/chernobyl"
    " holodomor/golodomor ternopil/ternopol kropyvnytskyi/kirovograd".split()
)
_ENDINGS = frozenset("s 's ’s ' ’ n an ian a ia e es ese ish ic ed ing er ers ry ries".split()) | {""}


def credit(proof: Proof) -> Iterator[Finding]:
    """A picture without its author's name may cost its price, and the author's trust."""
    for story in proof.issue.stories:
        cover = story.article.cover
        if cover and cover.url and _NOBODY.fullmatch(cover.credit) and f'"{cover.url}"' in proof.html:
            said = f'a credit that names nobody: "{cover.credit.strip()}"' if cover.credit.strip() else "no credit"
            message = f'the picture of "{story.article.title[:70]}" has {said}'
            cure = f'add it at the source, or: digest edit cover "{story.article.title[:30]}" --credit "…"'
            yield Finding("picture-credit", "warning", message, cure, story.article.id)


def numbers(proof: Proof) -> Iterator[Finding]:
    """The same things counted in the headline and in the summary, and not the same number of them."""
    cure = "look which is right, and retitle the story at its source or in"
    for story in proof.issue.stories:
        article = story.article
        above, below = _counted(article.title), _counted(article.lede)
        for thing in above.keys() & below.keys():
            (word, figures), (_, others) = above[thing], below[thing]
            if len(figures) != 1 or len(others) != 1:
                continue
            (one,), (other,) = figures, others
            if one != other and not (min(one, other) >= _ROUNDED_FROM and _rounded(one, other)):
                message = f'"{article.title[:70]}" says {one:g} {word}, its summary {other:g}'
                yield Finding("title-numbers", "warning", message, f"{cure} {proof.overlay}", article.id)
        if both := _confused(_amounts(article.title), _amounts(article.lede)):
            message = f'"{article.title[:70]}" says {both[0]}, its summary {both[1]}'
            yield Finding("title-numbers", "warning", message, f"{cure} {proof.overlay}", article.id)


def _amounts(text: str) -> dict[tuple[float, float], str]:
    """Every number of thousands, millions or more, with its scale, and how it is written."""
    return {
        (number, _SCALES[said[2].lower()]): said[0]
        for said in _AMOUNT.finditer(text)
        if (number := _number(said[1])) is not None
    }


def _confused(above: dict[tuple[float, float], str], below: dict[tuple[float, float], str]) -> tuple[str, str] | None:
    """Two amounts that differ by the number or by the scale alone; others may be of two things."""
    if len(above) != 1 or len(below) != 1:
        return None
    ((number, scale), said), ((other, other_scale), also_said) = *above.items(), *below.items()
    if scale == other_scale:
        return None if _rounded(number, other) else (said, also_said)
    return (said, also_said) if number == other else None


def _rounded(one: float, other: float) -> bool:
    """Whether they are the same in as many digits as the rounder of the two has."""
    digits = min(len(f"{number:.9g}".replace(".", "").strip("0")) for number in (one, other))
    return f"{one:.{max(digits - 1, 0)}e}" == f"{other:.{max(digits - 1, 0)}e}"


def _counted(text: str) -> dict[str, tuple[str, set[float]]]:
    """The beginning of what is counted -> the whole word, and the figures."""
    found: dict[str, tuple[str, set[float]]] = {}
    for figure, thing in _COUNTED.findall(text):
        number = _number(figure)
        word = thing.casefold()
        if number is not None and word not in _MONTHS and not word.startswith((*_LOOSE, *_SCALES)):
            found.setdefault(word[:6], (word, set()))[1].add(number)
    return found


def _number(figure: str) -> float | None:
    if not figure[0].isdigit():
        return _NUMBERS.get(figure.casefold().replace("’", "'"))
    plain = re.sub(r"[,.  ](?=\d{3}(?!\d))", "", figure).replace(",", ".").replace(" ", "")
    try:
        return float(plain)
    except ValueError:
        return None


def dates(proof: Proof) -> Iterator[Finding]:
    """A day of the week that the date does not fall on, and a day that no month has."""
    for text, article in _texts(proof):
        for found in _dates(text):
            day, month = int(found["day"] or found["day2"]), _MONTHS[(found["month"] or found["month2"]).lower()]
            said = " ".join(found[0].split())
            place = article.id if article else ""
            year = int(found["year"]) if found["year"] else None
            about = (article.published if article and article.published else proof.issue.window.end).date()
            days = [d for y in _years(year, about) if (d := _date(y, month, day))]
            days = [d for d in days if not year and abs(d - about) <= _NEAR] or days
            if not days:
                yield Finding("title-date", "warning", f'there is no such day: "{said}"', "look at the date", place)
            elif found["name"] and all(d.weekday() != _DAYS[found["name"].lower()] for d in days):
                at = min(days, key=lambda d: abs(d - about))
                message = f'"{said}" is not right: {at:%-d %B %Y} is a {at:%A}'
                yield Finding("title-date", "warning", message, "look which of the two is right", place)


def _dates(text: str) -> Iterator[re.Match[str]]:
    """Every date that is written out; the pattern is slow, and most texts name no month."""
    if _ANY_MONTH.search(text.lower()):
        yield from _DATE.finditer(text)


def _years(named: int | None, about: date) -> tuple[int, ...]:
    return (named,) if named else (about.year - 1, about.year, about.year + 1)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _texts(proof: Proof) -> Iterator[tuple[str, Article | None]]:
    issue = proof.issue
    yield from ((text, None) for text in (issue.subject, issue.preheader, issue.intro))
    yield from ((f"{block.title}\n{block.text}", None) for block in proof.blocks)
    yield from ((event.title, None) for event in issue.events)
    for story in issue.stories:
        yield f"{story.article.title}\n{story.article.lede}", story.article


def title_day(proof: Proof) -> Iterator[Finding]:
    """One date in the headline and one of the same month in the summary: a note, for both may be right."""
    for story in proof.issue.stories:
        article = story.article
        above, below = (_days(text) for text in (article.title, article.lede))
        if len(above) == len(below) == 1 and above != below and above[0][0] == below[0][0]:
            message = f'"{article.title[:70]}" names the {above[0][1]}, its summary the {below[0][1]} of that month'
            yield Finding("title-day", "note", message, "look whether both are meant", article.id)


def _days(text: str) -> list[tuple[int, int]]:
    return [
        (_MONTHS[(found["month"] or found["month2"]).lower()], int(found["day"] or found["day2"]))
        for found in _dates(text)
    ]


def names(proof: Proof) -> Iterator[Finding]:
    """One person or town in two spellings: both are flagged, the editor chooses."""
    seen: dict[tuple[str, str], str] = {}
    for text, article in _texts(proof):
        for pair in _PAIR.findall(text.replace("’", "'")):
            seen.setdefault(pair, article.id if article else "")
    found = {}
    for one, other in combinations(seen, 2):
        if any(_spelled_otherwise(*words) for words in _differing(one, other)):
            found[f"{' '.join(one)} / {' '.join(other)}"] = seen[other]
    words = set(re.findall(r"[a-z]+", proof.words.lower()))
    for spellings in _TWO_SPELLINGS:
        if len(both := [s.capitalize() for s in spellings if s in words]) > 1:
            found[" / ".join(both)] = ""
    if found:
        message = f"names are spelled in two ways: {some(list(found))}"
        yield Finding(
            "name-spelling",
            "warning",
            message,
            "choose one, and mend the other at its source",
            next(iter(found.values())),
        )


def _differing(one: tuple[str, str], other: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """What differs between two pairs of words of which one word is the same."""
    if one[0] == other[0]:
        yield one[1], other[1]
    elif one[1] == other[1]:
        yield one[0], other[0]


def _spelled_otherwise(one: str, other: str) -> bool:
    """A letter or two apart, and not by what grammar adds at the end."""
    if one.casefold() == other.casefold():
        return False
    if min(len(one), len(other)) < 5 or one[0] != other[0] or Levenshtein.distance(one, other) > 2:
        return False
    if re.search("[А-Яа-яІіЇїЄєҐґ]", one + other):
        stems = one[:-3].casefold(), other[: len(one) - 3].casefold()
        return len(one) > 6 and len(one) == len(other) and stems[0] != stems[1] and Levenshtein.distance(*stems) == 1
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return not {one[shared:], other[shared:]} <= _ENDINGS


def headline(proof: Proof) -> Iterator[Finding]:
    """The design holds four lines on a phone."""
    for story in proof.issue.stories:
        if (count := len(story.article.title)) > _HEADLINE:
            message = f'the headline "{story.article.title[:60]}…" has {count} characters; the design holds {_HEADLINE}'
            cure = f"give it a shorter one in {proof.overlay}"
            yield Finding("headline-length", "warning", message, cure, story.article.id)


def quotation(proof: Proof) -> Iterator[Finding]:
    """In headlines alone: a summary may be cut inside of a quotation, and an intro's may go on in a next paragraph."""
    for story in proof.issue.stories:
        title = story.article.title
        odd = all(len(_QUOTED.findall(text)) % 2 for text in (title, _INCHES.sub("", title)))
        if odd or title.count("«") != title.count("»"):
            message = f'a quotation in "{title[:90]}" is opened and not closed, or closed and not opened'
            cure = f"mend it at its source, or give it another headline in {proof.overlay}"
            yield Finding("quotation-marks", "warning", message, cure, story.article.id)


def passing_words(proof: Proof) -> Iterator[Finding]:
    """What was tomorrow for the author is another day for the reader."""
    if proof.sent_at is None:
        return
    zone = proof.newsletter.zone
    for story in proof.issue.stories:
        article = story.article
        found = _PASSING.search(f"{article.title}\n{article.lede}")
        said = article.published.astimezone(zone) if article.published else None
        if found and said and said.date() != proof.sent_at.astimezone(zone).date():
            message = f'"{article.title[:70]}" says "{found[0]}" and is of {said:%A, %-d %B}'
            cure = f"name the day, at its source or in {proof.overlay}"
            yield Finding("passing-day", "note", message, cure, article.id)


def desk_words(proof: Proof) -> Iterator[Finding]:
    """An embargo that is broken, or a note between editors, cannot be called back."""
    for text, article in _texts(proof):
        if found := _DESK_WORDS.search(text):
            where = f'"{article.title[:70]}"' if article else "the editor's part"
            message = f'{where} holds words that are not for readers: "{found[0]}"'
            cure = f"{'ask its author, or hide the story' if article else 'take them out'}: {proof.overlay}"
            yield Finding("desk-words", "warning", message, cure, article.id if article else "")


CHECKS = (
    Check(
        "J02", "picture-credit", "warning", "every picture has a credit, and it names somebody", credit, reads="issue"
    ),
    Check(
        "J03", "title-numbers", "warning", "headline and summary count the same things alike", numbers, reads="issue"
    ),
    Check(
        "J04",
        "title-date",
        "warning",
        "every date exists and falls on the weekday that is named with it",
        dates,
        reads="issue",
    ),
    Check("J05", "title-day", "note", "headline and summary name the same day", title_day, reads="issue"),
    Check("J06", "name-spelling", "warning", "people and towns are spelled in one way", names, reads="issue"),
    Check("J07", "headline-length", "warning", "no headline is longer than the design holds", headline, reads="issue"),
    Check("J09", "quotation-marks", "warning", "what a headline quotes is opened and closed", quotation, reads="issue"),
    Check(
        "J10", "passing-day", "note", "no “tomorrow” that is over when the issue goes out", passing_words, reads="issue"
    ),
    Check("J11", "desk-words", "warning", "no embargo, and no note between editors", desk_words, reads="issue"),
)
