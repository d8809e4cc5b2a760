import csv
import io
import json
from dataclasses import replace

import numpy as np

from saccade.modalities.images.dataset import Override


def test_accepting_takes_the_suggestions_of_the_first(three):
    first = Override('cat/"0",.png', "cat", "dog")
    second = Override('dog/"1",.png', "dog", "<b>cow</b>")
    assert three.accepted(1) == (first,)
    assert three.accepted() == (first, second)
    assert three.accepted(0.34) == (first,)
    assert len(three.accepted(1000)) == 3


def test_accepting_what_is_flagged_leaves_out_what_is_not_however_early_it_comes(three):
    uneven = replace(three, flagged=np.array([False, True, False]))
    assert uneven.accepted() == (Override('dog/"1",.png', "dog", "<b>cow</b>"),)


def test_accepting_adds_to_the_corrections_before(make_suspects):
    before = [("far.png", "cat", ""), ('dog/"0",.png', "cat", "dog")]
    again = make_suspects([[0.9, 0.1, 0], [0.1, 0.8, 0.1]], [1, 1], overrides=before)
    assert again.accepted(1) == (Override("far.png", "cat", ""),)  # the dog is taken for the cat it was


def test_json_has_the_flagged_ones_and_csv_all(three):
    content = json.loads(json.dumps(three.to_dict()))
    assert (content["images"], content["flagged"], len(content["suspects"])) == (3, 2, 2)
    assert content["suspects"][0] == {
        "rank": 1,
        "path": 'cat/"0",.png',
        "given": "cat",
        "given_probability": 0.05,
        "suggested": "dog",
        "suggested_probability": 0.9,
        "flagged": True,
    }
    rows = list(csv.DictReader(io.StringIO(three.to_csv())))
    assert [row["path"] for row in rows] == three.names.tolist()
    assert [row["flagged"] for row in rows] == ["True", "True", "False"]


def test_the_terminal_shows_the_worst_and_how_sure_that_is(three):
    text = three.to_text()
    assert text.startswith("pets: 2 of 3 labels look wrong (66.67%).")
    assert 'cat/"0",.png' in text and "dog 0.900" in text
    assert "agree with 33% of the labels only" in " ".join(text.split())


def test_where_networks_and_labels_agree_there_is_no_caution(make_suspects):
    sure = make_suspects([[0.9, 0.1, 0.0]] * 20, [0] * 20, flagged=0)
    assert sure.caution == ""
    assert "0 of 20 labels look wrong" in sure.to_text()
