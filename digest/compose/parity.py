"""Which stories of two editions are one story in two languages, by what a translation leaves as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from digest import phrases
from digest.config import tag_key
from digest.models import Issue, Story

NEAR = timedelta(days=4)
"""A translation appears within this time."""
ENOUGH, STRONG = 1.0, 2.0
"""Evidence below the first makes no pair; a pair below the second is one to look at."""

_CLOSE = timedelta(days=1)
_ADDRESS, _PICTURE, _STOCK_PICTURE, _NUMBER, _NAME, _SMALL = 4.0, 2.0, 1.2, 1.0, 0.7, 0.3
_MOST_WORDS = 3.0
"""Many small likenesses do not outweigh a picture."""


class Pair(Struct, frozen=True):
    """One story in both editions."""

    one: Story
    other: Story
    why: str
    """The evidence, in words; begins with "weak" where it is thin."""


class Parity(Struct, frozen=True):
    """Two editions side by side; each story stands once."""

    pairs: tuple[Pair, ...]
    """In the reading order of the first edition."""
    only_one: tuple[Story, ...]
    only_other: tuple[Story, ...]


def parity(one: Issue, other: Issue) -> Parity:
    """The counterparts of the stories of two editions: the best match first, each story in one pair at most."""
    languages = {issue.language.split("-")[0] for issue in (one, other)}
    ours, theirs = ([_marks(story, languages) for story in issue.stories] for issue in (one, other))
    common = _common(ours) | _common(theirs)  # of two counts the greater
    found = [(_evidence(a, b, common), at, to) for at, a in enumerate(ours) for to, b in enumerate(theirs)]
    best = sorted((match for match in found if match[0].weight >= ENOUGH), key=lambda m: (-m[0].weight, m[1], m[2]))
    pairs: dict[int, tuple[int, str]] = {}
    taken: set[int] = set()
    for evidence, at, to in best:
        if at not in pairs and to not in taken:
            pairs[at] = (to, evidence.told())
            taken.add(to)
    return Parity(
        tuple(Pair(ours[at].story, theirs[to].story, why) for at, (to, why) in sorted(pairs.items())),
        tuple(each.story for at, each in enumerate(ours) if at not in pairs),
        tuple(each.story for to, each in enumerate(theirs) if to not in taken),
    )


class _Marks(Struct, frozen=True):
    """What of a story a translation keeps."""

    story: Story
    address: str
    picture: str
    numbers: frozenset[str]
    names: Mapping[str, str]
    """The sound of a name -> the name as it is written."""
    themes: frozenset[str]


class _Evidence(Struct, frozen=True):
    weight: float
    reasons: tuple[str, ...]

    def told(self) -> str:
        return ("" if self.weight >= STRONG else "weak, please check: ") + "; ".join(self.reasons)


_NOTHING = _Evidence(0.0, ())


def _marks(story: Story, languages: Collection[str]) -> _Marks:
    article = story.article
    text = f"{article.title}\n{article.lede}"
    tags = (story.theme.tag, *story.also_in, *article.tags)
    return _Marks(
        story,
        _address(article.url, languages),
        _picture(article.cover.url, languages) if article.cover and article.cover.url else "",
        frozenset(map(_number, _NUMBERS.findall(text))),
        {_sound(name): name for name in _NAMES.findall(text)},
        frozenset(map(tag_key, tags)),
    )


def _common(marks: Iterable[_Marks]) -> Counter[str]:
    """How many stories of an edition have a mark: what many have tells little."""
    return Counter(mark for each in marks for mark in {each.picture, *each.numbers, *each.names})


def _evidence(one: _Marks, other: _Marks, common: Counter[str]) -> _Evidence:
    """All that speaks for one story in two languages; numbers and names count half without a common theme."""
    address = bool(one.address) and one.address == other.address
    picture = bool(one.picture) and one.picture == other.picture
    apart = _apart(one.story, other.story)
    numbers, names = one.numbers & other.numbers, one.names.keys() & other.names.keys()
    words = bool(numbers or names) and apart <= NEAR
    if not (address or picture or words):
        return _NOTHING
    themed = bool(one.themes & other.themes)
    weight, reasons = 0.0, []
    if address:
        weight += _ADDRESS
        reasons.append("the same address but for the language")
    if picture:
        weight += (_PICTURE if themed and apart <= _CLOSE else _STOCK_PICTURE) / common[one.picture] ** 2
        reasons.append(f"the same picture ({one.picture.rpartition('/')[2]})")
    if words:
        weight += min(_words(numbers, names, common) * (1.0 if themed else 0.5), _MOST_WORDS)
        reasons += [f"the same numbers ({', '.join(sorted(numbers))})"] if numbers else []
        reasons += [f"the same names ({', '.join(sorted(one.names[sound] for sound in names))})"] if names else []
    if picture or words:
        reasons.append(f"{'the same theme, ' if themed else ''}{_when(apart)}")
    return _Evidence(weight, tuple(reasons))


def _words(numbers: Collection[str], names: Collection[str], common: Counter[str]) -> float:
    weight = sum((_SMALL if _is_common_number(each) else _NUMBER) / common[each] for each in numbers)
    return weight + sum(_NAME / common[sound] for sound in names)


def _apart(one: Story, other: Story) -> timedelta:
    published, again = one.article.published, other.article.published
    return timedelta.max if published is None or again is None else abs(published - again)


def _when(apart: timedelta) -> str:
    if apart == timedelta.max:
        return "one without a date"
    return f"published {phrases.span(apart)} apart" if apart else "published at the same time"


# --- what stays -------------------------------------------------------------------------------

_NUMBERS = re.compile(r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_NAMES = re.compile(r"(?<![\w’'])[^\W\d_a-zа-яіїєґ][\w’'ʼ-]{2,}")
_VOWELS = re.compile(r"[^b-df-hj-np-tv-z0-9]")
_LATIN = str.maketrans(
    dict(zip("абвгґдзклмнопрстуфйіиеєїя", "abvhgdzklmnoprstufyiieeia", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu"}
    | dict.fromkeys("ь’'ʼ", "")
)
"""As the resolution of the Cabinet of Ministers of Ukraine no. 55 of 27 January 2010 romanises names."""
_ALIKE = str.maketrans({"w": "v", "c": "k", "q": "k", "h": ""})
"""Letters that the two spellings of a name do not share."""
_SIZE = re.compile(r"(-\d+x\d+|-scaled|-rotated|-e\d{9,})+$")
"""What WordPress adds to the name of a picture."""
_SPELLINGS = {"uk": ("uk", "ua", "ukr", "uk-ua"), "en": ("en", "eng", "en-us", "en-gb", "en-ca")}


def _number(text: str) -> str:
    """`50,000`, `50 000` and `50.000` are one, and so are `1.2` and `1,2`."""
    grouped = re.fullmatch(r"\d{1,3}(?:\D\d{3})+", text)
    return re.sub(r"\D", "", text) if grouped else text.replace(",", ".")


def _is_common_number(number: str) -> bool:
    """One digit, or a year: any two stories of a week may have it."""
    return len(number) == 1 or bool(re.fullmatch(r"(?:19|20)\d\d", number))


def _sound(name: str) -> str:
    """Equal in both alphabets and for most cases: `Харкові` and `Kharkiv` are `krkv`. Short names stay whole."""
    latin = name.casefold().translate(_LATIN).replace("ph", "f")
    sound = _VOWELS.sub("", latin.translate(_ALIKE))
    return sound[:5] if len(sound) > 2 else latin


def _address(url: str, languages: Collection[str]) -> str:
    """The address without its language; empty for a page that is nothing else."""
    codes = {code for language in languages for code in _SPELLINGS.get(language, (language,))}
    parts = urlsplit(url)
    labels = [label for label in (parts.hostname or "").split(".") if label not in {"www", *codes}]
    path = [p for p in unquote(parts.path).casefold().split("/") if p and p not in codes]
    if path:
        path[-1] = re.sub(rf"[-_](?:{'|'.join(codes)})$", "", path[-1])
    query = sorted(f"{key}={value}" for key, value in parse_qsl(parts.query) if value.casefold() not in codes)
    return "/".join([".".join(labels), *path, *query]) if path or query else ""


def _picture(url: str, languages: Collection[str]) -> str:
    """The picture's file without its size and language; a name that says nothing stays in its folder."""
    codes = "|".join(code for language in languages for code in _SPELLINGS.get(language, (language,)))
    folder, _, name = unquote(urlsplit(url).path).casefold().rpartition("/")
    stem, _, kind = name.rpartition(".")
    bare = re.sub(rf"[-_](?:{codes})$", "", _SIZE.sub("", stem))
    telling = len(re.sub(r"image|photo|picture|cover|img|\W|_", "", bare)) >= 4
    return f"{bare}.{kind}" if telling else f"{folder}/{bare}.{kind}"
