"""A table of corrected boxes over the data: what it changes, what it leaves, and what is refused."""

import numpy as np
import pytest

from saccade.core.data_identity import source_hash
from saccade.core.errors import DataError, UnknownNameError
from saccade.tasks import base
from saccade.tasks.object_detection import box_overrides
from saccade.tasks.object_detection.box_overrides import BoxOverride, merged
from saccade.tasks.object_detection.object_images import PADDING, ObjectImages

CAT, DOG = ("cat", (1.0, 2.0, 20.0, 30.0)), ("dog", (30.0, 30.0, 40.0, 44.0))
ELSEWHERE = ("dog", (50.0, 50.0, 70.0, 60.0))


@pytest.fixture
def dataset():
    """Three images of 100×80 pixels: a cat and a dog, a cat, nothing; the last is the test split."""
    boxes, numbers = np.zeros((3, 2, 4), np.float32), np.full((3, 2), PADDING, np.int32)
    boxes[:2, 0], boxes[0, 1] = CAT[1], DOG[1]
    numbers[:2, 0], numbers[0, 1] = 0, 1
    return ObjectImages(
        name="pets",
        source="photos/pets",
        images=np.zeros((3, 8, 8, 1), np.uint8),
        labels=np.zeros(3, np.int64),
        classes=("",),
        names=np.array(["a.jpg", "b.jpg", "c.jpg"]),
        splits=np.array(["train", "train", "test"], "<U10"),
        content_hash="abc",
        objects=("cat", "dog"),
        sizes=np.full((3, 2), (80, 100), np.int32),
        boxes=boxes,
        numbers=numbers,
        ignored=np.zeros((3, 2), np.bool_),
    )


def applied(dataset, *rows):
    return box_overrides.apply(dataset, [BoxOverride.of(*each) for each in rows], where="overrides.csv")


def objects_of(dataset, row):
    there = dataset.numbers[row] != PADDING
    named = [dataset.objects[number] for number in dataset.numbers[row][there]]
    return list(zip(named, map(tuple, dataset.boxes[row][there].tolist()), strict=True))


@pytest.mark.parametrize(
    ("rows", "expected", "said"),
    [
        ([("a.jpg", CAT, ("dog", CAT[1]))], [("dog", CAT[1]), DOG], "1 box changed"),
        ([("a.jpg", CAT, None)], [DOG], "1 box removed"),
        ([("a.jpg", None, ELSEWHERE)], [CAT, DOG, ELSEWHERE], "1 box added"),
        ([("a.jpg", CAT, None), ("a.jpg", None, ELSEWHERE)], [DOG, ELSEWHERE], "1 box added, 1 box removed"),
        (
            [("a.jpg", ("cat", (1.4, 1.6, 20, 30)), ("cat", (1, 2, 120, 30)))],
            [("cat", (1, 2, 100, 30)), DOG],
            "1 box ch",
        ),
    ],
    ids=["another class", "removed", "added", "removed and added", "rounded, and cut off at the side"],
)
def test_boxes_are_corrected_and_nothing_else_changes(rows, expected, said, dataset):
    found = applied(dataset, *rows)
    assert sorted(objects_of(found, 0)) == sorted(expected)
    assert objects_of(found, 1) == [CAT]
    assert objects_of(dataset, 0) == [CAT, DOG]
    assert (found.splits == dataset.splits).all()
    assert found.notes[0].startswith(said)
    assert found.content_hash != dataset.content_hash == source_hash(found.content_hash)


def test_what_is_corrected_of_the_test_split_is_said(dataset):
    assert applied(dataset, ("c.jpg", None, ELSEWHERE)).notes == (
        "1 box added by overrides.csv, 1 of them in the test split.",
    )


def test_a_table_without_a_row_changes_nothing(dataset):
    found = applied(dataset)
    assert (found.content_hash, found.notes, found.overrides) == (dataset.content_hash, dataset.notes, ())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("d.jpg", CAT, None), "names d.jpg, which pets does not have"),
        (("b.jpg", DOG, None), "expects a box 'dog' at 30, 30, 40, 44 in b.jpg, which is not there"),
        (("a.jpg", ("cat", DOG[1]), None), "expects a box 'cat'"),
        (("a.jpg", ("cow", CAT[1]), None), "expects a box 'cow'"),
        (("a.jpg", None, ("cat", (200, 10, 210, 20))), "outside of a.jpg, of 100×80 pixels: 200, 10, 210, 20"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(row, expected, dataset):
    with pytest.raises(DataError, match=expected):
        applied(dataset, row)


def test_a_class_that_is_not_there_names_the_nearest(dataset):
    with pytest.raises(UnknownNameError, match="cat"):
        applied(dataset, ("a.jpg", CAT, ("catt", CAT[1])))


def test_a_box_that_is_corrected_twice_is_refused(dataset):
    with pytest.raises(DataError, match=r"corrects a box of a\.jpg more than once"):
        applied(dataset, ("a.jpg", CAT, None), ("a.jpg", CAT, ELSEWHERE))


HEAD = "path,old,old_xmin,old_ymin,old_xmax,old_ymax,new,xmin,ymin,xmax,ymax\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path,old,new\na.jpg,cat,dog\n", "lacks the column 'old_xmin'"),
        (HEAD + "a.jpg,cat,1,2,3\n", "not as many cells"),
        (HEAD + ",cat,1,2,3,4,,,,,\n", "Line 2 of .* has no path"),
        (HEAD + "a.jpg,,,,,,,,,,\n", "no old and no new box"),
        (HEAD + "a.jpg,cat,1,2,3,x,,,,,\n", "sides are no numbers: 1, 2, 3, x"),
        (HEAD + "a.jpg,cat,1,2,3,,,,,,\n", "sides are no numbers"),
        (HEAD + "a.jpg,,,,,,cat,9,2,3,4\n", "has no area: cat 9, 2, 3, 4"),
        (HEAD + "a.jpg,,,,,,cat,1,2,inf,4\n", "has no area"),
        (HEAD + "a.jpg,,1,2,3,4,,,,,\n", "has no class"),
    ],
)
def test_what_is_malformed_ends_in_one_sentence(text, expected, tmp_path):
    (tmp_path / "overrides.csv").write_text(text)
    with pytest.raises(DataError, match=expected):
        box_overrides.read(tmp_path / "overrides.csv")


def test_what_is_written_is_read_again(tmp_path):
    rows = tuple(BoxOverride.of(*each) for each in (("a,b.jpg", CAT, DOG), ("c.jpg", None, CAT), ("c.jpg", DOG, None)))
    box_overrides.write(tmp_path / "overrides.csv", rows)
    assert box_overrides.read(tmp_path / "overrides.csv") == rows


@pytest.mark.parametrize(
    ("earlier", "later", "both"),
    [
        ((CAT, DOG), (DOG, ELSEWHERE), (CAT, ELSEWHERE)),
        ((CAT, DOG), (DOG, None), (CAT, None)),
        ((CAT, DOG), (DOG, CAT), None),
        ((None, CAT), (CAT, DOG), (None, DOG)),
        ((None, CAT), (CAT, None), None),
    ],
)
def test_later_corrections_go_on_from_earlier_ones(earlier, later, both):
    found = merged([BoxOverride.of("a.jpg", *earlier)], [BoxOverride.of("a.jpg", *later)])
    assert found == ((BoxOverride.of("a.jpg", *both),) if both else ())
    other = merged([BoxOverride.of("a.jpg", *earlier)], [BoxOverride.of("b.jpg", *later)])
    assert len(other) == 2


@pytest.mark.heavy
def test_a_run_keeps_its_corrections_and_finds_them_again(shapes, recipe_for, tmp_path):
    _, plain = base.prepare(recipe_for(shapes), quiet=True)
    row = int(np.flatnonzero(plain.splits == "train")[0])
    rows = [BoxOverride.of(str(plain.names[row]), None, ("bar", (2.0, 3.0, 20.0, 11.0)))]
    box_overrides.write(tmp_path / "mine.csv", rows)
    recipe, dataset = base.prepare(recipe_for(shapes, overrides=str(tmp_path / "mine.csv"), epochs=1), quiet=True)
    assert dataset.is_object.sum() == plain.is_object.sum() + 1
    from saccade.training.fitting import begin  # what a training writes before its first step

    run = begin(recipe, dataset, runs=tmp_path / "runs", folder=None, audit=None, sweep=None)
    (tmp_path / "mine.csv").unlink()
    again = base.reload(run, quiet=True)
    assert (again.boxes == dataset.boxes).all()
    assert (again.splits == dataset.splits).all()
    run.overrides_path.write_text(run.overrides_path.read_text().replace("11.0", "12.0"))
    with pytest.raises(Exception, match="is not what .* was trained with"):
        base.reload(run, quiet=True)
