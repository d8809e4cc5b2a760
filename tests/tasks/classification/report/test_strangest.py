"""None of these in the report: what is refused, how often, and the strangest validation images."""

import re

import pytest

from saccade import report
from saccade.tasks.classification.novelty import Novelty

pytestmark = pytest.mark.heavy

blank_charts = pytest.mark.usefixtures("blank_charts")


@pytest.fixture(scope="module")
def refusing(make_run):
    return make_run(validation=0.7, none_rate=0.1)


@pytest.fixture(scope="module")
def section(refusing):
    page = report.report(refusing).read_text(encoding="utf-8")
    return re.search(r'<section id="novelty".*?</section>', page, re.DOTALL)[0]


def test_the_section_says_rate_and_what_the_test_showed(refusing, section):
    assert "10.0% or less is answered with" in section
    share = refusing.evaluation["refusals"]
    assert share["promised"] == 0.1
    assert f"{share['value']:.1%}" in section


def test_the_strangest_images_come_first_with_their_p_values(refusing, section):
    known = refusing.load(Novelty)
    tiles = re.findall(r'<div class="tile"><img src="data:.*?<b>p ([\d.]+)(, refused)?</b>', section)
    values = [float(value) for value, _ in tiles]
    assert len(tiles) == len(known.strangest) == 24
    assert values == sorted(values)
    assert values[0] == pytest.approx(1 / len(known.known), abs=1e-3)
    assert [bool(refused) for _, refused in tiles] == [value <= 0.1 for value in values]


@blank_charts
def test_a_run_with_few_validation_images_says_what_it_would_take(make_run):
    page = report.report(make_run(validation=0.7, evaluated=False)).read_text(encoding="utf-8")
    assert "No image is refused as none of the classes" in page
    assert "99 would do" in page


def test_the_card_says_that_unlike_images_are_refused(refusing):
    report.report(refusing)
    assert "is answered with none of the classes" in (refusing.path / "README.md").read_text(encoding="utf-8")
