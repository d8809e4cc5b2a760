import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import UnknownNameError
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.loading import Seen
from saccade.tasks.contenders import contenders, side, with_start
from saccade.tasks.pretrained_training import cut


def photos(count=140, side=32, validation=70):
    """Return so many blank images of two classes, 70 of them for validation or as many as are asked for."""
    labels = np.arange(count) % 2
    return ImageDataset(
        name="photos",
        source="photos",
        images=np.zeros((count, side, side, 3), np.uint8),
        labels=labels,
        classes=("a", "b"),
        names=np.array([f"{number}.jpg" for number in range(count)]),
        splits=np.where(np.arange(count) < count - validation, "train", "validation"),
        content_hash="",
    )


def prepared(name="last", *, left=None, recipe="quick", **asked):
    settled = recipes.read(recipe, **{"data": "photos", "pretrained": "true", **asked})
    settled = settled.changed(epochs=settled.epochs or 30)  # as preparing does
    way = next(each for each in contenders(settled, photos(), None) if each.name == name)
    return way.prepare(left)[0]


@pytest.mark.parametrize("name", ["last", "all"])
@pytest.mark.parametrize(
    ("asked", "field", "value"),
    [
        ({"epochs": 2}, "epochs", 2),
        ({"steps": 9}, "steps", 9),
        ({"learning_rate": 0.0004}, "learning_rate", 0.0004),
        ({"batch_size": 16}, "batch_size", 16),
        ({"label_smoothing": 0.0}, "label_smoothing", 0),
        ({"early_stopping": 3}, "early_stopping", 3),
        ({"optimizer": "sgd"}, "optimizer", "sgd"),
        ({"schedule": "constant"}, "schedule", "constant"),
        ({}, "epochs", 5),
        ({}, "learning_rate", 0.002),
    ],
)
def test_each_way_to_train_takes_what_was_asked_for_and_else_what_is_best_for_it(name, asked, field, value):
    assert getattr(prepared(name, **asked), field) == value


def test_changes_of_images_that_are_asked_for_are_made_and_no_others():
    augment = prepared(**{"augment.flip": "both", "augment.zoom": 0.1}).augment
    assert (augment.flip, augment.zoom, augment.shift) == ("both", 0.1, 0)
    assert prepared(augment={"contrast": 0.2}).augment.contrast == 0.2


def test_a_setting_that_is_asked_for_holds_although_a_shipped_recipe_says_the_same():
    assert prepared(learning_rate=0.01).learning_rate == 0.01 == recipes.read("quick").learning_rate


def test_of_a_file_of_ones_own_every_line_counts(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("pretrained: auto\nlearning_rate: 0.003\naugment: {flip: horizontal}\n")
    recipe = prepared(recipe=mine)
    assert (recipe.learning_rate, recipe.augment.flip, recipe.epochs) == (0.003, "horizontal", 5)


def test_a_budget_of_time_stands_instead_of_passes():
    recipe = prepared(left=100.0, budget=120, epochs=7)
    assert recipe.epochs is None and recipe.budget == 90


def test_a_setting_that_does_not_exist_is_named():
    with pytest.raises(UnknownNameError, match="augment.flop"):
        prepared(asked=["augment.flop"])


def test_the_middle_is_tried_without_more_training_and_by_validation_images_only():
    recipe = prepared("middle", left=100.0, budget=120)
    assert (recipe.model.options["features"], recipe.model.options["trained"]) == ("middle", "head")
    assert recipe.budget == 120  # as of the head: it has no epochs that a budget could be shared among
    for validation, reason in ((70, ""), (40, "50 validation images")):
        ways = {each.name: each for each in contenders(recipe_of_photos(), photos(validation=validation), None)}
        said = ways["middle"].objection({"head": 0.8}, None)
        assert reason in said and bool(said) == bool(reason)


def test_backbones_that_say_nothing_of_their_middle_are_tried_without_it():
    ways = contenders(recipe_of_photos(backbone="mobilenet_v3_large"), photos(), None)
    assert [each.name for each in ways] == ["head", "last", "all"]


def recipe_of_photos(**asked):
    return recipes.read("quick", **{"data": "photos", "pretrained": "true", **asked})


def test_images_that_are_changed_at_random_go_through_the_whole_network():
    recipe = prepared(**{"augment.flip": "horizontal"})
    assert recipe.model.options["trained"] == "last"
    assert cut(None, recipe, photos()) is None


def started(**asked):
    """Return the recipe of 500 photos of 300 pixels, as their preparation starts."""
    recipe = recipes.read("quick", data="photos", **asked)
    return with_start(recipe, lambda: Seen(count=500, side=300, grey=False))


@pytest.mark.parametrize("pretrained", ["auto", "true"])
def test_a_pretrained_network_sees_photos_stretched_to_a_square(pretrained):
    assert started(pretrained=pretrained).fit == "stretch"
    assert prepared("all", fit="stretch").fit == "stretch"


def test_a_shape_that_is_asked_for_holds():
    assert started(fit="pad").fit == "pad"
    assert started(fit="crop").fit == "crop"


def test_images_for_no_pretrained_network_are_padded():
    assert started(pretrained="false").fit == "pad"


@pytest.mark.parametrize(("asked", "fit"), [({}, "pad"), ({"fit": "crop"}, "crop")])
def test_a_network_from_random_weights_sees_photos_in_the_shape_that_it_would_without_pretrained_ones(asked, fit):
    read = []
    ways = contenders(started(epochs=3, **asked), photos(), lambda recipe: read.append(recipe.fit) or photos())
    recipe, _ = next(each for each in ways if each.name == "scratch").prepare(None)
    assert (recipe.fit, read) == (fit, [fit])


@pytest.mark.parametrize(
    ("count", "budget", "pixels"),
    [(1000, None, 224), (1001, None, 160), (2500, 45, 160), (2500, 360, 224), (900, 10, 224), (60_000, 600, 160)],
)
def test_photos_are_looked_at_in_full_size_where_they_are_few_or_time_is_plenty(count, budget, pixels):
    recipe = recipes.read("quick", data="photos", budget=budget)
    assert side(recipe, lambda: Seen(count=count, side=384, grey=False)) == pixels


@pytest.mark.parametrize(
    ("name", "count", "left", "needed"),
    [
        ("last", 140, 20, None),
        ("last", 140, 19, 20),
        ("last", 1070, 49, 50),
        ("last", 1070, 51, None),
        ("all", 1070, 51, 100),
        ("all", 140, 60, None),
        ("last", 1070, None, None),
    ],
)
def test_fine_tuning_is_tried_where_some_passes_over_the_images_fit_into_the_time(name, count, left, needed):
    recipe = recipes.read("quick", data="photos", pretrained="true")
    way = next(each for each in contenders(recipe, photos(count, 160), None) if each.name == name)
    said = way.objection({"head": 0.8, "last": 0.9}, left)
    assert said == (f"Too little time was left: {left} s, where some {needed} are needed." if needed else "")
