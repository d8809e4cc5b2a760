import json
import shutil

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from saccade.core.errors import RunError, UnknownNameError
from saccade.core.run import Run
from saccade.evaluation.run_comparison import compare
from saccade.inference import load_model
from saccade.tasks import base
from saccade.tasks.regression import metrics
from saccade.tasks.regression.evaluating import evaluate
from saccade.tasks.regression.evaluation import RegressionEvaluation


def test_metrics_are_those_of_scikit_learn_within_their_intervals():
    rng = np.random.default_rng(0)
    targets = rng.normal(size=200)
    answers = targets + rng.normal(0, 0.3, 200)
    found = metrics.compute(targets, answers)
    expected = {"mae": mean_absolute_error, "rmse": root_mean_squared_error, "r2": r2_score}
    for name, score in found.items():
        assert score.value == pytest.approx(expected[name](targets, answers))
        assert score.low < score.value < score.high


def test_r2_of_equal_targets_is_not_defined():
    assert metrics.r2(np.ones(5), np.arange(5.0)).value is None


@pytest.mark.heavy
def test_a_fresh_network_answers_near_the_mean_in_the_unit_of_the_target(table, recipe_for):
    recipe, dataset = base.prepare(recipe_for(table), quiet=True)
    network = base.for_recipe(recipe).network(recipe, dataset)
    answers = np.asarray(network(dataset.images[:50]))
    assert answers.shape == (50, 1)
    assert abs(answers.mean() - dataset.of("train").mean()) < dataset.of("train").std()


def test_the_best_epoch_is_that_of_the_smallest_validation_error(run):
    history = run.history
    assert run.manifest["monitor"] == "val_mae"
    assert run.manifest["best"]["val_mae"] == min(row["val_mae"] for row in history)


def test_the_evaluation_is_that_of_the_saved_network(run):
    dataset = base.reload(run, quiet=True)
    answers = np.asarray(load_model(run)(dataset.images[dataset.rows("test")]))[:, 0]
    evaluation = base.for_run(run).read_evaluation(run)
    assert evaluation.mae.value == pytest.approx(np.abs(answers - dataset.of("test")).mean(), rel=1e-5)
    assert [each.promised for each in evaluation.coverages] == [0.5, 0.8, 0.9, 0.95]
    assert {each.name for each in evaluation.baselines} == {"mean", "ridge_regression", "nearest_neighbours"}


def test_an_evaluation_comes_back_as_it_was_written(run):
    evaluation = base.for_run(run).read_evaluation(run)
    again = RegressionEvaluation.from_dict(json.loads(json.dumps(evaluation.to_dict())))
    assert again == evaluation
    assert evaluation.headline[0] == "mae"
    assert "mean absolute error" in evaluation.to_text()
    assert evaluation.to_csv().startswith("metric,value,low,high\nmae,")


def test_the_test_split_is_logged_and_its_answers_are_kept(run):
    assert len(run.evaluation["accesses"]) == 1
    dataset = base.reload(run, quiet=True)
    assert {row["name"] for row in run.predictions} == set(dataset.names[dataset.rows("test")])
    assert (run.path / "residuals.png").stat().st_size > 10_000


def test_worst_images_come_first(run):
    worst = base.for_run(run).read_evaluation(run).worst
    errors = [abs(true - predicted) for _, true, predicted in worst]
    assert errors == sorted(errors, reverse=True)


def test_a_split_that_does_not_exist_is_refused(run):
    with pytest.raises(UnknownNameError, match="split"):
        evaluate(run, split="tset")


def test_a_network_that_says_the_mean_is_told_so(run, tmp_path):
    blind = Run(shutil.copytree(run.path, tmp_path / "blind"))
    model = load_model(blind)
    head = model.get_layer("standard_deviations")
    head.set_weights([np.zeros_like(weight) for weight in head.get_weights()])
    evaluation = evaluate(blind, split="validation", model=model)
    assert evaluation.findings[0].kind == "no_better_than_the_mean"
    assert evaluation.findings[0].severity == "severe"


def test_broken_promises_are_found(run):
    model = load_model(run)
    head = model.get_layer("standard_deviations")
    kernel, bias = head.get_weights()
    head.set_weights([kernel, bias + 5])
    kinds = {finding.kind for finding in evaluate(run, split="train", model=model).findings}
    assert "broken_promise" in kinds


def test_other_images_are_scored_beside_the_run(run, write_table, tmp_path, bars):
    _, lengths = bars(40, seed=5)
    other = write_table(tmp_path, lengths, header="path,size", seed=5)
    evaluation = evaluate(run, data=str(other), label="size")
    assert (evaluation.split, evaluation.images) == ("other", 40)
    assert evaluation.other_data.seen is not None
    assert len(run.evaluation["accesses"]) == 1
    assert "These are not the data" in evaluation.to_text()


def test_runs_are_compared_image_by_image(run, table, train_on, tmp_path):
    other = train_on(table, tmp_path / "other", seed=1, epochs=1, learning_rate=1e-6)
    with pytest.raises(RunError, match="has not been evaluated"):
        compare(run, other)
    base.for_run(other).evaluate(other)
    found = compare(run, other)
    assert found.low <= found.difference <= found.high
    assert found.difference == pytest.approx(found.mae[0] - found.mae[1])
    assert found.verdict.startswith((str(run.path), "No difference"))


def test_the_run_says_what_its_answers_mean(run):
    (sentence,) = base.for_run(run).sentences(run)
    assert sentence.startswith("90% of the true values of 'length' lie within ±")
