"""Beside each mistake stand the training images that it is most like."""

import html
import re

import pytest

from saccade import report

pytestmark = pytest.mark.heavy

blank_charts = pytest.mark.usefixtures("blank_charts")


@blank_charts
def test_the_report_shows_them_with_their_classes(make_run):
    run = make_run(pretrained="true", image_size=16)
    page = report.report(run).read_text(encoding="utf-8")
    table = re.search(r'<table class="wrap likenesses">.*?</table>', page, re.DOTALL)[0]
    wrong = sum(row["true"] != row["predicted"] for row in run.predictions)
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table, re.DOTALL)
    assert len(rows) == min(12, wrong) > 0
    names = [html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall(r"<small>(.*?)</small>", table)]
    assert len(names) == 3 * len(rows)
    trained = {name for name, split in run.split.items() if split == "train"}
    assert set(names) <= trained


@blank_charts
def test_a_run_without_a_pretrained_network_has_none(make_run):
    assert "likenesses" not in report.report(make_run()).read_text(encoding="utf-8")
