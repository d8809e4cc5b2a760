import csv
import io
import json
import time
from dataclasses import replace

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from saccade.tasks.object_detection import box_overrides
from saccade.tasks.object_detection.box_overrides import BoxOverride
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.label_errors.page import choices, write_page
from saccade.tasks.object_detection.label_errors.searching import suspects_of
from saccade.tasks.object_detection.marked_and_found import beside
from saccade.tasks.object_detection.object_images import ObjectImages

OBJECTS = ("<b>cat</b>", "dog")
BOX = [20, 30, 60, 70]


@pytest.fixture(scope="module")
def images():
    """Ten images of 100×100 pixels, a cat each; the network sees 50×50."""
    random = np.random.default_rng(0)
    return ObjectImages(
        name="pets",
        source="photos/pets",
        images=random.integers(0, 255, (10, 50, 50, 3), dtype=np.uint8),
        labels=np.zeros(10, np.int64),
        classes=("a cat",),
        names=np.array([f"{row}.jpg" for row in range(10)]),
        splits=np.full(10, "train", "<U10"),
        content_hash="pets",
        objects=OBJECTS,
        sizes=np.full((10, 2), 100, np.int32),
        boxes=np.tile(np.array([[BOX]], np.float32), (10, 1, 1)),
        numbers=np.zeros((10, 1), np.int32),
        ignored=np.zeros((10, 1), np.bool_),
    )


@pytest.fixture(scope="module")
def suspects(images):
    """Cats are found as they are marked, but for a dog in the place of one, and an unsure dog elsewhere."""
    found = [_found((BOX, 0, 0.9)) for _ in range(8)]
    found += [_found((BOX, 1, 0.95)), _found((BOX, 0, 0.9), ([0, 0, 15, 15], 1, 0.2))]
    return suspects_of(beside(images, np.arange(10), found), name="pets", source="photos/pets", folds=3, unjudged=1)


def _found(*rows):
    boxes, numbers, scores = zip(*rows, strict=True)
    return Detections(
        np.array(boxes, np.float32), np.array(scores, np.float32), np.array(numbers, np.int32), (100, 100)
    )


def test_flagged_are_those_that_are_surer_than_the_best_threshold(suspects):
    assert [(each.name, each.reason, each.flagged) for each in suspects.suspects] == [
        ("8.jpg", "class", True),
        ("9.jpg", "no box", False),
    ]
    assert (suspects.threshold.precision, suspects.threshold.recall) == pytest.approx((0.9, 0.9))
    assert suspects.caution == ""


def test_json_has_the_flagged_and_csv_the_whole_ranking(suspects):
    said = json.loads(json.dumps(suspects.to_dict()))
    assert (said["images"], said["objects"], said["flagged"]) == (10, 10, 1)
    (only,) = said["suspects"]
    assert only == {
        "rank": 1,
        "path": "8.jpg",
        "reason": "class",
        "given": "<b>cat</b>",
        "given_box": BOX,
        "suggested": "dog",
        "box": BOX,
        "score": pytest.approx(0.95),
        "flagged": True,
    }
    rows = list(csv.DictReader(io.StringIO(suspects.to_csv())))
    assert [(row["path"], row["reason"], row["given_xmin"], row["xmax"]) for row in rows] == [
        ("8.jpg", "class", "20.0", "60.0"),
        ("9.jpg", "no box", "", "15.0"),
    ]


def test_the_terminal_says_how_many_how_they_were_found_and_shows_the_first(suspects):
    text = " ".join(suspects.to_text(width=200).split())
    assert "0 objects probably without a box, 1 of 10 probably of another class, 0 boxes probably beside" in text
    assert "1 object was not judged" in text
    assert "8.jpg another class <b>cat</b> dog 0.950 20, 30, 60, 70" in text


def test_networks_that_find_little_are_a_caution(suspects):
    poor = replace(suspects, threshold=replace(suspects.threshold, recall=0.5))
    assert "find 50% of the objects" in poor.caution


def test_the_gallery_shows_each_place_with_both_boxes_and_escapes_names(suspects, images, tmp_path):
    write_page(suspects, images, tmp_path / "boxes.html")
    text = (tmp_path / "boxes.html").read_text()
    assert "<b>cat</b>" not in text
    assert text.count("<figure") == 2
    # half as large as in the source
    assert '<rect class="missed" x="10.0" y="15.0" width="20.0" height="20.0"><title>&lt;b&gt;cat' in text
    assert '<rect class="invented" x="10.0" y="15.0" width="20.0" height="20.0"><title>dog 0.95' in text
    assert '<rect class="invented" x="0.0" y="0.0" width="7.5" height="7.5">' in text


def test_what_is_accepted_makes_the_worst_as_they_are_found_behind_what_was_corrected_before(suspects):
    earlier = BoxOverride.of("8.jpg", ("dog", (20, 30, 60, 70)), ("<b>cat</b>", (20, 30, 60, 70)))
    added = BoxOverride.of("9.jpg", None, ("dog", (0, 0, 15, 15)))
    assert suspects.accepted() == (BoxOverride.of("8.jpg", ("<b>cat</b>", tuple(BOX)), ("dog", tuple(BOX))),)
    assert suspects.accepted(2)[1:] == (added,)
    assert replace(suspects, overrides=(earlier,)).accepted(2) == (added,)  # as it was before all


def test_of_two_suspects_about_one_box_the_worse_corrects_it(suspects):
    other = replace(suspects.suspects[0], reason="place", suggested="<b>cat</b>", box=(0, 0, 9, 9))
    twice = replace(suspects, suspects=(suspects.suspects[0], other))
    assert [each.new for each in twice.accepted(2)] == ["dog"]


@pytest.mark.parametrize(
    ("reason", "given", "said"),
    [
        ("no box", "", ["add dog", "no object"]),
        ("class", "<b>cat</b>", ["dog", "<b>cat</b> is right", "no object"]),
        ("place", "dog", ["the found box", "the marked box", "no object"]),
    ],
)
def test_a_place_is_as_found_as_marked_or_nothing(suspects, reason, given, said):
    box = tuple(map(float, BOX)) if given else None
    suspect = replace(suspects.suspects[0], reason=reason, given=given, given_box=box, box=(1, 2, 9, 9))
    found = choices(suspect, ())
    assert [each.said for each in found] == said
    assert found[0].row == suspect.correction
    assert found[1].row is None
    if given:
        assert (found[2].row.old, found[2].row.new) == (given, "")


def test_a_person_decides_in_the_gallery_and_saves_a_file_that_is_read(suspects, images, tmp_path, look_at):
    kept = BoxOverride.of("0.jpg", ("<b>cat</b>", tuple(BOX)), None)
    taken_back = BoxOverride.of("8.jpg", ("dog", tuple(BOX)), ("<b>cat</b>", tuple(BOX)))
    write_page(replace(suspects, overrides=(kept, taken_back)), images, tmp_path / "boxes.html")
    driver = look_at(tmp_path / "boxes.html")
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    first, second = driver.find_elements(By.TAG_NAME, "figure")
    first.find_elements(By.TAG_NAME, "button")[0].click()
    driver.execute_script("arguments[0].focus()", second)
    second.send_keys("14")  # as found, but of another class
    Select(second.find_element(By.TAG_NAME, "select")).select_by_visible_text("<b>cat</b>")
    assert driver.find_element(By.ID, "count").text == "2 of 2 decided: 2 corrected, 0 right"
    driver.find_element(By.ID, "save").click()
    WebDriverWait(driver, 10).until(lambda _: (tmp_path / "overrides.csv").exists())
    time.sleep(0.1)  # written after it appears
    added = BoxOverride.of("9.jpg", None, ("<b>cat</b>", (0, 0, 15, 15)))
    assert box_overrides.read(tmp_path / "overrides.csv") == (kept, added)


def test_nothing_in_doubt_is_said(suspects, images, tmp_path):
    write_page(replace(suspects, suspects=()), images, tmp_path / "none.html")
    assert "No place is in doubt." in (tmp_path / "none.html").read_text()
    assert replace(suspects, suspects=()).to_csv().startswith("rank,path,reason")
