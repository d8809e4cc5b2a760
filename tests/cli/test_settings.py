import pytest

from saccade.cli._settings import changes
from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.tasks.steps import what_to_train


def test_every_way_of_setting_a_field_is_the_same():
    expected = ("mnist-dense", {"epochs": 20, "model.dropout": 0.3, "augment.flip": "both"})
    by_option = {"field__epochs": "20", "field__augment__flip": "both", "field__seed": None}
    assert changes(by_option, ("mnist-dense", "--model.dropout", "0.3")) == expected
    assert changes({}, ("epochs=20", "mnist-dense", "model.dropout=0.3", "--augment.flip=both")) == expected


def test_a_folder_that_is_called_like_a_number_stays_a_name():
    assert changes({"field__data": "2024"}, ())[1] == {"data": "2024"}


def test_an_option_without_its_value_is_refused():
    with pytest.raises(RecipeError, match="--model.width needs a value"):
        changes({}, ("--model.width",))
    with pytest.raises(UnknownNameError, match="Did you mean 'epochs'"):
        changes({}, ("--epocs",))


def test_two_words_are_one_too_many():
    with pytest.raises(RecipeError, match="found 2: mnist, photos"):
        changes({}, ("mnist", "photos"))


def test_a_misspelt_option_names_the_nearest_field():
    _, fields = changes({}, ("--epocs", "3"))
    with pytest.raises(UnknownNameError, match="Did you mean 'epochs'"):
        recipes.read("quick", **fields)


def test_data_without_a_recipe_get_the_default_one_or_their_own(tmp_path):
    assert what_to_train("mnist", {}) == ("quick-mnist", {"data": "mnist"})
    assert what_to_train(str(tmp_path), {"epochs": 1}) == ("quick", {"data": str(tmp_path), "epochs": 1})
    assert what_to_train("mnist-dense", {"seed": 1}) == ("mnist-dense", {"seed": 1})


def test_an_unknown_word_names_the_nearest_recipe():
    with pytest.raises(UnknownNameError, match="Did you mean 'mnist-convnet'"):
        what_to_train("mnist-convent", {})


def test_no_header_is_short_for_header_false():
    assert changes({}, ("rows.csv", "--no-header", "epochs=2")) == ("rows.csv", {"header": False, "epochs": 2})
