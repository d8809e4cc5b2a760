import os
import signal
import tempfile
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import saccade
from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RecipeError, TrainingInterrupted
from saccade.tasks import base
from saccade.tasks.classification.label_errors import find_suspects, searching
from saccade.tasks.classification.label_errors.searching import few_epochs
from saccade.training.progress import Progress

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def suspects(recipe, mislabelled):
    return find_suspects(recipe, mislabelled, epochs=8, quiet=True)


def test_wrong_labels_come_first_are_flagged_and_get_the_right_suggestion(suspects, mislabelled, wrong):
    assert set(suspects.rows[: len(wrong)].tolist()) == set(wrong.tolist())
    assert suspects.flagged[: len(wrong) // 2].all()
    assert not suspects.flagged[len(wrong) :].any()
    assert (suspects.suggested[: len(wrong)] == (mislabelled.labels[suspects.rows[: len(wrong)]] + 2) % 3).all()


def test_all_images_outside_of_the_test_part_are_ranked(suspects, mislabelled):
    assert sorted(suspects.rows.tolist()) == list(range(240))
    assert (suspects.names == mislabelled.names[suspects.rows]).all()
    assert (suspects.given == mislabelled.labels[suspects.rows]).all()
    assert (np.diff(suspects.quality) >= 0).all()
    np.testing.assert_allclose(suspects.probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_test_part_is_not_touched(recipe, mislabelled):
    images, labels = mislabelled.images.copy(), mislabelled.labels.copy()
    images[240:], labels[240:] = 0, 0
    both = (mislabelled, replace(mislabelled, images=images, labels=labels))
    found, others = (find_suspects(recipe, each, epochs=1, folds=2, remember=False, quiet=True) for each in both)
    assert (others.rows == found.rows).all()
    np.testing.assert_array_equal(others.probabilities, found.probabilities)


def test_images_in_no_part_are_neither_learnt_nor_judged(recipe, mislabelled):
    splits = mislabelled.splits.copy()
    splits[:50] = ""
    left = find_suspects(recipe, mislabelled.with_split(splits, splits), epochs=1, folds=2, quiet=True)
    assert left.rows.min() == 50


def test_images_of_a_class_that_their_network_has_not_seen_are_not_judged(recipe, mislabelled):
    labels = mislabelled.labels.copy()
    labels[0] = 3  # the only one of its class
    dataset = replace(mislabelled, labels=labels, classes=(*mislabelled.classes, "lonely"))
    found = find_suspects(recipe, dataset, epochs=1, folds=2, quiet=True)
    assert (found.unjudged, len(found.rows)) == (1, 239)
    assert 0 not in found.rows
    assert "1 image was not judged" in found.method


def test_data_without_two_classes_that_can_be_judged_are_refused(recipe, mislabelled):
    labels = np.zeros(300, np.int64)
    labels[0] = 1
    with pytest.raises(DataError, match="cannot be judged"):
        find_suspects(recipe, replace(mislabelled, labels=labels), quiet=True)


def test_the_progress_hears_which_fold_is_trained(recipe, mislabelled):
    heard = []

    class Listener(Progress):
        def planned(self, plan):
            heard.append((str(plan.run), plan.epochs, plan.train, plan.validation))

    found = find_suspects(recipe, mislabelled, folds=2, epochs=1, quiet=True, progress=Listener())
    assert heard == [("fold 1 of 2", 1, 120, 0), ("fold 2 of 2", 1, 120, 0)]
    # what the networks said is remembered
    again = find_suspects(recipe, mislabelled, folds=2, epochs=1, quiet=True, progress=Listener())
    assert len(heard) == 2
    np.testing.assert_array_equal(again.probabilities, found.probabilities)
    labels = np.where(np.arange(300) == 7, (mislabelled.labels + 1) % 3, mislabelled.labels)
    find_suspects(recipe, replace(mislabelled, labels=labels), folds=2, epochs=1, quiet=True, progress=Listener())
    assert len(heard) == 4


def test_an_interrupted_search_leaves_no_run_behind_and_goes_on_after_the_last_fold(
    recipe, mislabelled, tmp_path, monkeypatch
):
    planned = []

    class Stopper(Progress):
        def planned(self, plan):
            planned.append(str(plan.run))

        def epoch_done(self, row, *, best):
            if len(planned) == 2 and row["epoch"] == 1:
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(TrainingInterrupted, match="goes on after the last whole fold"):
        find_suspects(recipe, mislabelled, epochs=4, quiet=True, progress=Stopper())
    assert list(tmp_path.iterdir()) == []
    find_suspects(recipe, mislabelled, epochs=4, quiet=True, progress=Stopper())
    assert planned == ["fold 1 of 3", "fold 2 of 3", "fold 2 of 3", "fold 3 of 3"]


def test_passes_are_few_but_enough():
    assert [few_epochs(images) for images in (100, 10_000, 40_000, 10**6)] == [30, 10, 2, 2]
    with pytest.raises(RecipeError, match="epochs"):
        find_suspects(recipes.make({}), base.prepare(recipes.make({}))[1], epochs=0, quiet=True)


def test_three_percent_of_the_digits_mislabelled_are_found():
    recipe, dataset = base.prepare(recipes.read("quick-digits", model="dense", learning_rate=0.003), quiet=True)
    random = np.random.default_rng(0)
    rows = np.flatnonzero(dataset.splits != "test")
    wrong = random.permutation(rows)[: round(0.03 * len(rows))]
    labels = dataset.labels.copy()
    labels[wrong] = (labels[wrong] + random.integers(1, 10, len(wrong))) % 10
    suspects = find_suspects(recipe, replace(dataset, labels=labels), quiet=True)
    assert np.isin(wrong, suspects.rows[: round(0.04 * len(rows))]).mean() >= 0.85


@pytest.mark.real_data
@pytest.mark.long
@pytest.mark.skipif("SACCADE_DATA_HOME" not in os.environ, reason="needs SACCADE_DATA_HOME")
def test_leaves_with_a_wrong_disease_are_found():
    folder = Path(os.environ["SACCADE_DATA_HOME"]) / "potato"
    if not folder.is_dir():
        pytest.skip("no potato leaves in SACCADE_DATA_HOME")
    recipe, dataset = base.prepare(recipes.read("quick", data=str(folder), image_size=32), quiet=True)
    random = np.random.default_rng(0)
    some = random.permutation(np.flatnonzero(dataset.splits != "test"))[:900]  # of two thousand
    splits = np.full_like(dataset.splits, "")
    splits[some] = "train"
    wrong = some[:25]
    labels = dataset.labels.copy()
    labels[wrong] = (labels[wrong] + random.integers(1, 3, len(wrong))) % 3
    looked_at = replace(dataset, labels=labels).with_split(splits, splits)
    suspects = find_suspects(recipe, looked_at, epochs=15, quiet=True)
    assert np.isin(wrong, suspects.rows[:33]).mean() >= 0.85


def test_python_finds_corrects_and_trains(tmp_path):
    gallery = tmp_path / "gallery.html"
    found = saccade.find_wrong_labels("digits", model="dense", epochs=2, folds=2, html=gallery, quiet=True)
    assert len(found.rows) == 1797 * 85 // 100
    assert gallery.stat().st_size > 10_000


def test_of_very_many_classes_wrong_labels_are_counted_without_a_square_of_them(monkeypatch):
    random, classes = np.random.default_rng(0), 60
    truth = np.repeat(np.arange(classes), 20)
    wrong = random.random(len(truth)) < 0.05
    labels = np.where(wrong, random.integers(0, classes, len(truth)), truth)
    answers = random.random((len(truth), classes)).astype(np.float32)
    answers[np.arange(len(truth)), truth] += 40
    answers /= answers.sum(axis=1, keepdims=True)
    by_pairs = searching._flagged(labels, answers)
    monkeypatch.setattr(searching, "MOST_JOINT", 10)
    flagged = searching._flagged(labels, answers)
    assert flagged[labels == truth].sum() == 0
    assert abs(int(flagged.sum()) - int(by_pairs.sum())) <= 3
    many = np.full((2_000, 5_000), 1 / 5_000, np.float32)
    tracemalloc.start()
    searching._flagged(np.arange(2_000), many)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * many.nbytes  # a square of classes would be five times as much
