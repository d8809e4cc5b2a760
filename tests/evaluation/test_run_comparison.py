import json

import numpy as np
import pytest

from saccade.cli import run as command
from saccade.core import recipe as recipes
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.evaluation.run_comparison import compare


@pytest.fixture
def evaluated(tmp_path):
    """Give a function that makes an evaluated run from which images it has right."""

    def make(right, *, content_hash="same", source="photos", labels=None):
        run = Run.create(recipes.make({"name": "run"}), runs=tmp_path)
        run.write_data({"modality": "images", "content_hash": content_hash, "source": source})
        true = labels or ["cat"] * len(right)
        other = {"cat": "dog", "dog": "cat"}
        rows = [
            (f"{i}.png", label, label if good else other[label], "0.9")
            for i, (good, label) in enumerate(zip(right, true, strict=True))
        ]
        run.write_table("predictions", ("name", "true", "predicted", "probability"), rows)
        return run

    return make


def test_a_clear_difference_names_the_better_run_and_by_how_much(evaluated):
    right = np.arange(1000) < 800
    better = right | (np.arange(1000) >= 950)
    result = compare(evaluated(right), evaluated(better))
    assert (result.only_first, result.only_second) == (0, 50)
    assert result.accuracy == pytest.approx((0.8, 0.85))
    assert result.low < result.difference == 0.05 < result.high
    assert result.verdict.startswith(f"{result.second} is better by 3.")


def test_the_order_of_the_runs_does_not_change_the_verdict(evaluated):
    right = np.arange(400) < 300
    first, second = evaluated(right), evaluated(np.ones(400, bool))
    there, back = compare(first, second), compare(second, first)
    assert there.p_value == back.p_value
    assert str(second.path) in there.verdict and str(second.path) in back.verdict


def test_chance_is_not_called_a_difference(evaluated):
    image = np.arange(500)
    result = compare(evaluated(image >= 20), evaluated((image < 10) | (image >= 38)))  # 18 and 10 differ
    assert (result.only_first, result.only_second) == (18, 10)
    assert result.low < 0 < result.high
    assert result.verdict.startswith("No difference can be shown")


def test_equal_answers_are_no_difference(evaluated):
    result = compare(evaluated(np.ones(10, bool)), evaluated(np.ones(10, bool)))
    assert (result.difference, result.p_value) == (0, 1)
    assert result.verdict == "No difference can be shown: both have the same of 10 images right."


@pytest.mark.slow
def test_intervals_cover_the_true_difference_about_95_times_in_100(evaluated):
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        right = random.random(300) < 0.8
        other = np.where(random.random(300) < 0.1, ~right, right)  # true difference: .1 × (.2 − .8) = −.06
        result = compare(evaluated(right), evaluated(other))
        covered += result.low <= -0.06 <= result.high
    assert covered >= 53


def test_other_test_images_are_refused(evaluated):
    with pytest.raises(RunError, match="other test images"):
        compare(evaluated(np.ones(10, bool)), evaluated(np.ones(12, bool)))
    with pytest.raises(RunError, match="other test images"):
        compare(evaluated(np.ones(10, bool)), evaluated(np.ones(10, bool), content_hash="other"))


def test_after_labels_were_added_to_one_file_what_kept_its_label_is_compared(evaluated):
    before = evaluated(np.arange(10) < 5, content_hash="a", source="photos/labels.jsonl@60")
    labels = ["cat"] * 9 + ["dog"] * 3  # the tenth was put right, two more are new
    after = evaluated(np.arange(12) < 8, content_hash="b", source="photos/labels.jsonl@63", labels=labels)
    result = compare(before, after)
    assert (result.images, result.left_out, result.only_second) == (9, 3, 3)
    assert result.lines[-1].startswith("left out: 3 test images")
    assert result.to_dict()["left_out"] == 3


@pytest.mark.parametrize("source", ["photos", "others/labels.jsonl@63"])
def test_labels_of_other_files_are_refused_as_ever(evaluated, source):
    before = evaluated(np.ones(10, bool), content_hash="a", source="photos/labels.jsonl@60")
    with pytest.raises(RunError, match="other test images"):
        compare(before, evaluated(np.ones(12, bool), content_hash="b", source=source))


def test_a_run_that_is_not_evaluated_says_what_to_do(evaluated, tmp_path):
    run = Run.create(recipes.make({}), runs=tmp_path)
    run.write_data({"modality": "images"})
    with pytest.raises(RunError, match="saccade evaluate"):
        compare(evaluated(np.ones(10, bool)), run)


def test_the_command_prints_the_verdict_and_json(evaluated, capfd):
    paths = [str(evaluated(np.arange(100) < count).path) for count in (50, 90)]
    assert command(["compare", *paths]) == 0
    assert f"{paths[1]} is better by" in capfd.readouterr().out
    assert command(["compare", *paths, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["only_second"] == 40


@pytest.fixture
def scored(tmp_path):
    """Give a function that makes an evaluated run of a table from labels and scores."""

    def make(labels, scores, *, prevalence=0.1):
        run = Run.create(
            recipes.make({"name": "odd", "task": "anomaly_detection", "model": {"name": "dense"}}), runs=tmp_path
        )
        run.write_data({"modality": "tables", "content_hash": "same", "schema": {}})
        rows = [(n, label, repr(float(score)), "") for n, (label, score) in enumerate(zip(labels, scores, strict=True))]
        run.write_table("predictions", ("row", "label", "score", "reasons"), rows)
        run.write_evaluation({"prevalence": prevalence})
        return run

    return make


def some_rows(random, *, count=600, strange=60):
    """Return labels and scores in which anomalies lie one deviation higher."""
    anomalous = np.arange(count) < strange
    return np.where(anomalous, "anomaly", "normal").tolist(), random.normal(size=count) + anomalous


def test_runs_on_tables_are_compared_on_the_same_rows(scored):
    labels, weak = some_rows(np.random.default_rng(0))
    strong = weak + 2 * (np.array(labels) == "anomaly")
    result = compare(scored(labels, weak), scored(labels, strong))
    assert result.roc_auc_difference.value == pytest.approx(result.roc_auc[1].value - result.roc_auc[0].value)
    assert result.roc_auc_difference.low > 0
    assert result.verdict.count(f"{result.second} is better by") == 2
    assert (result.rows, result.prevalence) == (600, 0.1)
    assert json.loads(json.dumps(result.to_dict()))["verdict"] == result.verdict


def test_chance_between_tables_is_not_called_a_difference(scored):
    random = np.random.default_rng(1)
    labels, scores = some_rows(random)
    result = compare(scored(labels, scores), scored(labels, scores + random.normal(0, 0.05, len(scores))))
    assert result.verdict.count("no difference can be shown") == 2


def test_a_table_that_is_scored_alike_shows_no_difference(scored):
    labels, scores = some_rows(np.random.default_rng(2))
    result = compare(scored(labels, scores), scored(labels, 2 * scores, prevalence=0.01))
    assert result.roc_auc_difference.value == 0
    assert "no difference can be shown." in result.verdict


def test_a_run_on_a_table_and_one_on_images_are_not_compared(scored, evaluated):
    with pytest.raises(RunError, match="runs of one task"):
        compare(scored(["normal", "anomaly"], [0, 1]), evaluated(np.ones(2, bool)))


def test_tables_without_labels_or_with_other_rows_are_not_compared(scored):
    with pytest.raises(RunError, match="labels of both kinds"):
        compare(scored(["normal", ""], [0, 1]), scored(["normal", ""], [0, 1]))
    with pytest.raises(RunError, match="other test rows"):
        compare(scored(["normal", "anomaly"], [0, 1]), scored(["anomaly", "normal"], [0, 1]))


def test_the_command_tells_of_both_measures(scored, capsys):
    labels, scores = some_rows(np.random.default_rng(3))
    first, second = scored(labels, scores), scored(labels, scores**3)
    assert command(["compare", str(first.path), str(second.path)]) == 0
    told = capsys.readouterr().out
    assert told.count("ROC AUC 0.") == 2
    assert "at 10.00% anomalies" in told
