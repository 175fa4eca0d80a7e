"""A language that is written from right to left: a catalogue that is not shipped, and an issue in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec.structs import replace

from digest.models import Bar, Chart, Cover, Figure, Link, Panel, Quote, Section, Story, Theme
from tests.render import sample

CATALOGUE = r"""
view-online = اقرأ العدد { $number } على الموقع
issue-number = العدد { $number }
issue-length = { $stories ->
    [one] مقال واحد
    [two] مقالان
    [few] { $stories } مقالات
    [many] { $stories } مقالاً
   *[other] { $stories } مقال
} في { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}
story-count = { $count ->
    [zero] لا مقالات
    [one] مقال واحد
    [two] مقالان
    [few] { $count } مقالات
    [many] { $count } مقالاً
   *[other] { $count } مقال
}
reading-time = قراءة { $count } د
dates = من { $first } إلى { $last }
lead-story = الخبر الأول
read-lead = اقرأ المقال كاملاً
views = { $count ->
    [one] مشاهدة واحدة
    [two] مشاهدتان
    [few] { $count } مشاهدات
   *[other] { $count } مشاهدة
}
also-in = أيضاً في {"\u200E"}{ $themes }
photo = الصورة: { $credit }
cover = صورة الغلاف: { $credit }
in-this-issue = في هذا العدد
also-this-week = أيضاً هذا الأسبوع
minutes = { $count } د
worth-your-time = يستحق وقتك أيضاً
sponsored = إعلان
the-figure = الرقم
source = المصدر
quoted = «{ $text }»
coming-up = مواعيد
corrected = صُحّح في { $date }
why-you-get-this = أُرسل إلى { $address } لأنك مشترك في «{ $newsletter }».
sent-to = أُرسل إلى:
why-in-text = لأنك مشترك في «{ $newsletter }».
unsubscribe = إلغاء الاشتراك
label = { $text }:
"""

_DEFENCE = Theme("#DefeatRussia", "الدفاع عن أوكرانيا", "الدفاع الجوي والعقوبات.")
_NEWS = Theme("#UWC news", "#UWC news")
_STORIES = {
    "1": ("اثنا عشر برلماناً يتلقون قائمة واحدة", "تضم القائمة عشر نقاط، وقد كُتبت كل نقطة منها مع القراء."),
    "2": ("الملاجئ تفتح أبوابها في بلدتين", "عادت الدروس من الشاشات إلى القاعات، وعاد معها المعلمون."),
    "4": ("دليل قصير للرسوم الجمركية", ""),
    "5": ("المكتب يغيّر ساعات عمله", ""),
}


def templates(folder: Path) -> Path:
    """The shipped templates with an Arabic catalogue beside the others, in the new folder `folder`."""
    shutil.copytree(sample.TEMPLATES, folder)
    (folder / "text" / "ar.ftl").write_text(CATALOGUE, "utf-8")
    return folder


def _story(story: Story) -> Story:
    title, lede = _STORIES.get(story.article.native_id, (story.article.title, story.article.lede))
    known = story.article.native_id in _STORIES
    article = replace(story.article, title=title, lede=lede, language="ar" if known else story.article.language)
    return replace(story, article=article)


def _section(section: Section) -> Section:
    theme = _NEWS if section.theme.tag == _NEWS.tag else _DEFENCE
    placed, more = (tuple(_story(story) for story in stories) for stories in (section.stories, section.more))
    return Section(theme, placed, more)


_ENGLISH = Story(
    sample.article(
        "Is one list enough?",
        number=6,
        lede="A reader asks.",
        cover=Cover("https://www.example.org/files/list.jpg", "A sheet of paper", ""),
    ),
    _DEFENCE,
)
_MORE = Story(sample.article("What comes next?", number=7), _DEFENCE)
_FIRST, *_OTHERS = (_section(section) for section in sample.SMALL.sections)

ISSUE = replace(
    sample.CORRECTED,
    language="ar",
    lead=_story(sample.SMALL.lead) if sample.SMALL.lead else None,
    sections=(replace(_FIRST, stories=(*_FIRST.stories, _ENGLISH), more=(*_FIRST.more, _MORE)), *_OTHERS),
    intro="أصدقاءنا، هذا الأسبوع تلقت **اثنا عشر** برلماناً قائمة واحدة.\n\n* اقرأ [القائمة](https://www.example.org/list)\n* أخبرنا بما ينقص\n",
    figure=Figure("1,400", "رسالة وصلت في يوم واحد", "المؤتمر", "https://www.example.org/letters"),
    chart=Chart("الرسائل حسب الشهر", "بالآلاف", (Bar("نيسان", 12), Bar("أيار", 20.5), Bar("حزيران", 31)), "المؤتمر"),
    quote=Quote("كتبنا القائمة حول طاولة مطبخ واحدة.", "هناء نموذج، معلمة"),
    events=(replace(sample.EVENTS[0], title="قراءة القائمة", place="أوتاوا"),),
    links=(
        Link("كيف تصل الرسالة إلى الوزير", "https://www.example.net/letter", "كاتب يشرح الطريق."),
        Link("أرشيف الخرائط", "https://maps.example.com/"),
    ),
    panels=(
        Panel(
            "action", "خذ القائمة إلى نائبك", "صفحة واحدة بتسع لغات.", "احصل على الرسالة", "https://www.example.org/l"
        ),
        Panel("sponsor", "اتحاد النموذج", "حسابات للقادمين الجدد.", "افتح حساباً", "https://bank.example.com/open"),
    ),
    corrections=tuple(
        replace(sample.CORRECTED.corrections[0], text=text, article_id=article)
        for text, article in (("في القائمة اثنتا عشرة نقطة.", "site:1"), ("العنوان مختلف.", "site:6"))
    ),
)
"""The edited and corrected sample in Arabic, with headlines in English and Ukrainian among it."""
