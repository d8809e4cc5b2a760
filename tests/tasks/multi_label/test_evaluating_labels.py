import json
import shutil

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

import saccade
from saccade.core.errors import RunError, UnknownNameError
from saccade.core.run import Run
from saccade.evaluation.run_comparison import compare
from saccade.inference import load_model
from saccade.tasks import base
from saccade.tasks.multi_label import metrics
from saccade.tasks.multi_label.evaluating import evaluate
from saccade.tasks.multi_label.evaluation import MultiLabelEvaluation


def answers_on(truth, *, seed=0):
    rng = np.random.default_rng(seed)
    return np.round(np.clip(0.4 * truth + 0.6 * rng.random(truth.shape), 0, 1), 1).astype(np.float32)  # with ties


def test_scores_are_those_of_scikit_learn_within_their_intervals(corners):
    truth = corners(150)[1]
    answers = answers_on(truth)
    given = (answers >= 0.5).astype(np.uint8)
    score, each = metrics.mean_average_precision(truth, answers)
    assert score.value == pytest.approx(average_precision_score(truth, answers, average="macro"))
    assert [one.value for one in each.scores] == pytest.approx(average_precision_score(truth, answers, average=None))
    found = metrics.of_labels(truth, given)
    assert found["micro_f1"].value == pytest.approx(f1_score(truth, given, average="micro"))
    assert found["macro_f1"].value == pytest.approx(f1_score(truth, given, average="macro"))
    assert [one.value for one in found["precision"].scores] == pytest.approx(
        precision_score(truth, given, average=None)
    )
    assert [one.value for one in found["recall"].scores] == pytest.approx(recall_score(truth, given, average=None))
    for one in (score, found["micro_f1"], found["macro_f1"], found["exact_match"]):
        assert one.low < one.value < one.high


def test_a_label_that_no_image_has_is_left_out_of_the_mean(corners):
    truth = corners(60)[1]
    answers = answers_on(truth)
    wider = np.pad(truth, ((0, 0), (0, 1)))
    both = (
        metrics.mean_average_precision(wider, np.pad(answers, ((0, 0), (0, 1)))),
        metrics.mean_average_precision(truth, answers),
    )
    assert both[0][0].value == both[1][0].value
    assert both[0][1].scores[3].value is None


@pytest.mark.heavy
def test_training_starts_at_the_share_of_each_label(table, recipe_for):
    recipe, dataset = base.prepare(recipe_for(table), quiet=True)
    task = base.for_recipe(recipe)
    network = task.network(recipe, dataset)
    task.initialize(network, recipe, dataset)
    answers = np.asarray(network(dataset.images[:50]))
    assert np.allclose(answers.mean(axis=0), dataset.of("train").mean(axis=0), atol=0.05)


def test_the_evaluation_is_that_of_the_saved_network(run):
    dataset = base.reload(run, quiet=True)
    answers = np.asarray(load_model(run)(dataset.images[dataset.rows("test")]))
    evaluation = base.for_run(run).read_evaluation(run)
    expected = average_precision_score(dataset.of("test"), answers, average="macro")
    assert evaluation.mean_average_precision.value == pytest.approx(expected, rel=1e-5)
    assert {each.name for each in evaluation.baselines} == {"prior", "logistic_regression", "nearest_neighbours"}
    assert evaluation.mean_average_precision.value > evaluation.baselines[0].score.value


def test_an_evaluation_comes_back_as_it_was_written(run):
    evaluation = base.for_run(run).read_evaluation(run)
    assert MultiLabelEvaluation.from_dict(json.loads(json.dumps(evaluation.to_dict()))) == evaluation
    assert "mean average precision" in evaluation.to_text(width=140)
    assert evaluation.to_csv().startswith("label,threshold,average_precision,average_precision_low")


def test_the_test_split_is_logged_and_its_answers_are_kept(run):
    assert len(run.evaluation["accesses"]) == 1
    dataset = base.reload(run, quiet=True)
    rows = {row["name"]: row for row in run.predictions}
    assert set(rows) == set(dataset.names[dataset.rows("test")])
    name = str(dataset.names[dataset.rows("test")[0]])
    true = np.array(dataset.tags)[dataset.of("test")[0] == 1].tolist()
    assert list(filter(None, rows[name]["true"].split("|"))) == true


def test_a_split_that_does_not_exist_is_refused(run):
    with pytest.raises(UnknownNameError, match="split"):
        evaluate(run, split="tset")


def test_a_network_that_says_the_shares_is_told_so(run, tmp_path):
    blind = Run(shutil.copytree(run.path, tmp_path / "blind"))
    model = load_model(blind)
    head = model.get_layer("logits")
    head.set_weights([np.zeros_like(weight) for weight in head.get_weights()])
    assert evaluate(blind, split="validation", model=model).findings[0].kind == "no_better_than_the_shares"


def test_other_images_are_scored_in_the_labels_of_the_run(run, write_table, corners, tmp_path):
    images, truth = corners(40, seed=5)
    tags = np.array(["frog", "cat", "newt"])  # in another order, and one that is not known
    cells = ["|".join(tags[row == 1]) or "none" for row in truth[:, [2, 0, 1]]]
    evaluation = evaluate(run, data=str(write_table(tmp_path, images, cells)))
    assert (evaluation.split, evaluation.images) == ("other", 40)
    assert evaluation.per_label["support"][0].value == truth[:, 0].sum()
    assert "1 label that the network does not know: 'newt'" in " ".join(evaluation.other_data.notes)
    assert len(run.evaluation["accesses"]) == 1


def test_runs_are_compared_on_the_same_images(run, table, train_on, tmp_path):
    other = train_on(table, tmp_path / "other", seed=1, epochs=1, learning_rate=1e-6)
    with pytest.raises(RunError, match="has not been evaluated"):
        compare(run, other)
    base.for_run(other).evaluate(other)
    found = compare(run, other)
    assert found.low <= found.difference <= found.high
    assert found.difference == pytest.approx(
        found.mean_average_precision[1] - found.mean_average_precision[0], abs=1e-6
    )
    assert str(run.path) in found.verdict


def test_labels_above_their_thresholds_are_given(run):
    opened = saccade.load(run.path)
    dataset = base.reload(run, quiet=True)
    thresholds = dict(zip(opened.classes, opened.thresholds.values, strict=True))
    for answer in opened.predict(dataset.images[:20]):
        expected = {tag for tag, probability in answer.probabilities.items() if probability >= thresholds[tag]}
        assert set(answer.labels) == expected
        assert list(answer.labels) == sorted(answer.labels, key=lambda tag: -answer.probabilities[tag])


@pytest.mark.parametrize(
    ("form", "starts"), [("json", '{"file": '), ("csv", "file,labels,p_cat,p_dog,p_frog\n"), ("table", "")]
)
def test_the_command_line_prints_labels(form, starts, run, table, capsys):
    task = base.for_run(run)
    task.print_predictions(task.predictor(run), run.path, [str(table.parent / "000.png")], form=form)
    said = capsys.readouterr().out
    assert said.startswith(starts)
    assert "000.png" in said
    if form == "json":
        assert set(json.loads(said)["probabilities"]) == {"cat", "dog", "frog"}


def test_the_run_says_how_its_thresholds_were_chosen(run):
    assert "chosen on 57 validation images" in base.for_run(run).sentences(run)[0]
