"""The inbox line: a subject and a preheader made from the stories, no word cut and nothing left hanging."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from digest.models import Section, Story

SUBJECT_LIMIT = 60
"""Characters that a telephone shows of it."""
PREHEADER_LIMIT = 110
_SEPARATOR = " · "
_FEWEST_WORDS = 3

_ENGLISH = """
a an the this that these those its their his her our your my of in on at by to for from with without into onto over
under after before between about against amid among as than and or nor but if so because while when where which who
whose whom how why what is are was were be been being has have had do does did will would can could may might must
shall should not no never always only also still even just new more most very says said tells via per near up out off
until since dr mr mrs ms prof st gen sen rep one two three four five six seven eight nine ten hundred thousand million
billion bound due able including such first second third fourth fifth sixth seventh eighth ninth tenth last next every
each all both
"""
_UKRAINIAN = """
у в на за з із зі до від од для про при по над під між через без біля після перед серед крізь поза щодо попри проти
задля заради і й та а але або чи що щоб як коли де куди звідки хто який яка яке які якого якої яких якою яким якому бо
адже якщо хоча ніж не ні є був була було були буде будуть бути може можуть має мають мусить треба його її їх їхній
їхня їхні наш наша наші свій своя своє свої своїх своїй свого цей ця це ці цієї цього тієї того нові нова більш понад
майже лише вже ще ніколи завжди також кожен кожна усі всі обидва один одна два дві двох три трьох чотири чотирьох
п'ять п'яти шість шести сім семи вісім восьми дев'ять дев'яти десять десяти перша перше перші тисяч млн млрд тис ім
проф акад ген вул
"""
_HANGING = frozenset(f"{_ENGLISH} {_UKRAINIAN}".split())
"""Words that promise another one: a line that ends in "of the" reads like a fault."""

_OPENERS = """
as after amid before but because despite while when where which who whose with without and how what says said say
warns told tells
але а адже бо де коли попри після який яка яке які якого якої яких якою яким якому щоб хоча поки тоді та і як що каже
кажуть заявив заявила заявили сказав сказала повідомив повідомила розповів розповіла вважає переконані
"""
"""A comma before one of these ends a clause; before others it may stand within a list."""

_LABEL = re.compile(
    r"\W*(?:breaking|urgent|updated?|exclusive|терміново|оновлено|ексклюзив|увага|блискавка)\s*[:!|–—-]+\s+",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"(?P<strong>[:;] | \| | \(|[?!…][»”\"]? |(?<=\w{4})\. (?=[^\W\d_])| [–—-] (?=(?:and|і|й|та|а|але|but)\b))"
    rf"|(?P<weak> [–—-] |, (?=(?:{'|'.join(_OPENERS.split())})\b))"
)
_PAIRS = {"«": "»", "“": "”", "„": "“”", "‘": "’", "(": ")", "[": "]", '"': '"', "'": "'"}


def lines(lead: Story | None, sections: tuple[Section, ...], name: str, subject: str | None = None) -> tuple[str, str]:
    """Subject and preheader; `name` and nothing for an issue without stories.

    The first story's headline makes the subject unless the editor wrote one. The next ones make
    the preheader, or that story's own lede where there is no other.
    """
    stories = list(_stories(lead, sections))
    if not stories:
        return subject or name, ""
    titles = [spoken(story.article.title) for story in stories]
    line = subject or shortened(titles[0], SUBJECT_LIMIT) or name
    fresh = titles if subject else titles[1:]
    rest = [title for title in dict.fromkeys(fresh) if not _repeats(title, line)]
    return line, _joined(rest) or shortened(stories[0].article.lede, PREHEADER_LIMIT)


def spoken(title: str) -> str:
    """`title` without shouting: no "BREAKING:" before it, no exclamation mark after it."""
    text = " ".join(title.split())
    if label := _LABEL.match(text):
        text = text[label.end() : label.end() + 1].upper() + text[label.end() + 1 :]
    text = re.sub(r"[!?]{2,}", lambda run: "?" if "?" in run[0] else "!", text)
    return re.sub(r"\s*!(?=[»”\"’')\]]*$)", "", text) or title


def shortened(title: str, limit: int) -> str:
    """`title` whole if it fits, else its first clauses if they say enough, else whole words and `…`."""
    text = " ".join(title.split())
    return text if len(text) <= limit else _clause(text, limit) or _words(text, limit)


def _clause(title: str, limit: int) -> str:
    """The longest beginning that ends with a clause and says enough, else nothing."""
    for found in reversed([each for each in _BREAK.finditer(title) if 0 < each.start() <= limit]):
        sign = (found["strong"] or "").strip()
        text = title[: found.start()] + (sign if sign[:1] in ("?", "…") else sign[1:])
        said = sign == ":" and title[found.end()] in _PAIRS  # who says it is not what is said, nor the other way round
        alone = text[0] in _PAIRS and text[-1] in _PAIRS[text[0]]
        enough = limit * (0.35 if found["strong"] and not alone else 0.6)
        if enough <= len(text) <= limit and not said and _unclosed(text) is None:
            return text
    return ""


def _words(title: str, limit: int) -> str:
    """Whole words and `…`, and the end of a quote that the cut leaves open."""
    text = _cut(title, limit - 1)
    return text if len(text) <= limit else _cut(title, limit - 2)


def _cut(title: str, limit: int) -> str:
    space = title.rfind(" ", 0, limit + 1)
    if space <= 0:
        return title[:limit] + "…"
    text = _firm(title[:space], title[space:])
    opened = _unclosed(text)
    if opened is None:
        return text + "…"
    before = _firm(text[:opened], text[opened:])
    inside = len(text[opened:].split())
    if len(before.split()) >= _FEWEST_WORDS and (inside < _FEWEST_WORDS or text[opened] in "(["):
        return before + "…"
    return text + "…" + _PAIRS[text[opened]][0]


def _firm(text: str, following: str) -> str:
    """`text` without what hangs at its end: words that promise others, and a part of a name."""
    kept, after = text.split(), following.split()
    everywhere = sum(word[0].isupper() for word in kept) * 2 >= len(kept)  # a Headline Written Like This
    while len(kept) > _FEWEST_WORDS and (_hangs(" ".join(kept)) or (not everywhere and _one_name(kept[-1], after[0]))):
        after.insert(0, kept.pop())
    return _bare(" ".join(kept))


def _bare(text: str) -> str:
    return text.rstrip(" ,;:.–—-")


def _one_name(word: str, following: str) -> bool:
    return word[0].isupper() and following[0].isupper() and word[-1].isalpha()


def _hangs(text: str) -> bool:
    """Whether the last word promises another: a small word, a number, an adjective, an opening quote."""
    last = text.rsplit(None, 1)[-1]
    bare = last.strip("«»“”„‘\"'()[],;:–—-").replace("’", "'").replace("ʼ", "'")
    if len(bare) < 2 or bare.casefold() in _HANGING or not any(map(str.isalpha, bare)):
        return True
    described = bare.islower() and bare.endswith(("ий", "ого", "ої", "их", "ими", "ieth"))
    return described or (last[0] in _PAIRS and _unclosed(last) is not None)


def _unclosed(text: str) -> int | None:
    """Where the first quote or bracket opens that nothing closes, None when all are closed."""
    stack: list[tuple[str, int]] = []
    for at, sign in enumerate(text):
        if sign in "'’" and text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum():
            continue  # an apostrophe
        if stack and sign in _PAIRS[stack[-1][0]]:
            stack.pop()
        elif sign in _PAIRS and not (sign == "'" and text[at - 1 : at].isalnum()):
            stack.append((sign, at))
    return stack[0][1] if stack else None


def _stories(lead: Story | None, sections: tuple[Section, ...]) -> Iterator[Story]:
    """The lead, the head of every section, then the rest: what a reader most wants to know is there."""
    if lead:
        yield lead
    for section in sections:
        yield section.stories[0]
    for section in sections:
        yield from section.stories[1:]


def _repeats(title: str, line: str) -> bool:
    one, other = title.casefold(), line.casefold().rstrip('…"»”’')
    return one.startswith(other) or other.startswith(one)


def _joined(titles: Iterable[str]) -> str:
    """The first title and those of the others for which there is room, each whole."""
    text = ""
    for title in titles:
        longer = f"{text}{_SEPARATOR}{title}" if text else shortened(title, PREHEADER_LIMIT)
        text = longer if len(longer) <= PREHEADER_LIMIT else text
    return text
