import json
import multiprocessing
import os
import signal
import time

import pytest

from saccade.core.errors import DataError
from saccade.modalities.images.label_file import LabelFile, SaidBox, Word, kind_of, read

CAT = SaidBox("cat", (1.0, 2.0, 9.0, 8.0))
CROWD = SaidBox("dog", (0.0, 0.0, 4.5, 4.25), is_ignored=True)


@pytest.fixture
def file(tmp_path):
    return LabelFile.beside(tmp_path, kind="boxes")


def said(path, *boxes, size=(30, 40)):
    return Word(path, None, boxes=boxes, size=size)


def last(file):
    return {path: word.boxes for path, word in file.read().last_words.items()}


def test_boxes_come_back_as_they_were_said(file):
    file.append_boxes([said("a.jpg", CAT, CROWD), said("b.jpg"), Word("c.jpg", None)])
    assert last(file) == {"a.jpg": (CAT, CROWD), "b.jpg": (), "c.jpg": None}
    assert file.read().last_words["a.jpg"].size == (30, 40)


def test_the_last_word_on_an_image_counts(file):
    file.append_boxes([said("a.jpg", CAT)])
    file.append_boxes([said("a.jpg", CROWD)])
    assert last(file) == {"a.jpg": (CROWD,)}


def test_a_file_says_by_its_first_line_what_it_has(file, tmp_path):
    file.append_boxes([said("a.jpg", CAT)])
    assert kind_of(file.path) == "boxes"
    classes = LabelFile(tmp_path / "classes.jsonl")
    classes.append([("a.jpg", "cat")])
    assert kind_of(classes.path) == "classes"
    assert "kind" not in json.loads(classes.path.read_text().splitlines()[0])
    (tmp_path / "other.jsonl").write_text('{"label": "cat"}\n')
    assert kind_of(tmp_path / "other.jsonl") is None


def test_neither_kind_is_written_into_a_file_of_the_other(file):
    file.append_boxes([said("a.jpg", CAT)])
    before = file.path.read_bytes()
    classes = LabelFile(file.path)
    with pytest.raises(DataError, match="has boxes around objects, so classes cannot be kept in it"):
        classes.append([("a.jpg", "cat")])
    with pytest.raises(DataError, match="has boxes around objects"):
        classes.read()
    assert file.path.read_bytes() == before


def test_boxes_are_not_written_into_a_file_of_classes(file):
    LabelFile(file.path).append([("a.jpg", "cat")])
    with pytest.raises(DataError, match="has classes of whole images, so boxes cannot be kept in it"):
        file.append_boxes([said("a.jpg", CAT)])


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        (SaidBox("", (0, 0, 4, 4)), "is no name of a class"),
        (SaidBox("a\nb", (0, 0, 4, 4)), "is no name of a class"),
        (SaidBox("cat", (4, 0, 4, 4)), "has no area"),
        (SaidBox("cat", (0, 9, 4, 4)), "has no area"),
        (SaidBox("cat", (0, 0, float("nan"), 4)), "has no area"),
        (SaidBox("cat", (0, 0, float("inf"), 4)), "has no area"),
    ],
)
def test_a_box_that_is_none_is_refused_and_nothing_is_written(file, box, reason):
    with pytest.raises(DataError, match=reason):
        file.append_boxes([said("a.jpg", CAT), said("b.jpg", box)])
    assert not file.path.exists()


def test_more_boxes_than_an_image_can_have_are_refused(file):
    with pytest.raises(DataError, match="2,000 are the most"):
        file.append_boxes([said("a.jpg", *[CAT] * 2001)])


@pytest.mark.parametrize(
    "line",
    [
        '{"path": "a.jpg", "boxes": 7}',
        '{"path": "a.jpg", "boxes": [7]}',
        '{"path": "a.jpg", "boxes": [{"label": "cat"}]}',
        '{"path": "a.jpg", "boxes": [{"label": "cat", "box": [1, 2, 3]}]}',
        '{"path": "a.jpg", "boxes": [{"label": "cat", "box": [1, 2, 3, "4"]}]}',
        '{"path": "a.jpg", "boxes": [{"label": "cat", "box": [1, 2, 3, true]}]}',
        '{"path": "a.jpg", "boxes": [{"label": 3, "box": [1, 2, 3, 4]}]}',
        '{"path": 3, "boxes": []}',
        "[]",
    ],
)
def test_a_damaged_line_is_refused_with_its_number(file, line):
    file.append_boxes([said("a.jpg", CAT)])
    with file.path.open("a") as opened:
        opened.write(f"{line}\n")
    with pytest.raises(DataError, match="Line 3 of .* is damaged"):
        file.read()


def test_half_a_line_of_a_writer_that_was_killed_is_left_out_and_then_mended(file):
    file.append_boxes([said("a.jpg", CAT), said("b.jpg", CAT)])
    file.path.write_bytes(file.path.read_bytes()[:-12])
    assert last(file) == {"a.jpg": (CAT,)}
    file.append_boxes([said("c.jpg")])
    assert last(file) == {"a.jpg": (CAT,), "c.jpg": ()}


@pytest.mark.parametrize("head", ['"kind": "outlines"', '"kind": "boxes", "folders": "classes"', '"kind": ["boxes"]'])
def test_a_first_line_of_a_later_version_is_refused(file, head):
    file.path.write_text(f'{{"saccade_labels": 1, {head}}}\n')
    with pytest.raises(DataError, match="of a version that is read"):
        read(file.path)


def write_many(path, who, count):
    file = LabelFile(path, kind="boxes")
    for number in range(count):
        file.append_boxes([said(f"{who}-{number}.jpg", SaidBox(who, (0, 0, 4, 4)))])


@pytest.mark.heavy
def test_words_of_two_writers_at_once_are_all_kept(file):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(file.path, who, 40)) for who in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert set(last(file)) == {f"{who}-{number}.jpg" for who in ("one", "two") for number in range(40)}


@pytest.mark.heavy
def test_a_writer_that_is_killed_loses_no_word_that_was_given(file):
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=write_many, args=(file.path, "one", 100_000))
    writer.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (file.path.exists() and len(file.path.read_bytes()) > 3000):
        time.sleep(0.005)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(60)
    before = list(last(file))
    assert before == [f"one-{number}.jpg" for number in range(len(before))]
    assert len(before) > 10
    file.append_boxes([said("mine.jpg")])
    assert list(last(file)) == [*before, "mine.jpg"]
