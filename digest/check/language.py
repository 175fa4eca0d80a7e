"""Is the text in the language that it is said to be in, and each word in one alphabet (S24, J08)?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from digest.check.proof import Check, Proof, some
from digest.models import Finding

_CYRILLIC = frozenset(("uk", "ru", "bg", "be", "mk", "sr"))
_OTHERS = frozenset(("ar", "fa", "he", "ur", "yi", "el", "hy", "ka", "ja", "zh", "ko", "hi", "th"))
"""Written in neither alphabet, so nothing is said about them."""
_LETTERS = 20
_PASSAGE = 40
"""Characters; what is shorter is often a name, which stays as its owner writes it."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_ENDED = re.compile(r"[A-Z]{2,}[а-яіїєґ]+")
"""A foreign name with a Ukrainian ending."""
_ALIKE = {
    **dict(zip("аеіїорсухѕјАВЕІКМНОРСТУХЅЈЇ", "aeiïopcyxsjABEIKMHOPCTYXSJÏ", strict=True)),
    **dict(zip("кгԁ", "krd", strict=True)),
}
"""Cyrillic letter -> the Latin one that looks like it."""
_LATIN_ALIKE = frozenset(_ALIKE.values())


def stories(proof: Proof) -> Iterator[Finding]:
    """A wrong language makes screen readers stumble, and puts a story into the wrong edition."""
    for story in proof.issue.stories:
        article = story.article
        language = article.language.partition("-")[0].lower()
        words = f"{article.title} {article.lede}"
        if not _fits(words, language):
            message = f'"{article.title[:60]}" is marked as "{article.language}" and written otherwise'
            cure = "set the language at its source, or `language` under [[sources]]"
            yield Finding("text-language", "warning", message, cure, article.id)
        elif language == "uk" and _looks_russian(words):
            message = f'"{article.title[:60]}" is marked as Ukrainian and looks Russian'
            yield Finding("text-language", "warning", message, "look at it, and translate it", article.id)


def page(proof: Proof) -> Iterator[Finding]:
    """WCAG 2.2, 3.1.2: what is in another language says so."""
    names = {proof.newsletter.name, proof.newsletter.organisation, proof.newsletter.postal_address}
    names |= {word for section in proof.issue.sections for word in (section.theme.tag, section.theme.title)}
    for element in proof.page.elements:
        if len(element.words) < _PASSAGE or element.hidden or element.words in names:
            continue
        language = next((lang for e in element.up() if (lang := e.get("lang"))), proof.issue.language)
        if not _fits(element.words, language.partition("-")[0].lower()):
            message = f'"{element.words[:50]}" stands in the html as "{language}" and is written otherwise'
            cure = "write it in the issue's language (texts in [[themes]] take one for each), or give it its lang"
            yield Finding("text-language-html", "warning", message, cure, element.words[:80])
            return


def alphabets(proof: Proof) -> Iterator[Finding]:
    """A Latin letter in a Cyrillic word, or the other way round: no search finds it, and filters take it for a trick.

    Only letters that look alike: "HIMARSів" is honest. By the idea of UTS 39, section 5.
    """
    found = {word: None for word in _WORD.findall(proof.words) if _disguised(word)}
    if found:
        words = [f"{word} ({_odd_letters(word)})" for word in found]
        place = next(
            (s.article.id for s in proof.issue.stories if next(iter(found)) in f"{s.article.title} {s.article.lede}"),
            "",
        )
        message = f"words mix Latin and Cyrillic letters: {some(words)}"
        yield Finding("mixed-alphabets", "warning", message, "write them anew at their source", place)


def _fits(words: str, language: str) -> bool:
    if language in _OTHERS:
        return True
    cyrillic, latin = _counted(words)
    if cyrillic + latin < _LETTERS:
        return True
    share = cyrillic / (cyrillic + latin)
    return share > 0.3 if language in _CYRILLIC else share < 0.7


@lru_cache(maxsize=512)
def _counted(words: str) -> tuple[int, int]:
    return len(re.findall(r"[\u0400-\u052f]", words)), len(re.findall(r"[A-Za-z\u00c0-\u024f]", words))


def _looks_russian(words: str) -> bool:
    lowered = words.lower()
    return len(re.findall("[ыэъё]", lowered)) >= 3 and not re.search("[іїєґ]", lowered)


def _disguised(word: str) -> bool:
    if word.isascii() or _ENDED.fullmatch(word):
        return False
    latin = [sign for sign in word if _script(sign) == "LATIN"]
    cyrillic = [sign for sign in word if _script(sign) == "CYRILLIC"]
    if not latin or not cyrillic:
        return False
    strangers_latin = all(sign in _LATIN_ALIKE for sign in latin)
    strangers_cyrillic = all(sign in _ALIKE for sign in cyrillic)
    return (strangers_latin and len(latin) <= len(cyrillic)) or (strangers_cyrillic and len(cyrillic) <= len(latin))


def _odd_letters(word: str) -> str:
    latin = [sign for sign in word if _script(sign) == "LATIN"]
    cyrillic = [sign for sign in word if _script(sign) == "CYRILLIC"]
    odd, name = (latin, "Latin") if len(latin) <= len(cyrillic) else (cyrillic, "Cyrillic")
    return f"{name} {''.join(dict.fromkeys(odd))}"


@lru_cache(maxsize=1024)
def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]


CHECKS = (
    Check("S24", "text-language", "warning", "each story is in the language that it is said to be in", stories),
    Check("S29", "text-language-html", "warning", "words in another language say so in the html", page),
    Check(
        "J08",
        "mixed-alphabets",
        "warning",
        "no Latin letter hides in a Cyrillic word, or the other way round",
        alphabets,
    ),
)
