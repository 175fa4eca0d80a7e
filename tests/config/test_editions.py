import time

import pytest

from digest import config
from digest.errors import ConfigError
from tests.builders import REPOSITORY, settings

SHIPPED = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
LINES = SHIPPED.count("\n")  # what a test adds begins on the next but one


def editions(tmp_path, added, text=SHIPPED):
    file = tmp_path / "config.toml"
    file.write_text(f"{text}\n{added}", encoding="utf-8")
    return config.editions(file)


def problems(tmp_path, added, text=SHIPPED):
    with pytest.raises(ConfigError) as raised:
        editions(tmp_path, added, text)
    return [p.removeprefix(str(tmp_path / "config.toml")) for p in raised.value.problems]


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def without(settings, *names):
    return {name: getattr(settings, name) for name in config.Settings.model_fields if name not in names}


def test_without_editions_there_is_the_newsletter_itself(tmp_path):
    (only,) = editions(tmp_path, "")
    assert (only.edition, only.newsletter.key) == ("", "weekly")
    assert only == config.load(tmp_path / "config.toml")


def test_an_edition_is_the_whole_newsletter_but_for_what_it_sets(tmp_path):
    main, edition = editions(tmp_path, '[editions.uk.newsletter]\nlanguage = "uk"\nname = "Тиждень"\n')
    assert edition.edition == "uk"
    assert without(edition, "newsletter") == without(main, "newsletter")
    changes = {"language": "uk", "name": "Тиждень", "key": "weekly-uk"}
    assert edition.newsletter == main.newsletter.model_copy(update=changes)
    assert config.load(tmp_path / "config.toml") == main


def test_editions_stand_in_the_order_of_the_file(tmp_path):
    found = editions(tmp_path, "[editions.z]\n[editions.a]\n[editions.m.compose]\n")
    assert [s.edition for s in found] == ["", "z", "a", "m"]
    assert [s.newsletter.key for s in found] == ["weekly", "weekly-z", "weekly-a", "weekly-m"]


def test_tables_are_merged_key_by_key_and_lists_are_replaced(tmp_path):
    added = '[editions.uk.send.outbox]\nfolder = "uk"\n[[editions.uk.themes]]\ntag = "#One"\n'
    main, edition = editions(tmp_path, added)
    assert edition.send == main.send.model_copy(update={"outbox": main.send.outbox.model_copy(update={"folder": "uk"})})
    assert edition.themes == (config.ThemeSettings(tag="#One"),)


def test_a_secret_is_one_value_and_no_table_to_be_merged(tmp_path):
    text = SHIPPED.replace("# [send.resend]\n# token", "[send.resend]\ntoken")
    _, edition = editions(tmp_path, '[editions.uk.send]\nresend.token = { file = "uk.token" }', text)
    assert edition.send.resend is not None
    assert edition.send.resend.token == config.Secret(file="uk.token")


@pytest.mark.parametrize(
    "added",
    [
        '[editions.uk.newsletter]\nlanguage = "uk"\n',
        '[editions.uk]\nnewsletter.language = "uk"\n',
        '[editions]\nuk = { newsletter = { language = "uk" } }\n',
        'editions.uk.newsletter.language = "uk"\n',
    ],
    ids=["header", "dotted", "inline", "all-dotted"],
)
def test_an_edition_may_be_written_in_every_way_of_toml(tmp_path, added):
    text = f"{added}\n{SHIPPED}" if added.startswith("editions") else f"{SHIPPED}\n{added}"
    _, edition = editions(tmp_path, "", text)
    assert (edition.newsletter.key, edition.newsletter.language) == ("weekly-uk", "uk")


def test_each_key_tells_the_place_where_it_was_written(tmp_path):
    _, edition = editions(tmp_path, '[editions.uk.newsletter]\nlanguage = "uk"\n\n[[editions.uk.themes]]\ntag = "#A"\n')
    file, first = tmp_path / "config.toml", LINES + 2
    assert edition.place("newsletter", "language") == f"{file}:{first + 1}: editions.uk.newsletter.language"
    assert edition.place("themes", 0, "title") == f"{file}:{first + 3}: editions.uk.themes[0].title"
    assert edition.place("newsletter", "key") == f"{file}:{first}: editions.uk.newsletter.key"
    assert edition.place("newsletter", "name") == f"{file}:7: newsletter.name"
    assert edition.line(("newsletter", "language")) == first + 1
    assert edition.line(("newsletter", "key")) is None
    assert edition.line(("newsletter", "name")) == 7


def test_a_mistake_below_an_edition_names_its_own_place_and_the_nearest_key(tmp_path):
    added = """\
[editions.uk.newsletter]
langauge = "uk"
timezone = "Europe/Kyyiv"
[editions.uk.schedule]
every = "day"
[editions.uk.newsleter]
[[editions.uk.themes]]
title = 3
"""
    first = LINES + 2
    said = 'expected text in quotes, or one for each language as { en = "…", uk = "…" }'
    assert problems(tmp_path, added) == [
        f':{first + 1}: editions.uk.newsletter.langauge: unknown key; nearest known: "language"',
        f":{first + 2}: editions.uk.newsletter.timezone: is 'Europe/Kyyiv';"
        ' expected a time zone such as "America/Toronto"; nearest known: "Europe/Kyiv"',
        f':{first + 3}: editions.uk.schedule: with every = "day", "closes" is written as "18:00"',
        f':{first + 5}: editions.uk.newsleter: unknown key; nearest known: "newsletter"',
        f':{first + 6}: editions.uk.themes[0].tag: is missing; add it, as tag = "#DefeatRussia"',
        f":{first + 7}: editions.uk.themes[0].title: is 3; {said}",
    ]


def test_an_inherited_mistake_is_told_once_at_its_own_place(tmp_path):
    text = SHIPPED.replace('provider = "outbox"', 'provider = "resend"').replace("Thu 18:00", "Thu 25:00")
    found = problems(tmp_path, "[editions.uk.send]\nworkers = 2\n[editions.fr.compose]\norder = 1\n", text)
    closes, send = line_of(text, "closes ="), line_of(text, "[send]")
    assert [p.split(": ")[:2] for p in found] == [
        [f":{closes}", "schedule.closes"],
        [f":{send}", "send"],
        [f":{LINES + 5}", "editions.fr.compose.order"],
    ]


@pytest.mark.parametrize(
    ("added", "said"),
    [
        pytest.param("[editions.uk.store]\nurl = 'sqlite:///x'", ":{1}: editions.uk.store: all editions share one archive", id="store"),
        pytest.param("[editions.uk.editions.fr]", ":{1}: editions.uk.editions: an edition has none of its own", id="nested"),
        pytest.param("[editions.UK]", ":{1}: editions.UK: is no name; expected small letters", id="name"),
        pytest.param("[editions.'']", ":{1}: editions.: is no name", id="no-name"),
        pytest.param("[editions]\nuk = 3", ":{2}: editions.uk: expected a table with its keys", id="no-table"),
        pytest.param("[[editions]]", ":{1}: editions: expected tables, as [editions.uk.newsletter]", id="list"),
        pytest.param("[editions.uk]\nthemes = []", ":{2}: editions.uk.themes: is empty; expected at least one", id="empty-list"),
        pytest.param("[editions.uk.themes]", ":{1}: editions.uk.themes: expected [[themes]] tables", id="one-bracket"),
        pytest.param("[editions.uk]\nnewsletter = 3", ":{2}: editions.uk.newsletter: is 3; expected a table with its keys", id="no-inner-table"),
        pytest.param("[editions.uk]\n[editions.uk]", ":{2}: not valid TOML", id="twice"),
        pytest.param("[editions.uk]\nx = " + "[" * 5000 + "]" * 5000, "not valid TOML", id="deep"),
        pytest.param("[editions.uk." + "x." * 500 + "y]", ":{1}: editions.uk.x: unknown key; known here: newsletter, schedule, sources, themes, compose, audience, brand, send", id="deep-tables"),
        pytest.param(f"[editions.{'x' * 40}]", f"newsletter.key: is 'weekly-{'x' * 40}'; expected small letters", id="long"),
        pytest.param("[editons.uk]", ':{1}: editons: unknown key; nearest known: "editions"', id="misspelled"),
    ],
)  # fmt: skip
def test_what_is_no_edition_is_told_with_its_line(tmp_path, added, said):
    found = problems(tmp_path, added)
    assert len(found) == 1
    for number in (1, 2):
        said = said.replace(f"{{{number}}}", str(LINES + 1 + number))
    assert said in found[0], found


def test_two_editions_of_one_key_contradict_each_other(tmp_path):
    added = '[editions.a.newsletter]\nkey = "weekly"\n[editions.b]\n[editions.c.newsletter]\nkey = "weekly-b"\n'
    assert problems(tmp_path, added) == [
        f':{LINES + 3}: editions.a.newsletter.key: "weekly" is the key of the newsletter itself already;'
        " give each its own",
        f':{LINES + 6}: editions.c.newsletter.key: "weekly-b" is the key of the edition b already; give each its own',
    ]


def test_one_source_name_means_one_source_in_all_editions(tmp_path):
    same = '[[editions.a.sources]]\nname = "sample"\nkind = "sample"\n'
    other = '[[editions.b.sources]]\nname = "sample"\nkind = "folder"\npath = "x"\n'
    assert len(editions(tmp_path, same)) == 2
    (found,) = problems(tmp_path, same + other)
    assert found.startswith(f':{LINES + 5}: editions.b.sources[0]: "sample" is set otherwise at ')
    assert f"config.toml:{line_of(SHIPPED, '[[sources]]')}: sources[0]; the archive knows sources by name" in found


def test_two_sources_of_one_name_in_one_edition_are_told_once(tmp_path):
    added = "".join(f'[[editions.a.sources]]\nname = "x"\nkind = "folder"\npath = "{path}"\n' for path in "bc")
    assert problems(tmp_path, added) == [
        f':{LINES + 7}: editions.a.sources[1].name: "x" names source 1 already; give each its own'
    ]


def test_a_theme_needs_the_words_of_every_edition_that_has_it(tmp_path):
    text = SHIPPED.replace('title = "Ukraine to the EU"', 'title = { en = "Ukraine to the EU", fr = "L\'Ukraine" }')
    line = line_of(text, 'title = { en = "Ukraine')
    uk = '[editions.uk.newsletter]\nlanguage = "uk"\n[editions.kids.newsletter]\nlanguage = "uk"\n'
    said = f':{line}: themes[2].title: says nothing in "uk", a language of this newsletter; add uk = "…"'
    assert problems(tmp_path, uk, text) == [said]
    assert len(editions(tmp_path, uk, text.replace("fr = ", "uk = "))) == 3
    assert problems(tmp_path, "", text.replace("{ en =", "{ de =")) == [said.replace("uk", "en")]


def test_contradictions_of_sound_editions_are_told_beside_other_mistakes(tmp_path):
    added = '[editions.a.newsletter]\nkey = "weekly"\n[editions.b.compose]\norder = 3\n'
    assert [p.split(": ")[1] for p in problems(tmp_path, added)] == [
        "editions.b.compose.order",
        "editions.a.newsletter.key",
    ]


def test_a_language_code_that_is_none_is_told_where_it_stands(tmp_path):
    (found,) = problems(tmp_path, "", SHIPPED.replace('title = "Ukraine to the EU"', 'title = { EN = "x" }'))
    assert found.endswith('themes[2].title: "EN" is no language code such as "en" or "uk"')


def test_of_an_edition_only_what_differs_is_shown_with_its_origin(tmp_path):
    added = '[editions.uk.newsletter]\nlanguage = "uk"\n[editions.uk.compose]\norder = "recent"\n[[editions.uk.sources]]\nname = "sample"\nkind = "sample"\n[[editions.uk.themes]]\ntag = "#A"\n'
    main, edition = editions(tmp_path, added)
    first = LINES + 2
    assert list(config.shown(edition, main)) == [
        ("editions.uk.newsletter.key", "weekly-uk", None),
        ("editions.uk.newsletter.language", "uk", first + 1),
        ("editions.uk.themes[0].tag", "#A", first + 8),
        ("editions.uk.themes[0].title", "", None),
        ("editions.uk.themes[0].intro", "", None),
        ("editions.uk.themes[0].aliases", "()", None),
        ("editions.uk.themes[0].keywords", "()", None),
    ]


def test_a_changed_copy_of_an_edition_keeps_its_name_and_places(tmp_path):
    _, edition = editions(tmp_path, '[editions.uk.newsletter]\nlanguage = "uk"\n')
    copy = edition.model_copy(update={"brand": config.BrandSettings()})
    assert (copy.edition, copy.folder, copy.place("newsletter", "language")) == (
        "uk",
        tmp_path.resolve(),
        edition.place("newsletter", "language"),
    )


def test_settings_made_in_a_test_are_of_no_edition(tmp_path):
    assert settings(tmp_path).edition == ""


def test_two_hundred_editions_load_in_a_second(tmp_path):
    """Measured: 0.05 s. Looking time zones up, or following the file, once for each takes far longer."""
    added = "".join(
        f'[editions.e{n}.newsletter]\nlanguage = "uk"\nname = "N {n}"\n[[editions.e{n}.themes]]\ntag = "#A"\n'
        for n in range(200)
    )
    begun = time.perf_counter()
    assert len(editions(tmp_path, added)) == 201
    assert time.perf_counter() - begun < 1
