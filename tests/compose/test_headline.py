import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose import headline
from digest.models import Section, Story, Theme
from tests.builders import article

THEME = Theme("#News", "News")

HEADLINES = """
Parliament votes to send frozen assets to rebuild schools, hospitals and bridges in the east
    Parliament votes to send frozen assets to rebuild schools…
Winter is coming: how nine cities keep their hospitals warm when the grid goes down again
    Winter is coming: how nine cities keep their hospitals warm…
"We will not be silent": diaspora leaders meet ministers in Ottawa before the summit
    "We will not be silent": diaspora leaders meet ministers…
Ministers of Poland, Lithuania, Latvia and Estonia agree on a joint plan for the border
    Ministers of Poland, Lithuania, Latvia and Estonia agree…
BREAKING: allies announce 50 new air defence systems and 1.2 billion in aid!!!
    Allies announce 50 new air defence systems…
Volunteers load the thousandth ambulance bound for hospitals near the front line
    Volunteers load the thousandth ambulance…
Why the tribunal matters – and what happens next if the Assembly votes in favour of it
    Why the tribunal matters
Canada's new sanctions list names 42 shipping companies that carry stolen grain to ports
    Canada's new sanctions list names 42 shipping companies…
Statement of the World Congress on the ninetieth anniversary of the Holodomor in Ukraine
    Statement of the World Congress…
Prime Minister Anna Lindqvist visits Kyiv for the first time since the full-scale invasion
    Prime Minister Anna Lindqvist visits Kyiv…
Children who were taken away come home: "I only wanted to see my mother", says Olena, 11
    Children who were taken away come home: "I only wanted…"
How to help this winter (and where your donation goes, to the last cent of every euro)
    How to help this winter
The EU opens the first cluster of accession talks, but Hungary asks for more time to study
    The EU opens the first cluster of accession talks
Three questions to the Commissioner: what does enlargement cost, who pays, and when?
    Three questions to the Commissioner
Russia's shadow fleet grows to 600 tankers; insurers look away, and the sea pays the price
    Russia's shadow fleet grows to 600 tankers
School in a metro station: a photo report from Kharkiv by Ada Lindenquist and friends
    School in a metro station
United for Victory! Rallies in 70 cities on five continents this Sunday – join one near you
    United for Victory! Rallies in 70 cities on five continents…
NATO and Ukraine sign the agreement on joint production of 155 mm shells in four countries
    NATO and Ukraine sign the agreement on joint production…
Exhibition "Unissued Diplomas" about students who never graduated opens in Buenos Aires
    Exhibition "Unissued Diplomas" about students…
Congress delegation in Brussels: sanctions, shells and the special tribunal on the agenda
    Congress delegation in Brussels
Is peace possible without justice? Five jurists answer for the readers of our magazine
    Is peace possible without justice?
Grain corridor reopens!
    Grain corridor reopens
"We will never accept borders that were drawn with tanks and lies on other people's maps", says the minister
    "We will never accept borders that were drawn with tanks…"
Minister tells the Assembly: "We will never accept borders that were drawn with tanks and lies on maps"
    Minister tells the Assembly: "We will never accept borders…"
Foreign ministers condemn what they call 'the most brutal attack on the energy grid' since the winter
    Foreign ministers condemn what they call 'the most brutal…'
Canada Announces New Sanctions Against Companies That Carry Stolen Grain From Occupied Ports
    Canada Announces New Sanctions Against Companies That Carry…
Diaspora raises 1.2 million euros in one month for rehabilitation centres in three regions
    Diaspora raises 1.2 million euros in one month…
Uncle Sam's shells, Europe's money: who pays for what in the new plan for the coming years
    Uncle Sam's shells, Europe's money
“Unbroken” choir sings in Carnegie Hall – the tickets were sold out within two hours of opening
    “Unbroken” choir sings in Carnegie Hall
Remembering 1932–1933: candles in windows on five continents, and a new museum hall in Kyiv
    Remembering 1932–1933: candles in windows on five continents
U.S. Senate committee backs the bill on frozen assets; the vote is expected before the recess
    U.S. Senate committee backs the bill on frozen assets
Парламент проголосував за передачу заморожених активів на відбудову шкіл, лікарень і мостів
    Парламент проголосував за передачу заморожених активів…
Зима близько: як дев'ять міст зберігають тепло в лікарнях, коли знову зникає світло
    Зима близько: як дев'ять міст зберігають тепло в лікарнях
«Ми не мовчатимемо»: лідери діаспори зустрілися з міністрами в Оттаві напередодні саміту
    «Ми не мовчатимемо»: лідери діаспори зустрілися…
Міністри Польщі, Литви, Латвії та Естонії погодили спільний план захисту кордону до зими
    Міністри Польщі, Литви, Латвії та Естонії погодили…
ТЕРМІНОВО: союзники оголосили про 50 нових систем ППО та 1,2 млрд допомоги!!!
    Союзники оголосили про 50 нових систем ППО…
Волонтери відправили тисячну машину швидкої допомоги до лікарень поблизу лінії фронту
    Волонтери відправили тисячну машину швидкої допомоги…
Чому трибунал важливий – і що станеться далі, якщо Асамблея проголосує за резолюцію
    Чому трибунал важливий
Новий санкційний список Канади містить 42 компанії, які перевозять викрадене зерно до портів
    Новий санкційний список Канади містить 42 компанії
Заява Світового Конгресу до дев'яностих роковин Голодомору 1932–1933 років в Україні
    Заява Світового Конгресу до дев'яностих роковин Голодомору…
Прем'єр-міністерка Анна Ліндквіст уперше відвідала Київ від початку повномасштабної війни
    Прем'єр-міністерка Анна Ліндквіст уперше відвідала Київ…
Діти, яких вивезли, повертаються додому: «Я тільки хотіла побачити маму», – каже Олена, 11 років
    Діти, яких вивезли, повертаються додому: «Я тільки хотіла…»
Як допомогти цієї зими (і куди йде ваша пожертва, до останнього цента кожного євро)
    Як допомогти цієї зими
ЄС відкрив перший кластер переговорів про вступ, але Угорщина просить більше часу
    ЄС відкрив перший кластер переговорів про вступ
Три запитання до єврокомісарки: скільки коштує розширення, хто заплатить і коли?
    Три запитання до єврокомісарки
Тіньовий флот Росії зріс до 600 танкерів; страховики відвертаються, а море платить
    Тіньовий флот Росії зріс до 600 танкерів
Школа в метро: фоторепортаж із Харкова від Ади Лінденквіст та її друзів з редакції
    Школа в метро: фоторепортаж із Харкова від Ади Лінденквіст…
Єдині заради перемоги! Акції у 70 містах на п'яти континентах цієї неділі – долучайтеся
    Єдині заради перемоги
НАТО та Україна підписали угоду про спільне виробництво снарядів калібру 155 мм у чотирьох країнах
    НАТО та Україна підписали угоду про спільне виробництво…
Виставка «Невидані дипломи» про студентів, які ніколи не закінчать навчання, відкрилася в Буенос-Айресі
    Виставка «Невидані дипломи» про студентів
Спеціальний трибунал для агресора – єдиний шлях до справедливості, переконані юристи
    Спеціальний трибунал для агресора – єдиний шлях…
Президент заявив, що Україна готова до чесних переговорів лише з позиції сили та права
    Президент заявив, що Україна готова до чесних переговорів…
Чи можливий мир без справедливості? П'ятеро юристів відповідають читачам нашого журналу
    Чи можливий мир без справедливості?
Зерновий коридор знову працює!
    Зерновий коридор знову працює
«Ми ніколи не визнаємо кордонів, які намальовано танками й брехнею на чужих мапах», – заявив міністр
    «Ми ніколи не визнаємо кордонів, які намальовано танками…»
Міністр звернувся до Асамблеї: «Ми ніколи не визнаємо кордонів, які намальовано танками та брехнею»
    Міністр звернувся до Асамблеї: «Ми ніколи не визнаємо…»
Конгрес «Єдність» зібрав понад 300 делегатів із 45 країн у столиці Португалії
    Конгрес «Єдність» зібрав понад 300 делегатів із 45 країн…
В Україні вшанували пам'ять жертв Голодомору: «Запали свічку» об'єднала 70 країн
    В Україні вшанували пам'ять жертв Голодомору…
Як українська громада Бразилії зібрала 5 млн реалів на реабілітаційний центр у Львові
    Як українська громада Бразилії зібрала 5 млн реалів…
Що змінить рішення суду в Гаазі? Пояснює професорка права Ірина Савчук
    Що змінить рішення суду в Гаазі?
Ukraine House у Давосі: п'ять розмов, які варто переглянути цими вихідними
    Ukraine House у Давосі: п'ять розмов
Оновлено! Графік зустрічей із делегацією Конгресу в Торонто, Вінніпезі та Едмонтоні
    Графік зустрічей із делегацією Конгресу в Торонто…
"""
_LINES = [line.strip() for line in HEADLINES.strip().splitlines()]


def story(title, **changes):
    return Story(article(title=title, **changes), THEME)


def subject(title):
    return headline.lines(story(title), (), "The Week")[0]


@pytest.mark.parametrize(("title", "expected"), list(zip(_LINES[::2], _LINES[1::2], strict=True)))
def test_a_long_headline_makes_a_subject_that_reads_well(title, expected):
    assert subject(title) == expected
    assert len(expected) <= headline.SUBJECT_LIMIT


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("Short enough", "Short enough", id="whole"),
        pytest.param("Sixty characters " + "x" * 43, "Sixty characters " + "x" * 43, id="exactly the limit"),
        pytest.param("x" * 80, "x" * 59 + "…", id="no place to cut"),
        pytest.param("Позиція " * 12, ("Позиція " * 7).strip() + "…", id="nothing but words"),
        pytest.param("We won!!!", "We won", id="shouting"),
        pytest.param('"We won!"', '"We won"', id="shouting in quotes"),
        pytest.param("Did we win?!!", "Did we win?", id="a question stays one"),
        pytest.param("Glory! And thanks", "Glory! And thanks", id="a sign in the middle stays"),
        pytest.param("URGENT – roads are closed", "Roads are closed", id="a label"),
        pytest.param("Updates on the roads", "Updates on the roads", id="no label"),
        pytest.param("!!!", "!!!", id="nothing but signs"),
        pytest.param(
            'The winter festival "Light: a story of those who kept the lamps on" opens tomorrow',
            'The winter festival "Light: a story of those who kept…"',
            id="a clause within a quote is none",
        ),
        pytest.param(
            "Delegates of 9 communities meet in Ottawa for 'Never again today' in May",
            "Delegates of 9 communities meet in Ottawa…",
            id="the beginning of a quote is not enough",
        ),
        pytest.param(
            "The committee thanks the volunteers of the north and Maria Antonenko",
            "The committee thanks the volunteers of the north…",
            id="a name is not cut in two",
        ),
        pytest.param("  Two\u00a0 words ", "Two words", id="spaces"),
    ],
)
def test_a_subject_is_the_headline_without_noise(title, expected):
    assert subject(title) == expected


WORDS = 'the of Kyiv 12 «Слово» "we will" (not now) у та громада: – світ, які діє; Рада? ні! o\'clock'
words = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=30)


@given(words.map(" ".join), st.integers(40, 120))
def test_whatever_the_headline_its_line_fits_and_cuts_no_word(title, limit):
    line = headline.shortened(title, limit)
    assert 0 < len(line) <= limit
    if line != title:
        kept = line.rstrip('…"»)').split()
        assert kept[:-1] == title.split()[: len(kept) - 1]
        assert title.split()[len(kept) - 1].startswith(kept[-1])
        assert title.split()[len(kept) - 1].rstrip(',:;.–?!"»)') == kept[-1].rstrip(',:;.–?!"»)')


@given(st.text(max_size=200), st.text(max_size=300))
def test_no_text_whatever_breaks_the_line(title, lede):
    line, preheader = headline.lines(story(title, lede=lede), (), "The Week")
    assert 0 < len(line) <= headline.SUBJECT_LIMIT
    assert len(preheader) <= headline.PREHEADER_LIMIT


def test_subject_is_the_lead_and_the_preheader_names_the_next_heads():
    sections = (
        Section(THEME, (story("First of one"), story("Second of one"))),
        Section(THEME, (story("First of two!!"),)),
    )
    assert headline.lines(story("The lead"), sections, "The Week") == (
        "The lead",
        "First of one · First of two · Second of one",
    )


def test_without_a_lead_the_first_section_gives_the_subject_and_its_lede_the_preheader():
    sections = (Section(THEME, (story("First", lede="What happened."),)),)
    assert headline.lines(None, sections, "The Week") == ("First", "What happened.")


def test_the_preheader_never_repeats_the_subject():
    sections = (Section(THEME, (story("The lead"), story("the lead: more of it"), story("Another"))),)
    assert headline.lines(story("The lead"), sections, "The Week") == ("The lead", "Another")


def test_after_the_editors_own_subject_the_preheader_begins_with_the_lead():
    sections = (Section(THEME, (story("Second"),)),)
    assert headline.lines(story("The lead"), sections, "The Week", "Our winter") == ("Our winter", "The lead · Second")
    assert headline.lines(story("The lead"), sections, "The Week", "The lead, and more") == (
        "The lead, and more",
        "Second",
    )


def test_the_preheader_passes_over_what_has_no_room():
    long, short = "word " * 15 + "end", "A short one"
    sections = (Section(THEME, tuple(story(title) for title in (f"One {long}", f"Two {long}", short))),)
    assert headline.lines(story("Lead"), sections, "The Week")[1] == f"One {long} · {short}"
    only = (Section(THEME, (story("word " * 30 + "end"),)),)
    assert headline.lines(story("Lead"), only, "The Week")[1] == ("word " * 22).strip() + "…"


def test_an_issue_without_stories_has_its_newsletters_name():
    assert headline.lines(None, (), "The Week") == ("The Week", "")
    assert headline.lines(None, (), "The Week", "Nothing this week") == ("Nothing this week", "")
