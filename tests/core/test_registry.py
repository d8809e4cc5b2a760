"""Contracts: what every drop-in file must do, tested over all that are there."""

import ast
import inspect
import json
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from each_case import each_case

from saccade import models
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.backend import keras, precision_scope, seed_everything
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.core.metric_value import Curve, Matrix, MetricValue, PerClass
from saccade.modalities.ratings import invented_films
from saccade.modalities.tables.schema import Column, Schema
from saccade.models import autoencoders, pyramids, recommenders
from saccade.tasks import base
from saccade.tasks.classification.comparisons import Baseline
from saccade.tasks.classification.evaluation import Evaluation
from saccade.tasks.classification.objective import cross_entropy
from saccade.tasks.classification.prediction import predictions

pytestmark = pytest.mark.heavy

KINDS = (
    "models",
    "pyramids",
    "tasks",
    "metrics",
    "baselines",
    "detectors",
    "data",
    "sources",
    "checks",
    "faults",
    "formats",
    "engines",
    "recipes",
)

# of the named data that recipes use; a folder or a new name counts as the last
SHAPES = {
    "digits": ((8, 8, 1), 10),
    "mnist": ((28, 28, 1), 10),
    "fashion_mnist": ((28, 28, 1), 10),
    "cifar10": ((32, 32, 3), 10),
}
USUAL = ((96, 96, 3), 5)


@pytest.fixture(scope="module")
def built(slim):
    """Give a function that returns a network to look at, not to train; each is built once."""
    return cache(lambda name, shape=(28, 28, 1): models.build(name, shape, 3, slim(name)))


WEEKLY = (pytest.mark.slow, pytest.mark.long)
DEEP = ("googlenet", "mobilenet", "pretrained", "vgg")
"""How networks begin that take seconds to build; a resnet stands for them where the others are asked every week."""


def contract(kind):
    return pytest.mark.parametrize("name", registry.names(kind))


def quick_contract(kind):
    """As `contract`, in one test: where each name takes a moment."""
    return each_case("name", registry.names(kind))


def weekly_where(*deep):
    """Parametrize by the name of a model; those that begin so are asked every week."""
    names = registry.names("models")
    marked = [pytest.param(name, marks=WEEKLY) if name.startswith(deep) else name for name in names]
    return pytest.mark.parametrize("name", marked)


@each_case("kind", KINDS)
def test_every_name_has_a_description_of_one_line(kind):
    for name, line in registry.descriptions(kind).items():
        assert 10 < len(line) <= 130, f"{kind}/{name}: '{line}'"


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'lenet5'"):
        registry.load("models", "lenet")
    with pytest.raises(UnknownNameError, match="Did you mean 'mnist-convnet'"):
        registry.recipe_path("mnist-convet")


def test_files_that_start_with_an_underscore_are_not_names():
    assert not [name for kind in KINDS for name in registry.names(kind) if name.startswith("_")]


# Models


@weekly_where(*DEEP)
@pytest.mark.parametrize("shape", [(28, 28, 1), pytest.param((32, 40, 3), marks=WEEKLY)])
def test_a_model_takes_raw_pixels_and_answers_with_probabilities(name, shape, built):
    network = built(name, shape)
    assert network.input_shape == (None, *shape)
    assert network.layers[-1].name == "predictions"
    answers = network(np.full((2, *shape), 255, np.uint8)).numpy()
    assert answers.shape == (2, 3)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)


@weekly_where(*DEEP)
def test_a_model_scales_its_pixels_itself(name, built):
    kinds = [type(layer).__name__ for layer in built(name).layers]
    assert kinds[:2] == ["InputLayer", "Rescaling"]


@pytest.mark.slow
@weekly_where(*DEEP, "resnet")
def test_a_model_learns_eight_images_by_heart(name, slim):
    seed_everything(0)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 28, 28, 1)).astype(np.float32)
    classes = np.arange(8) % 4
    network = models.build(name, (28, 28, 1), 4, slim(name))
    network.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    losses = [float(network.train_on_batch(images, classes)) for _ in range(30)]
    assert np.mean(losses[-3:]) < 0.7 * losses[0]


@weekly_where(*DEEP)
def test_a_saved_model_answers_the_same(name, tmp_path, built):
    network = built(name)
    network.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 1)).astype(np.float32)
    np.testing.assert_allclose(network(images).numpy(), again(images).numpy(), atol=1e-6)


@contract("models")
def test_a_model_answers_in_float32_under_bfloat16(name, slim, without_weights):
    def dtype():
        with precision_scope("mixed_bfloat16"):
            return models.build(name, (28, 28, 1), 3, slim(name)).output.dtype

    assert without_weights(dtype) == "float32"


@quick_contract("models")
def test_the_options_of_a_model_are_documented_and_have_defaults(name):
    build = registry.load("models", name).build
    for option, default in models.options(name).items():
        assert default is not inspect.Parameter.empty, option
        assert f"{option}:" in (build.__doc__ or ""), option


@quick_contract("models")
def test_a_model_refuses_an_unknown_option(name):
    with pytest.raises(UnknownNameError, match=f"option of model {name}"):
        models.build(name, (28, 28, 1), 3, {"no_such_option": 1})


@contract("models")
def test_a_model_builds_for_tiny_images_or_says_why_not(name):
    try:
        models.build(name, (4, 4, 1), 2, {})
    except RecipeError as error:
        assert "--image-size" in str(error)


# Pyramids


@quick_contract("pyramids")
def test_the_options_of_a_pyramid_are_documented_and_have_defaults(name):
    build = registry.load("pyramids", name).build
    for option, default in list(inspect.signature(build).parameters.items())[1:]:
        assert default.default is not inspect.Parameter.empty, option
        assert f"{option}:" in (build.__doc__ or ""), option


@quick_contract("pyramids")
def test_a_pyramid_refuses_an_unknown_option(name):
    with pytest.raises(UnknownNameError, match="no_such_option"):
        pyramids.build(name, (64, 64, 3), {"no_such_option": 1})


# Tasks


@contract("tasks")
def test_a_task_is_complete_and_has_its_folder_s_name(name):
    tasks = list(base.all_of(name))  # an abstract method that is missing raises
    assert registry.constant("tasks", name, "NETWORKS") in registry.DROP_INS
    assert {task.name for task in tasks} == {name}
    assert len({task.modality for task in tasks}) == len(tasks) > 0
    for task in tasks:
        assert set(task.recipe_class.model_fields) > set(recipes.Recipe.model_fields)
        assert task.monitor_mode in {"min", "max"}


def test_a_right_answer_costs_less_than_a_wrong_one():
    data = SimpleNamespace(classes=("cat", "dog"))
    objective = cross_entropy(recipes.make({}), data, None)
    targets = objective.encode(np.array([0, 1]))
    right, wrong = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.1, 0.9], [0.9, 0.1]])
    assert float(objective.loss(targets, right)) < float(objective.loss(targets, wrong))
    (accuracy,) = objective.metrics()
    accuracy.update_state(targets, right)
    assert float(accuracy.result()) == 1


def test_a_prediction_names_the_most_probable_class():
    (answer,) = predictions(np.array([[0.25, 0.75]], np.float32), ("cat", "dog"))
    assert (answer.label, answer.probability, answer.probabilities) == (
        "dog",
        0.75,
        {"cat": 0.25, "dog": 0.75},
    )


# Metrics


def answers(count, classes, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, classes, count), rng.dirichlet(np.ones(classes), count).astype(np.float32)


def numbers(value):
    if isinstance(value, MetricValue):
        return [value]
    return list(value.scores) if isinstance(value, PerClass) else []


@quick_contract("metrics")
@each_case(("count", "classes"), [(1, 2), (50, 3), (40, 100), (2000, 10)])
def test_a_metric_gives_a_score_within_its_interval(name, count, classes):
    value = registry.load("metrics", name).compute(*answers(count, classes))
    assert isinstance(value, MetricValue | PerClass | Matrix | Curve)
    for score in numbers(value):
        if score.low is not None:
            assert score.low <= score.value <= score.high
    if isinstance(value, PerClass):
        assert len(value.scores) == classes
    if isinstance(value, Matrix):
        assert np.shape(value.counts) == (classes, classes)
    if isinstance(value, Curve):
        assert len({len(column) for column in value.columns.values()}) == 1


@quick_contract("metrics")
def test_a_metric_of_the_same_answers_is_the_same(name):
    compute = registry.load("metrics", name).compute
    assert compute(*answers(200, 4)) == compute(*answers(200, 4))


@quick_contract("metrics")
def test_a_metric_shows_up_in_an_evaluation_by_itself(name):
    value = registry.load("metrics", name).compute(*answers(200, 2))
    computed = {each: registry.load("metrics", each).compute(*answers(200, 2)) for each in registry.names("metrics")}
    baseline = Baseline("majority_class", MetricValue(0.5, 0.4, 0.6), MetricValue(0.1), 100, says="cat")
    evaluation = Evaluation("test", 200, ("cat", "dog"), computed, (baseline,), when="2026-01-01T00:00:00+00:00")
    assert name in json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))["metrics"]
    if isinstance(value, MetricValue):
        assert name.replace("_", " ") in evaluation.to_text()
    if isinstance(value, PerClass):
        assert name in evaluation.per_class_table()[0]


# Baselines


@quick_contract("baselines")
def test_a_baseline_answers_with_the_classes_it_was_taught(name):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 2, 3], 20)
    pixels = (labels[:, None] / 4 + rng.normal(0, 0.02, (60, 30))).astype(np.float32)
    answers = registry.load("baselines", name).make().fit(pixels, labels).predict(pixels)
    assert set(answers) <= {0, 2, 3}
    if name != "majority_class":
        assert (answers == labels).all()


# Detectors


def usual_rows(count=400, width=6, seed=0):
    """Return standardised rows of which the last column follows from the first."""
    rows = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    rows[:, -1] = rows[:, 0]
    return rows


def fitted(name, rows, seed=0):
    return registry.load("detectors", name).make(seed).fit(rows)


@contract("detectors")
def test_a_detector_finds_rows_that_lie_far_out(name):
    detector, rng = fitted(name, usual_rows()), np.random.default_rng(1)
    far = (usual_rows(50, seed=2) + 8 * rng.choice([-1, 1], (50, 6))).astype(np.float32)
    scores = detector.score(np.concatenate([usual_rows(50, seed=3), far]))
    assert scores.shape == (100,)
    assert scores.dtype == np.float64
    assert scores[50:].min() > scores[:50].max()


@contract("detectors")
def test_a_detector_scores_a_row_alone_as_among_others(name):
    detector, rows = fitted(name, usual_rows()), usual_rows(20, seed=4)
    alone = np.concatenate([detector.score(rows[number : number + 1]) for number in range(20)])
    np.testing.assert_allclose(alone, detector.score(rows), rtol=1e-4)


@contract("detectors")
def test_a_detector_of_one_seed_says_the_same_again(name):
    first, second = (fitted(name, usual_rows(), seed=3).score(usual_rows(30, seed=5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@quick_contract("detectors")
@each_case("rows", [usual_rows(1, 3), usual_rows(3, 1), np.zeros((50, 4), np.float32)])
def test_a_detector_takes_one_row_one_column_or_rows_that_are_all_equal(name, rows):
    asked = np.concatenate([rows, rows[:1] + 1])
    scores = fitted(name, rows).score(asked)
    assert np.isfinite(scores).all()
    assert scores[-1] >= scores[0]


@quick_contract("detectors")
def test_a_detector_says_how_many_rows_it_learnt_from(name):
    assert fitted(name, usual_rows(300)).fitted_on == 300


# Data


@quick_contract("data")
def test_named_data_can_be_read_quietly(name):
    assert "quiet" in inspect.signature(registry.load("data", name).read).parameters


# Recipes


@contract("recipes")
def test_a_recipe_is_valid_and_its_network_can_be_built(name, without_weights):
    recipe = recipes.read(name)
    assert recipe.name == name
    if recipe.task == "anomaly_detection" and registry.constant("autoencoders", recipe.model.name, "TAKES") == "images":
        network = autoencoders.build(recipe.model.name, (28, 28, 1), recipe.model.options)
        assert network.output_shape == (None, 28, 28)
        return
    if recipe.task == "anomaly_detection":
        columns = tuple(Column(f"V{number}", "number") for number in range(29))
        network = autoencoders.build(recipe.model.name, Schema(columns), recipe.model.options)
        assert network.output_shape == (None, 29)
        return
    if registry.constant("tasks", recipe.task, "NETWORKS") == "pyramids":
        features = pyramids.build(recipe.model.name, (64, 96, 3), recipe.model.options)
        assert features.output_shape[:3] == (None, 64 // pyramids.STRIDE, 96 // pyramids.STRIDE)
        return
    if registry.constant("tasks", recipe.task, "NETWORKS") == "recommenders":
        network = recommenders.build(recipe.model.name, 30, (1, 2, 3, 4, 5), recipe.model.options)
        assert network.output_shape == (None, 2, 30)
        return
    shape, classes = USUAL if recipe.image_size else SHAPES.get(recipe.data, USUAL)
    network = without_weights(lambda: models.build(recipe.model.name, shape, classes, recipe.model.options))
    assert network.output_shape == (None, classes)


@quick_contract("recipes")
def test_a_recipe_names_data_that_there_are(name):
    recipe = recipes.read(name)
    embedded = [*registry.names("data"), invented_films.NAME]
    assert recipe.data in embedded or (recipe.task, recipe.data[-4:]) == ("anomaly_detection", ".csv")


@quick_contract("recipes")
def test_a_recipe_states_its_command(name):
    assert f"saccade train {name}" in registry.recipe_path(name).read_text(encoding="utf-8")


@quick_contract("recipes")
def test_a_recipe_survives_being_written(name, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(recipes.read(name).to_yaml(), encoding="utf-8")
    assert recipes.read(path) == recipes.read(name)


@pytest.mark.parametrize("kind", ["models", "tasks", "metrics", "data", "sources"])
def test_a_description_is_read_without_importing(kind):
    for name, line in registry.descriptions(kind).items():
        spec = registry._files(kind)[name]
        assert ast.get_docstring(ast.parse(spec.read_text(encoding="utf-8"))).startswith(line)


# Checks


@quick_contract("checks")
def test_a_check_yields_findings_of_its_own_kind(name):
    assert inspect.getdoc(registry.load("checks", name).find)
    assert list(inspect.signature(registry.load("checks", name).find).parameters) == ["evidence"]
