"""Beside each mistake stand the training images that it is most like."""

import html
import re

import numpy as np
import pytest

from saccade import report
from saccade.tasks.classification.report.nearest import nearest

pytestmark = pytest.mark.heavy


def test_the_nearest_are_those_of_the_largest_cosine_among_the_rows_that_may_be():
    angles = np.radians([0, 10, 20, 40, 80, 1])
    lengths = np.array([1, 5, 0.1, 2, 1, 1])
    vectors = lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = nearest(vectors.astype(np.float16), np.array([0, 4]), among=np.array([1, 2, 3, 4]))
    assert found.tolist() == [[1, 2, 3], [4, 3, 2]]


def test_of_few_training_images_all_are_shown():
    assert nearest(np.eye(3), np.array([0]), among=np.array([2, 1])).shape == (1, 2)


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


def test_a_run_without_a_pretrained_network_has_none(make_run):
    assert "likenesses" not in report.report(make_run()).read_text(encoding="utf-8")
