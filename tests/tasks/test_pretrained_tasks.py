"""Numbers and several labels from pretrained features: the same ways to train as for classes."""

import numpy as np
import pytest
from PIL import Image

from saccade.cli import run as saccade
from saccade.core import recipe as recipes
from saccade.inference import load_model
from saccade.tasks import base, contenders
from saccade.training import train
from saccade.training.contender import Race

pytestmark = pytest.mark.slow

SIDE = 64
TASKS = ("regression", "multi_label")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Give a folder of colour images with discs and stripes, with a table of what each task asks of them."""
    folder, rng = tmp_path_factory.mktemp("shapes"), np.random.default_rng(0)
    down, across = np.mgrid[:SIDE, :SIDE]
    numbers, labels = ["path,discs"], ["path,disc,stripes"]
    for number in range(160):
        pixels = rng.normal(110, 25, (SIDE, SIDE, 3))
        stripes, discs = rng.random() < 0.5, int(rng.integers(0, 4))
        if stripes:
            pixels += 60 * np.sin(across / 3)[:, :, None]
        for row, column in rng.integers(8, SIDE - 8, (discs, 2)):
            pixels[(down - row) ** 2 + (across - column) ** 2 < 50] = (230, 60, 40)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number:03d}.png")
        numbers.append(f"{number:03d}.png,{discs}")
        labels.append(f"{number:03d}.png,{int(discs > 0)},{int(stripes)}")
    (folder / "regression.csv").write_text("\n".join(numbers))
    (folder / "multi_label.csv").write_text("\n".join(labels))
    return folder


def prepared(tables, task, **changes):
    settings = {"data": str(tables / f"{task}.csv"), "image_size": 32, "validation": 0.4, "pretrained": "true"}
    return base.prepare(recipes.read(task, **{**settings, "duplicates": "ignored", "epochs": 1, **changes}), quiet=True)


@pytest.mark.heavy
@pytest.mark.parametrize("task", TASKS)
def test_a_head_on_features_is_better_than_the_plainest_answer_and_says_so(tables, tmp_path, task):
    recipe, dataset = prepared(tables, task, model={"name": "pretrained", "trained": "head"})
    run = train(recipe, dataset, folder=tmp_path / "run", export=False)
    (row,) = run.history
    network, rows = load_model(run), dataset.rows("validation")
    answers = np.asarray(network(np.asarray(dataset.images[rows], np.float32)))
    if task == "regression":
        truth = dataset.of("validation")
        assert row["val_mae"] < 0.9 * np.abs(truth - dataset.of("train").mean()).mean()
        assert row["val_mae"] == pytest.approx(np.abs(answers[:, 0] - truth).mean(), rel=0.03)
    else:
        truth, shares = dataset.of("validation"), dataset.of("train").mean(axis=0)
        plainest = -(truth * np.log(shares) + (1 - truth) * np.log(1 - shares)).mean()
        found = -(truth * np.log(answers) + (1 - truth) * np.log(1 - answers)).mean()
        assert row["val_loss"] < 0.9 * plainest and row["val_loss"] == pytest.approx(found, rel=0.03)


@pytest.mark.heavy
@pytest.mark.long
@pytest.mark.parametrize("task", ["multi_label", "regression"])
def test_validation_chooses_between_the_head_and_more_training(tables, tmp_path, task):
    recipe, dataset = prepared(tables, task)
    run = train(recipe, dataset, folder=tmp_path / "run", export=False)
    race = run.load(Race)
    scores = {each.name: each.score for each in race.entries if not each.reason}
    assert list(scores)[:3] == ["head", "middle", "last"] and scores[race.chosen] == max(scores.values()) < 0
    said = "\n".join(base.for_run(run).sentences(run))
    assert "★ kept" in said and f"validation {'mean absolute error' if task == 'regression' else 'loss'}" in said
    assert base.for_run(run).evaluate(run).images == len(dataset.rows("test"))
    page, _ = base.for_run(run).report(run)
    assert "Ways to train that were tried" in page


@pytest.mark.heavy
@pytest.mark.parametrize(("task", "name"), [("regression", "cv_mae"), ("multi_label", "cv_loss")])
def test_with_few_validation_images_cross_validation_chooses_the_strength(tables, tmp_path, task, name):
    recipe, dataset = prepared(tables, task, validation=0.1, model={"name": "pretrained", "trained": "head"})
    run = train(recipe, dataset, folder=tmp_path / "run", export=False)
    assert 0 < run.history[0][name] < 1.5


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("changes", "stays"),
    [({}, True), ({"image_size": 32}, False), ({"model": "lenet5"}, False), ({"channels": 1}, False)],
)
def test_auto_is_for_large_colour_images_in_tables_too(tables, task, changes, stays):
    settings = {"pretrained": "auto", "image_size": None, **changes}
    recipe = recipes.read(task, data=str(tables / f"{task}.csv"), **settings)
    module = base.named(task, "images").prepare.__globals__
    look = module["look_of"](recipe, module["NUMBERS" if task == "regression" else "LABELS"], quiet=True)
    assert contenders.with_start(recipe, look).pretrained == ("auto" if stays else "false")
    assert look().count == 160


@pytest.mark.heavy
@pytest.mark.parametrize("task", TASKS)
def test_from_nothing_it_is_the_recipe_without_pretrained_networks_in_the_same_splits(tables, task):
    recipe, dataset = prepared(tables, task, pretrained="auto", image_size=None)
    assert dataset.image_shape == (128, 128, 3) and recipe.image_size is None
    *_, scratch = base.named(task, "images").contenders(recipe, dataset)
    own_recipe, own = scratch.prepare(None)
    plain_recipe, plain = prepared(tables, task, pretrained="false", image_size=None)
    assert own_recipe == plain_recipe and own.image_shape == (64, 64, 3)
    assert np.array_equal(own.images, plain.images) and np.array_equal(own.splits, dataset.splits)


def test_errors_are_negative_scores_and_more_training_is_tried_while_it_helps(tables):
    recipe, dataset = prepared(tables, "regression", pretrained="auto", image_size=64)
    ways = {each.name: each for each in base.named("regression", "images").contenders(recipe, dataset)}
    assert ways["all"].objection({"head": -2.0}, None).startswith("Training the last part did not help")
    assert ways["all"].objection({"head": -2.0, "last": -2.5}, None).startswith("Training the last part did not help")
    assert ways["all"].objection({"head": -2.0, "last": -1.5}, None) == ""


@pytest.mark.heavy
def test_on_the_command_line_a_backbone_that_does_not_exist_is_refused(tables, capsys):
    words = ["train", "regression", "--data", str(tables / "regression.csv"), "--backbone", "efficientnet_lit0"]
    assert saccade([*words, "pretrained=true", "--no-check"]) != 0
    assert "efficientnet_lite0" in capsys.readouterr().err
