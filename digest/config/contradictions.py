"""What each table says rightly and two together cannot, in one edition and across all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.config import brand
from digest.config.tables import Settings
from digest.config.values import in_language, tag_key


def within(settings: Settings) -> Iterator[str]:
    """Of one edition; what it shares with another is said in the same words, so that it can be told once."""
    yield from _words(settings)
    yield from _sources(settings)
    yield from _themes(settings)
    yield from _languages(settings)
    yield from _colours(settings)
    yield from _engine(settings)


def between(editions: Sequence[Settings]) -> Iterator[str]:
    """Of editions that are each right by themselves."""
    keys: dict[str, Settings] = {}
    sources: dict[str, tuple[Settings, int]] = {}
    for settings in editions:
        first = keys.setdefault(settings.newsletter.key, settings)
        if first is not settings:
            whose = f"the edition {first.edition}" if first.edition else "the newsletter itself"
            where = settings.place("newsletter", "key")
            yield f'{where}: "{settings.newsletter.key}" is the key of {whose} already; give each its own'
        for index, source in enumerate(settings.sources):
            owner, known = sources.setdefault(source.name, (settings, index))
            if owner is not settings and owner.sources[known] != source:
                where, other = settings.place("sources", index), owner.place("sources", known)
                yield (
                    f'{where}: "{source.name}" is set otherwise at {other}; the archive knows sources by name:'
                    " set it in the same way, or give it another name"
                )


def _words(settings: Settings) -> Iterator[str]:
    folder, language = settings.templates / "text", settings.newsletter.language
    if not any((folder / f"{name}.ftl").is_file() for name in (language, language.partition("-")[0])):
        known = ", ".join(sorted(f'"{each.stem}"' for each in folder.glob("*.ftl")))
        where = settings.place("newsletter", "language")
        yield f"{where}: there are no words for it, only for {known}; translate one in a templates folder of your own"


def _sources(settings: Settings) -> Iterator[str]:
    names: dict[str, int] = {}
    for index, source in enumerate(settings.sources):
        first = names.setdefault(source.name, index)
        if first != index:
            where = settings.place("sources", index, "name")
            yield f'{where}: "{source.name}" names source {first + 1} already; give each its own'


def _themes(settings: Settings) -> Iterator[str]:
    owners: dict[str, int] = {}
    for index, theme in enumerate(settings.themes):
        for spelling in (theme.tag, *theme.aliases):
            owner = owners.setdefault(tag_key(spelling), index)
            if owner != index:
                where, tag = settings.place("themes", index), settings.themes[owner].tag
                yield f'{where}: "{spelling}" belongs to the theme {tag} already; one theme may claim it'


def _languages(settings: Settings) -> Iterator[str]:
    language = settings.newsletter.language
    for index, theme in enumerate(settings.themes):
        for key, text in (("title", theme.title), ("intro", theme.intro)):
            if isinstance(text, dict) and not in_language(text, language):
                where = settings.place("themes", index, key)
                yield f'{where}: says nothing in "{language}", a language of this newsletter; add {language} = "…"'


def _engine(settings: Settings) -> Iterator[str]:
    if settings.send.engine == "workers" and settings.store.url.startswith("sqlite:"):
        why = "workers on several machines need one database that all of them reach"
        cure = 'set store.url = "postgresql://…", or engine = "embedded"'
        yield f"{settings.place('send', 'engine')}: {why}, and SQLite is a file on this one; {cure}"


def _colours(settings: Settings) -> Iterator[str]:
    for keys, said in brand.unreadable(settings.brand):
        set_here = (key for key in keys if settings.line(("brand", *key)) is not None)
        yield f"{settings.place('brand', *next(set_here, keys[0]))}: {said}"
