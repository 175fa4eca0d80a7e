"""The tags of MJML: what may stand in which, and the attributes that each one takes.

Facts of MJML 5.4.1 (https://documentation.mjml.io, and its package, read 2026-11-23), less what our engine,
mrml 6.0.1, refuses (mj-include, mj-html-attributes, mj-raw in places) or leaves without effect (measured:
mj-style's `inline`, mj-wrapper's `gap`, mj-table's `role` and some 25 more attributes).
"""

from __future__ import annotations

from collections.abc import Mapping


def _names(*lists: str) -> frozenset[str]:
    return frozenset(" ".join(lists).split())


def _sides(name: str) -> str:
    return " ".join([name, *(f"{name}-{side}" for side in ("top", "right", "bottom", "left"))])


_FONT = "color font-family font-size font-style font-weight line-height"
_PADDING = _sides("padding")
_BORDER = f"{_sides('border')} border-radius"
_BOX = f"container-background-color {_PADDING}"
_LINK = "href rel target"
_BACKGROUND = "background-color background-position background-url"
_WIDE = (
    f"{_BACKGROUND} background-position-x background-position-y background-repeat background-size"
    f" direction full-width text-align {_BORDER} {_PADDING}"
)
_SYMBOL = (
    "icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width"
    " icon-wrapped-alt icon-wrapped-url"
)
_SOCIAL = f"align border-radius icon-height icon-padding icon-size {_FONT} {_PADDING} text-decoration text-padding"

_BLOCKS = _names(
    "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social mj-spacer mj-table mj-text"
)

ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "mjml": _names("dir lang"),
    "mj-head": _names(),
    "mj-attributes": _names(),
    "mj-breakpoint": _names("width"),
    "mj-font": _names("href name"),
    "mj-preview": _names(),
    "mj-style": _names(),
    "mj-title": _names(),
    "mj-raw": _names(),
    "mj-body": _names("background-color width"),
    "mj-section": _names(_WIDE),
    "mj-wrapper": _names(_WIDE),
    "mj-column": _names(
        _BORDER, _PADDING, "background-color direction vertical-align width",
        "inner-background-color inner-border-radius", _sides("inner-border"),
    ),
    "mj-group": _names("background-color direction vertical-align width"),
    "mj-hero": _names(
        _BACKGROUND, _PADDING, "background-height background-width height mode vertical-align",
        "inner-background-color", _sides("inner-padding"),
    ),
    "mj-accordion": _names(_SYMBOL, _BOX, "border font-family"),
    "mj-accordion-element": _names(_SYMBOL, "background-color border font-family"),
    "mj-accordion-title": _names(_PADDING, "background-color color font-family font-size"),
    "mj-accordion-text": _names(
        _PADDING, "background-color color font-family font-size font-weight letter-spacing line-height"
    ),
    "mj-button": _names(
        _LINK, _FONT, _BORDER, _BOX, "align background-color height inner-padding letter-spacing name",
        "text-align text-decoration text-transform vertical-align width",
    ),
    "mj-carousel": _names(
        _BOX, "align border-radius icon-width left-icon right-icon thumbnails tb-border tb-border-radius",
        "tb-hover-border-color tb-selected-border-color tb-width",
    ),
    "mj-carousel-image": _names(_LINK, "alt border-radius src tb-border tb-border-radius thumbnails-src title"),
    "mj-divider": _names(_BOX, "align border-color border-style border-width width"),
    "mj-image": _names(
        _LINK, _BOX, "align alt border border-left border-radius border-right fluid-on-mobile font-size height",
        "max-height name src srcset title usemap width",
    ),
    "mj-navbar": _names(
        _PADDING, _sides("ico-padding"), "align base-url hamburger ico-align ico-close ico-color ico-font-family",
        "ico-font-size ico-line-height ico-open ico-text-decoration ico-text-transform",
    ),
    "mj-navbar-link": _names(
        _FONT, _PADDING, "href letter-spacing name rel target text-decoration text-transform"
    ),
    "mj-social": _names(_SOCIAL, "container-background-color inner-padding mode vertical-align"),
    "mj-social-element": _names(
        _SOCIAL, _LINK, "alt background-color name src title vertical-align"
    ),
    "mj-spacer": _names(_BOX, "height"),
    "mj-table": _names(
        _BOX, "align border cellpadding cellspacing color font-family font-size line-height",
        "table-layout vertical-align width",
    ),
    "mj-text": _names(
        _FONT, _BOX, "align height letter-spacing text-decoration text-transform vertical-align"
    ),
}  # fmt: skip
"""Tag -> the attributes that mean something in it, beside `css-class` and `mj-class`."""

CHILDREN: Mapping[str, frozenset[str]] = {
    "": _names("mjml"),
    "mjml": _names("mj-body mj-head"),
    "mj-head": _names("mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title"),
    "mj-attributes": frozenset(ATTRIBUTES) - _names("mjml mj-head mj-attributes") | _names("mj-all mj-class"),
    "mj-all": _names(),
    "mj-class": _names(),
    "mj-breakpoint": _names(),
    "mj-font": _names(),
    "mj-body": _names("mj-hero mj-raw mj-section mj-wrapper"),
    "mj-wrapper": _names("mj-hero mj-raw mj-section"),
    "mj-section": _names("mj-column mj-group mj-raw"),
    "mj-group": _names("mj-column mj-raw"),
    "mj-column": _BLOCKS,
    "mj-hero": _BLOCKS,
    "mj-accordion": _names("mj-accordion-element"),
    "mj-accordion-element": _names("mj-accordion-text mj-accordion-title"),
    "mj-carousel": _names("mj-carousel-image"),
    "mj-carousel-image": _names(),
    "mj-divider": _names(),
    "mj-image": _names(),
    "mj-navbar": _names("mj-navbar-link"),
    "mj-social": _names("mj-social-element"),
    "mj-spacer": _names(),
}
"""Tag -> the tags that may stand directly in it; "" is the document. The others hold text and html."""

ANYWHERE = _names("css-class mj-class")
EVERY_ATTRIBUTE = frozenset().union(*ATTRIBUTES.values(), ANYWHERE)
