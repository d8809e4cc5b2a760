import csv
import getpass
import json
import re
import shutil
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest
from matplotlib.image import imread
from PIL import Image
from rich.console import Console

from saccade import models
from saccade.core import recipe, registry
from saccade.core.backend import seed_everything
from saccade.core.errors import RunError, UnknownNameError
from saccade.core.metric_value import Matrix, MetricValue, PerClass, SparseMatrix
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.tasks import base
from saccade.tasks.classification import baseline_scores, evaluating
from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.comparisons import Baseline
from saccade.tasks.classification.evaluation import Evaluation, most_confused
from saccade.tasks.classification.model_selection_bias import selection

pytestmark = pytest.mark.heavy

CLASSES = ("bright", "dark", "grey")
LEVELS = {"bright": 230, "dark": 20, "grey": 125}
IN_TRAINING = {"bright": 6, "dark": 9, "grey": 6}
IN_TEST = 5


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Three classes that differ in brightness, train and test, 8×8, as JPEG files."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for name, level in LEVELS.items():
        for split, count in (("train", IN_TRAINING[name]), ("test", IN_TEST)):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = np.clip(level + rng.normal(0, 10, (8, 8)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{number}.jpg")
    return folder


def make_run(photos, folder):
    """Return a run as training leaves it, whose network knows the brightness and errs on one image."""
    seed_everything(0)
    options = {"data": str(photos), "model": {"name": "dense", "hidden": []}, "validation": 0}
    settled, dataset = base.prepare(recipe.make(options), quiet=True)
    network = models.build("dense", dataset.image_shape, 3, {"hidden": []})
    network.get_layer("predictions").set_weights(brightness_weights(64))
    run = Run.create(settled, folder=folder)
    run.write_data(dataset.record())
    rows = zip(dataset.names, dataset.labels, dataset.splits, dataset.reasons, strict=True)
    run.write_split((name, CLASSES[label], split, reason) for name, label, split, reason in rows)
    run.save_model(network.save)
    return run


def brightness_weights(pixels):
    """Return a kernel and bias that make 'bright' of a mean over .7, 'dark' of one under .3, else 'grey'."""
    kernel = np.stack([np.full(pixels, 40 / pixels), np.full(pixels, -40 / pixels), np.zeros(pixels)], axis=1)
    return [kernel.astype(np.float32), np.array([-28, 12, 0], np.float32)]


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    return make_run(photos, tmp_path_factory.mktemp("runs") / "photos-1")


@pytest.fixture(scope="module")
def evaluation(run):
    return evaluating.evaluate(run)


def read_table(run, name):
    with (run.path / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_test_part_is_scored_with_an_interval(evaluation):
    assert (evaluation.split, evaluation.images, evaluation.classes) == ("test", 15, CLASSES)
    assert evaluation.accuracy.value == 1
    assert evaluation.accuracy.low == pytest.approx(0.796, abs=0.001)
    assert 0 < evaluation.loss.value < 0.2


def test_a_small_test_says_what_it_can_show(evaluation):
    shown = " ".join(evaluation.to_text().split())
    assert "15 images are few: 14 right of 15 means an accuracy between 70% and 99%" in shown


def answering(confusion):
    """Return an evaluation of two classes with these counts by true and predicted class."""
    labels = np.repeat([0, 1], [sum(row) for row in confusion])
    predicted = np.concatenate([np.repeat([0, 1], row) for row in confusion])
    return Evaluation("test", len(labels), ("cat", "dog"), evaluating._metrics(labels, np.eye(2)[predicted]), (), "")


def test_a_network_that_answers_one_class_only_is_named_so():
    only = answering([[80, 0], [20, 0]])
    assert only.only_class == "cat"
    assert only.verdict.startswith("It answers 'cat' for every image: it tells no classes apart.")
    assert "With every class counted alike, it is 50.0%" in only.verdict
    assert "It answers 'cat' for every image" in only.to_text()
    assert answering([[79, 1], [20, 0]]).only_class == ""
    assert answering([[80, 0], [0, 0]]).only_class == ""  # there is only one


def test_balanced_accuracy_is_named_where_it_says_something_else():
    assert "counted alike" not in answering([[90, 10], [10, 90]]).verdict
    assert "With every class counted alike, it is 75.0% (" in answering([[180, 0], [10, 10]]).verdict


def test_the_majority_class_is_that_of_training(evaluation):
    majority = evaluation.baselines[0]
    assert (majority.name, majority.says) == ("majority_class", "dark")
    assert majority.accuracy.value == pytest.approx(1 / 3)
    assert majority.difference.value == pytest.approx(2 / 3)


def test_simple_classifiers_stand_beside_the_network(evaluation):
    found = {each.name: each for each in evaluation.baselines}
    assert set(found) == set(registry.names("baselines"))
    # brightness alone tells the classes apart
    assert found["nearest_class_mean"].accuracy.value == found["nearest_neighbours"].accuracy.value == 1
    assert {each.trained_on for each in found.values()} == {sum(IN_TRAINING.values())}
    assert "does not beat" in evaluation.verdict or "exactly as good" in evaluation.verdict


def test_evaluation_json_holds_every_metric(run, evaluation):
    written = run.evaluation
    assert set(written["metrics"]) >= {
        "accuracy",
        "loss",
        "macro_f1",
        "precision",
        "recall",
        "f1",
        "confusion",
    }
    assert written["metrics"]["recall"]["dark"]["value"] == 1
    assert written["metrics"]["confusion"] == [[5, 0, 0], [0, 5, 0], [0, 0, 5]]
    assert written["baselines"]["majority_class"]["class"] == "dark"


def test_tables_stand_beside_it(run, evaluation):
    predictions = read_table(run, "predictions")
    assert len(predictions) == 15
    assert set(predictions[0]) == {"name", "true", "predicted", "probability"}
    assert all(row["true"] == row["predicted"] and 0.5 < float(row["probability"]) <= 1 for row in predictions)
    assert [row["class"] for row in read_table(run, "per_class")] == list(CLASSES)
    assert [row["dark"] for row in read_table(run, "confusion")] == ["0", "5", "0"]


def test_the_confusion_image_is_a_image(run, evaluation):
    assert imread(run.path / "confusion.png").ndim == 3


def test_every_opening_of_the_test_part_is_recorded(photos, tmp_path):
    run = make_run(photos, tmp_path / "run")
    for split in ("test", "train", "test"):
        evaluating.evaluate(run, split=split)
        assert run.evaluation["split"] == "test"
    assert [opening["accuracy"] for opening in run.evaluation["accesses"]] == [1.0, 1.0]
    last = evaluating.evaluate(run, split="test")
    assert last.accesses == 3
    assert "opened 3 times" in last.to_text()


def test_evaluating_writes_nothing_into_the_manifest(photos, tmp_path):
    run = make_run(photos, tmp_path / "run")
    before = run.manifest
    evaluating.evaluate(run)
    assert run.manifest == before


def test_changed_data_are_refused(tmp_path, photos):
    run = make_run(photos, tmp_path / "run")
    run.write_data({**run.data, "content_hash": "of other images"})
    with pytest.raises(RunError, match="have changed since"):
        evaluating.evaluate(run)


def test_an_empty_part_is_refused(run):
    with pytest.raises(RunError, match="There are no validation images in this run"):
        evaluating.evaluate(run, split="validation")


def test_an_unknown_part_suggests_the_nearest(run):
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        evaluating.evaluate(run, split="tset")


def test_a_network_that_diverged_is_not_scored(run):
    network = models.build("dense", (8, 8, 1), 3, {"hidden": []})
    network.get_layer("predictions").set_weights([np.full((64, 3), np.nan), np.zeros(3)])
    with pytest.raises(RunError, match="diverged"):
        evaluating.evaluate(run, model=network)


# Several models on one test split


def with_seed(photos, folder, seed, weights=None):
    run = make_run(photos, folder)
    run.write_recipe(run.recipe.changed(seed=seed))
    model = load_model(run)
    if weights is not None:
        model.get_layer("predictions").set_weights(weights)
        run.save_model(model.save)
    return run


def test_a_third_model_on_the_same_test_images_is_told_how_choosing_flatters(photos, tmp_path):
    rng = np.random.default_rng(0)
    runs = [
        with_seed(photos, tmp_path / f"guess-{seed}", 0, [rng.normal(0, 1 / 64, (64, 3)), np.zeros(3)])
        for seed in range(3)
    ]
    first, second, third = (evaluating.evaluate(run) for run in runs)
    assert first.selection is second.selection is None
    assert third.selection.models == 3
    assert third.selection.expected <= third.selection.accuracy
    assert third.selection.best in {str(run.path) for run in runs}
    assert "opened for 3 models" in third.to_text(width=200)
    assert runs[2].evaluation["selection"]["models"] == 3


def test_choosing_among_models_that_guess_flatters(tmp_path):
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        found.append(chosen(tmp_path / str(seed), [rng.random(200) < 0.5 for _ in range(10)]))
    assert np.mean([each.accuracy for each in found]) > 0.54
    assert np.mean([each.expected for each in found]) == pytest.approx(0.5, abs=0.015)


def test_choosing_among_equal_models_does_not_flatter(tmp_path):
    found = chosen(tmp_path, [np.arange(200) < 180] * 5)
    assert found.expected == found.accuracy == 0.9


def test_a_poor_model_more_does_not_make_the_best_less_lucky(tmp_path):
    rng = np.random.default_rng(3)
    close = [rng.random(500) < 0.9 for _ in range(3)]
    alone = chosen(tmp_path / "alone", close)
    beside = chosen(tmp_path / "beside", [*close, rng.random(500) < 0.3])
    assert beside.expected <= alone.expected < alone.accuracy


def test_a_lead_that_is_no_luck_is_left(tmp_path):
    rng = np.random.default_rng(0)
    found = chosen(tmp_path, [rng.random(1000) < 0.5 + number / 10 for number in range(5)])
    assert found.expected == pytest.approx(found.accuracy, abs=0.004)


def chosen(folder, answers):
    runs = [fake_run(folder / f"run-{number}", each) for number, each in enumerate(answers)]
    return selection(runs[0], answers[0], runs[1:])


def fake_run(folder, answers):
    run = Run.create(recipe.make({}), folder=folder)
    run.write_evaluation({})
    rows = [(str(row), "a", "a" if good else "b", "1") for row, good in enumerate(answers)]
    run.write_table("predictions", ("name", "true", "predicted", "probability"), rows)
    return run


def test_runs_that_differ_in_their_seed_only_give_a_spread(photos, tmp_path):
    for seed in range(2):
        evaluation = evaluating.evaluate(with_seed(photos, tmp_path / f"photos-{seed}", seed))
    assert (evaluation.spread.runs, evaluation.spread.mean, evaluation.spread.std) == (2, 1, 0)


def test_each_opening_says_who_when_and_what(run, evaluation):
    opening = run.evaluation["accesses"][0]
    assert opening["who"] == getpass.getuser()
    assert opening["when"] <= datetime.now(UTC).isoformat()
    assert {"accuracy", "loss"} <= set(opening["metrics"])
    assert opening["accuracy"] == 1


# Duplicates


def test_the_score_without_duplicates_leaves_leaked_images_out(photos, tmp_path):
    folder = shutil.copytree(photos, tmp_path / "photos")
    for name in CLASSES:  # two test images of each class are in training too
        for number in range(2):
            shutil.copy(folder / "train" / name / f"{number}.jpg", folder / "test" / name / f"{number}.jpg")
    found = evaluating.evaluate(make_run(folder, tmp_path / "run"), without_duplicates=True).without_duplicates
    assert found.leaked == 6
    assert found.accuracy.low == pytest.approx(9 / (9 + 1.96**2), abs=0.01)  # Wilson's, of nine that are all right


def test_nothing_is_left_to_score_when_every_test_image_leaked(photos, tmp_path):
    folder = shutil.copytree(photos, tmp_path / "photos")
    shutil.rmtree(folder / "test")
    shutil.copytree(folder / "train", folder / "test")
    with pytest.raises(RunError, match="Every test image has a duplicate"):
        evaluating.evaluate(make_run(folder, tmp_path / "run"), without_duplicates=True)


# Calibration


@pytest.fixture
def calibrated_run(photos, tmp_path):
    run = make_run(photos, tmp_path / "run")
    levels = (Level(1, 0, 100, 2, 0.08), Level(0.5, 0.999, 50, 0, 0.009))
    run.save(Calibration(3.0, 100, (0.3, 0.2), (0.09, 0.02), levels))
    return run


def test_an_evaluation_is_of_the_corrected_probabilities(photos, tmp_path, calibrated_run):
    plain = evaluating.evaluate(make_run(photos, tmp_path / "plain"))
    found = evaluating.evaluate(calibrated_run)
    assert found.accuracy == plain.accuracy
    assert found.loss.value > plain.loss.value  # three times as warm: less sure of answers that are all right
    assert found.uncorrected["loss"].value == pytest.approx(plain.loss.value, rel=1e-4)
    assert "temperature 3" in found.to_text()
    assert calibrated_run.evaluation["calibration"]["temperature"] == 3.0


def test_an_evaluation_says_what_abstaining_costs(calibrated_run):
    found = evaluating.evaluate(calibrated_run).abstentions
    assert [each.promised for each in found] == [0.01, 0.02, 0.05, 0.1]
    assert found[-1].coverage == 1
    assert found[0].coverage < 1
    assert found[0].threshold == 0.999


# How an evaluation shows itself


def made_up(counts, accesses=1, **more):
    accuracy, recall = MetricValue(0.5, 0.4, 0.6), PerClass((MetricValue(0.75, 0.5, 0.9), MetricValue(None)))
    support = PerClass((MetricValue(1200), MetricValue(0)))
    metrics = {"accuracy": accuracy, "recall": recall, "support": support, "confusion": Matrix(counts)}
    when = "2026-01-01T00:00:00+00:00"
    return Evaluation("test", 10, ("cat", "dog"), metrics, (always("cat"),), when, accesses, **more)


def always(label):
    return Baseline("majority_class", MetricValue(0.3, 0.2, 0.4), MetricValue(0.2, 0.1, 0.3), trained_on=20, says=label)


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (MetricValue(0.02, 0.01, 0.03), "That is 1.0 to 3.0 points better than"),
        (MetricValue(-0.02, -0.03, -0.01), "That is 1.0 to 3.0 points worse than"),
        (MetricValue(0.0, -0.01, 0.01), "the difference is between -1.0 and +1.0 points"),
        (MetricValue(0.0, 0.0, 0.0), "It is exactly as good as the best baseline (nearest neighbours, 97.2%)"),
        (MetricValue(0.0), "It is exactly as good as"),
    ],
)
def test_a_sentence_says_whether_the_best_baseline_is_beaten(difference, sentence):
    assert sentence in Baseline("nearest_neighbours", MetricValue(0.972), difference, trained_on=20).sentence


def test_the_text_names_scores_baseline_classes_and_mistakes():
    text = made_up(((6, 2), (1, 1))).to_text()
    for expected in (
        "test: 10 images, 2 classes",
        "0.5000",
        "0.4000 to 0.6000",
        "always 'cat'",
        "0.750 (0.500–0.900)",
        "1,200",
        "cat taken for dog",
        "25.0%",
    ):
        assert expected in text
    assert "opened" not in text


def test_the_most_frequent_mistakes_come_first():
    found = made_up(((6, 2), (3, 1))).confusions
    assert [(mistake.true, mistake.predicted, mistake.count) for mistake in found] == [
        ("dog", "cat", 3),
        ("cat", "dog", 2),
    ]


def test_without_mistakes_there_is_no_list_of_them():
    assert "mistakes" not in made_up(((6, 0), (0, 1))).to_text()


def test_a_score_that_is_not_defined_is_a_dash_and_null():
    evaluation = made_up(((6, 2), (1, 1)))
    assert "–" in evaluation.to_text()
    assert evaluation.to_dict()["metrics"]["recall"]["dog"] == {"value": None}
    json.dumps(evaluation.to_dict(), allow_nan=False)


def test_csv_has_a_column_a_metric_and_two_for_its_interval():
    lines = made_up(((6, 2), (1, 1))).to_csv().splitlines()
    assert lines == ["class,recall,recall_low,recall_high,support", "cat,0.75,0.5,0.9,1200", "dog,,,,0"]


def test_a_class_name_in_brackets_is_shown_as_it_is():
    evaluation = Evaluation(
        "test",
        1,
        ("[red]", "[/b]"),
        {
            "accuracy": MetricValue(0.5),
            "support": PerClass((MetricValue(1), MetricValue(2))),
            "confusion": Matrix(((0, 1), (2, 0))),
        },
        (always("[red]"),),
        when="",
    )
    text = evaluation.to_text()
    assert "[red] taken for [/b]" in text
    assert "always '[red]'" in text


def test_a_console_shows_the_same_as_the_text():
    evaluation = made_up(((6, 2), (1, 1)))
    console = Console(width=100)
    with console.capture() as capture:
        console.print(evaluation)
    assert [line.rstrip() for line in capture.get().splitlines()] == evaluation.to_text().splitlines()


def many_classes(classes=300):
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), 2)
    answers = random.random((len(labels), classes)).astype(np.float32)
    answers[np.arange(len(labels)), labels] += random.random(len(labels)) < 0.7
    metrics = evaluating._metrics(labels, answers / answers.sum(axis=1, keepdims=True))
    names = tuple(f"class {number}" for number in range(classes))
    return Evaluation("test", len(labels), names, metrics, (), when=""), labels, answers.argmax(axis=1)


def test_of_very_many_classes_only_cells_with_images_are_kept():
    evaluation, labels, answered = many_classes()
    kept = evaluation.metrics["confusion"]
    assert isinstance(kept, SparseMatrix)
    assert len(kept.cells) <= len(labels)
    expected = np.zeros((300, 300), int)
    np.add.at(expected, (labels, answered), 1)
    assert np.array_equal(evaluation.confusion, expected)
    assert sum(mistake.count for mistake in evaluation.confusions) == (labels != answered).sum()
    assert Evaluation.from_dict(json.loads(json.dumps(evaluation.to_dict()))).metrics["confusion"] == kept


def test_the_table_of_very_many_classes_has_a_cell_a_row_and_the_image_the_worst_of_them():
    evaluation, labels, answered = many_classes()
    header, rows = evaluation.confusion_table()
    rows = list(rows)
    assert header == ["true", "predicted", "images"]
    assert sum(row[2] for row in rows) == len(labels)
    worst = most_confused(evaluation, 10)
    mistaken = labels != answered
    mistakes = np.bincount(labels[mistaken], minlength=300) + np.bincount(answered[mistaken], minlength=300)
    assert sorted(mistakes[worst]) == sorted(np.sort(mistakes)[-10:])
    part = evaluation.confusion_of(worst)
    assert np.array_equal(part, np.array(evaluation.confusion)[np.ix_(worst, worst)])


def test_the_text_of_very_many_classes_shows_those_that_are_recognised_least():
    evaluation, labels, answered = many_classes()
    text = evaluation.to_text()
    assert len(text.splitlines()) < 60
    assert "Of 300 classes, these 20 are recognised least; all are in per_class.csv." in text
    recalled = np.bincount(labels[labels == answered], minlength=300) / 2
    listed = text.partition("all are in per_class.csv")[2].partition("most frequent mistakes")[0]
    shown = [int(number) for number in re.findall(r"class (\d+) ", listed)]
    assert len(shown) == 20
    assert recalled[shown].max() == np.sort(recalled)[19]


def test_baselines_that_cannot_tell_so_many_classes_are_left_out():
    assert "logistic_regression" in baseline_scores._suited(1000)
    assert baseline_scores._suited(10_000) == ["majority_class", "nearest_class_mean", "nearest_neighbours"]


@pytest.mark.slow
@pytest.mark.long
def test_very_many_classes_are_scored_and_written_in_little_memory(tmp_path):
    random, classes, images = np.random.default_rng(0), 5_000, 2_000
    labels = random.integers(0, classes, images)
    answers = random.random((images, classes), np.float32)
    answers[np.arange(images), labels] *= 1.2
    tracemalloc.start()
    evaluation = Evaluation(
        "test",
        images,
        tuple(f"class{number:05}" for number in range(classes)),
        evaluating._metrics(labels, answers),
        (),
        "",
    )
    run = Run(tmp_path)
    evaluating._write(run, evaluation, evaluation.to_dict(), [("a.png", "class00000", "class00001", "0.5")])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150_000_000  # a square of the classes has 200 MB, and a gigabyte as JSON
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 5_000_000
