from dataclasses import replace

import numpy as np
import pytest

from saccade.cli import run
from saccade.core.errors import DataError
from saccade.tasks import base, cross_fitting
from saccade.tasks.object_detection import box_overrides
from saccade.tasks.object_detection.label_errors import searching
from saccade.tasks.object_detection.object_images import PADDING

pytestmark = pytest.mark.slow

REMOVED, CHANGED = 8, 8


def planted(dataset, *, seed=0):
    """Return the data without some boxes and with other classes on some, and the names of both kinds of images."""
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(dataset.is_object[:, 0]))[: REMOVED + CHANGED]
    numbers, boxes = dataset.numbers.copy(), dataset.boxes.copy()
    gone, other = rows[:REMOVED], rows[REMOVED:]
    numbers[gone, 0], boxes[gone, 0] = PADDING, 0
    numbers[other, 0] = (numbers[other, 0] + 1) % len(dataset.objects)
    own = np.arange(len(dataset))  # an annotation an image
    changed = replace(dataset, numbers=numbers, boxes=boxes, labels=own, classes=tuple(map(str, own)))
    places = {(str(dataset.names[row]), "no box" if row in gone else "class") for row in rows}
    return changed, places


@pytest.mark.long
def test_boxes_that_were_taken_away_and_classes_that_were_changed_come_first(recipe_for, write_voc, tmp_path):
    data = write_voc(tmp_path / "boxes", 200, seed=3)
    recipe, dataset = base.prepare(recipe_for(data, test=0, learning_rate=0.008), quiet=True)
    changed, places = planted(dataset)
    found = searching.find_suspects(recipe, changed, epochs=14, quiet=True)
    first = {(each.name, each.reason) for each in found.suspects[: len(places)]}
    assert len(first & places) >= 0.9 * len(places)
    assert all(each.flagged for each in found.suspects[: len(places) // 2])


@pytest.fixture
def small(recipe_for, shapes):
    return base.prepare(recipe_for(shapes, duplicates="ignored"), quiet=True)


def test_a_network_for_each_fold_answers_images_that_it_has_not_seen_and_none_of_the_test(small, monkeypatch):
    recipe, dataset = small
    trained = []

    class Run:
        pass

    def train(recipe, split, *, folder, **options):
        trained.append((recipe.epochs, set(split.names[split.splits == "train"].tolist())))
        return Run()

    def answers(network, split, rows, recipe):
        assert not trained[-1][1] & set(split.names[rows].tolist())
        return [searching.Detections(np.array([[1, 1, 9, 9]]), np.ones(1), np.zeros(1, int), (64, 64)) for _ in rows]

    monkeypatch.setattr(cross_fitting.training, "train", train)
    monkeypatch.setattr(cross_fitting, "load_model", lambda run: None)
    monkeypatch.setattr(searching, "answers", answers)
    found = searching.find_suspects(recipe, dataset, folds=3, remember=False, quiet=True)
    outside = set(dataset.names[dataset.splits != "test"].tolist())
    assert [epochs for epochs, _ in trained] == [6, 6, 6]
    assert set.union(*(names for _, names in trained)) == outside
    assert found.images == len(outside)
    assert {each.name for each in found.suspects} <= outside
    assert searching.find_suspects(recipe, dataset, epochs=2, quiet=True) == searching.find_suspects(
        recipe, dataset, epochs=2, quiet=True
    )
    assert [epochs for epochs, _ in trained] == [6] * 3 + [2] * 3  # the second time they are remembered


def test_objects_of_a_class_that_their_network_has_not_seen_are_not_judged(small):
    _, dataset = small
    numbers = np.where(dataset.numbers == 1, 0, dataset.numbers)
    row = np.flatnonzero(dataset.is_object[:, 0])[0]
    numbers[row, 0] = 1  # the only one of its class
    unseen = searching._unseen(replace(dataset, numbers=numbers), np.arange(len(dataset)) % 3)
    assert np.argwhere(unseen).tolist() == [[row, 0]]


def test_data_without_a_class_that_can_be_judged_are_refused(small):
    recipe, dataset = small
    nothing = replace(dataset, ignored=np.ones_like(dataset.ignored))
    with pytest.raises(DataError, match="cannot be judged"):
        searching.find_suspects(recipe, nothing, quiet=True)


def test_what_is_accepted_is_written_and_used_by_the_next_search(shapes, tmp_path, monkeypatch, capfd):
    def nothing_but_a_bar(recipe, judged, fold, answer, **options):
        rows = np.arange(len(judged))
        boxes = np.tile(np.array([40, 40, 60, 48], np.float32), (len(rows), 100, 1))
        scores = np.zeros((len(rows), 100), np.float32)
        scores[:, 0] = 0.9
        yield rows, {"boxes": boxes, "scores": scores, "numbers": np.zeros((len(rows), 100), np.int32)}

    monkeypatch.setattr(searching, "out_of_fold", nothing_but_a_bar)
    file = tmp_path / "overrides.csv"
    words = ["labels", str(shapes), "--overrides", str(file), "--accept", "3", "--image-size", "64"]
    assert run(words) == 0
    assert len(box_overrides.read(file)) == 3
    assert "3 corrections" in capfd.readouterr().out
    assert run([*words, "--html", str(tmp_path / "page.html")]) == 0
    assert len(box_overrides.read(file)) == 6
    told = capfd.readouterr().out
    assert '"applied": [["' in (tmp_path / "page.html").read_text()
    assert f"Gallery to decide in: {tmp_path / 'page.html'}" in told
