"""The colours that all pages share can be read: WCAG's contrast of level AA, in the light and in the dark."""

import re

from each_case import each_case

from saccade.core import pages
from saccade.studio.rendering import STYLE

TEXT = ("ink", "pale", "accent", "good", "severe", "warning", "note")
GROUNDS = ("paper", "surface")
PAIRS = [
    *((text, ground) for text in TEXT for ground in GROUNDS),
    *((text, f"{text}-soft") for text in ("accent", "good", "severe", "warning", "note")),
    *(("ink", f"{name}-soft") for name in ("accent", "good", "severe", "warning", "note")),
    ("pale", "accent-soft"),
    ("on-accent", "accent"),
]


def colours(scheme):
    light, dark, _ = STYLE.read_text(encoding="utf-8").split(":root {")[1:]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", light))
    return found if scheme == "light" else {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", dark))}


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@each_case("scheme", ["light", "dark"])
@each_case(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(text, ground, scheme):
    known = colours(scheme)
    assert contrast(known[text], known[ground]) >= 4.5, f"{text} on {ground} in the {scheme}"


@each_case("scheme", ["light", "dark"])
def test_edges_of_what_can_be_typed_into_are_seen(scheme):
    known = colours(scheme)
    assert contrast(known["edge"], known["paper"]) >= 3


def test_reports_have_the_same_style(tmp_path):
    (tmp_path / "page.html.j2").write_text('{% extends "base.html.j2" %}')
    assert STYLE.read_text(encoding="utf-8").strip() in pages.render(tmp_path / "page.html.j2")
