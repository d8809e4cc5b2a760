import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError, UnknownNameError


def test_a_model_by_name_is_short_for_a_model_without_options():
    assert recipes.make({"model": "lenet5"}).model.options == {}


def test_options_of_the_model_can_be_changed_one_by_one():
    recipe = recipes.read("mnist-dense", **{"model.dropout": 0.3})
    assert recipe.model.options["dropout"] == 0.3
    assert recipe.model.options["hidden"] == [512]


def test_another_model_drops_the_options_of_the_old_one_in_any_order():
    for changes in ({"model": "lenet5", "model.activation": "tanh"}, {"model.activation": "tanh", "model": "lenet5"}):
        assert recipes.read("mnist-convnet", **changes).model.options == {"activation": "tanh"}


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("1.5h", 5400), (45, 45), ("30", 30)])
def test_a_budget_is_read_as_people_write_it(text, seconds):
    assert recipes.make({"budget": text}).budget == seconds


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epocs": 3}, "Did you mean 'epochs'"),
        ({"model": "convnt"}, "Did you mean 'convnet'"),
        ({"task": "clasify"}, "Did you mean 'classification'"),
        ({"optimizer": "adm"}, "Did you mean 'adam'"),
        ({"augment": {"rotat": 3}}, "Did you mean 'augment.rotate'"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(settings, message):
    with pytest.raises(UnknownNameError, match=message):
        recipes.make(settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": -3}, r"batch_size: .* greater than or equal to 1 \(found -3\)"),
        ({"budget": "soon"}, "budget: write a time as 90s"),
        ({"augment": {"flip": "sideways"}}, "augment.flip: .*'horizontal'"),
        ({"augment": {"shift": 3}}, "augment.shift"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"model": 3}, "model"),
    ],
)
def test_a_wrong_value_names_the_field_what_was_found_and_what_works(settings, message):
    with pytest.raises(RecipeError, match=message):
        recipes.make(settings)


@pytest.mark.parametrize("text", ["- a list", "a: [", "just words", "\x00"])
def test_a_file_that_is_no_recipe_is_refused(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match="mine.yaml"):
        recipes.read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RecipeError, match="No such file"):
        recipes.read(tmp_path / "mine.yaml")


def test_epochs_that_are_asked_for_stand_instead_of_a_recipes_steps():
    assert recipes.read("mnist-estimator", epochs=2).steps is None
    assert recipes.read("mnist-estimator").changed(epochs=2).steps == 16_000
    assert recipes.read("mnist-estimator", epochs=2, steps=5).steps == 5


def test_a_recipe_knows_what_was_asked_for_and_what_it_says_itself(tmp_path):
    assert recipes.read("quick").asked == ()
    assert recipes.read("quick", **{"epochs": 2, "augment.flip": "both"}).asked == ("epochs", "augment.flip")
    mine = tmp_path / "mine.yaml"
    mine.write_text("model: quick\nlearning_rate: 0.003\n")
    asked = recipes.read(mine, epochs=2)
    assert asked.asked == ("model", "learning_rate", "epochs")
    assert asked.changed(epochs=3).asked_for(steps=9).asked == ("model", "learning_rate", "epochs", "steps")


def test_a_recipe_that_was_written_says_the_same_when_it_is_read(tmp_path):
    recipe, written = recipes.read("quick", epochs=2), tmp_path / "recipe.yaml"
    written.write_text(recipe.to_yaml())
    assert recipes.read(written) == recipe
