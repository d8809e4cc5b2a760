import pytest

from saccade.cli import run
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
    with pytest.raises(UnknownNameError, match="Did you mean '--epochs'"):
        changes({}, ("--epocs",))


def test_two_words_are_one_too_many():
    with pytest.raises(RecipeError, match="found 2: mnist, photos"):
        changes({}, ("mnist", "photos"))


def test_a_misspelt_option_names_the_nearest_field():
    with pytest.raises(UnknownNameError, match="Did you mean '--epochs'"):
        changes({}, ("--epocs", "3"))
    with pytest.raises(UnknownNameError, match="Did you mean 'epochs'"):
        recipes.read("quick", epocs=3)


MEANT = {
    ("train", "--output", "here"): "'--run' or '--runs'",
    ("train", "digits", "--lr", "0.1"): "'--learning-rate'",
    ("train", "digits", "--imgsz=64"): "'--image-size'",
    ("train", "digits", "--strct"): "'--strict'",
    ("train", "digits", "--patience", "3"): "'--early-stopping'",
    ("check", "digits", "--output", "page.html"): "'--html'",
    ("evaluate", "run", "--jsn"): "'--json'",
    ("predict", "run", "a.png", "--confidence", "0.9"): "'--abstain'",
    ("export", "run", "--format", "onnx"): "'--to'",
}


@pytest.mark.parametrize(("words", "meant"), MEANT.items(), ids=" ".join)
def test_an_unknown_option_names_those_that_may_be_meant(words, meant, capfd):
    assert run(list(words)) == 2
    assert f"Did you mean {meant}" in capfd.readouterr().err


@pytest.mark.parametrize("word", ["--top", "--nooption", "--force"])
def test_an_option_like_no_other_leads_to_the_help(word, capfd):
    assert run(["predict", "run", "a.png", word]) == 2
    assert capfd.readouterr().err == f"Error: There is no option '{word}'. See: saccade predict --help\n"
    with pytest.raises(UnknownNameError, match="See: saccade --help"):
        changes({}, (word, "3"))


def test_a_run_is_not_taken_for_data(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RecipeError, match=r"is a run, not data\. .*recipe\.yaml.* saccade train --resume"):
        what_to_train(str(tmp_path), {})


def test_data_without_a_recipe_get_the_default_one_or_their_own(tmp_path):
    assert what_to_train("mnist", {}) == ("quick-mnist", {"data": "mnist"})
    assert what_to_train(str(tmp_path), {"epochs": 1}) == ("quick", {"data": str(tmp_path), "epochs": 1})
    assert what_to_train("mnist-dense", {"seed": 1}) == ("mnist-dense", {"seed": 1})


def test_data_mean_the_same_as_a_word_and_as_a_setting(tmp_path):
    for source in ("mnist", "digits", str(tmp_path)):
        by_word, by_setting = what_to_train(source, {"epochs": 1}), what_to_train(None, {"data": source, "epochs": 1})
        assert by_word == by_setting
    assert what_to_train(None, {"data": "mnist"})[0] == "quick-mnist"
    assert what_to_train("quick", {"data": "mnist"}) == ("quick", {"data": "mnist"})


def test_an_unknown_word_names_the_nearest_recipe():
    with pytest.raises(UnknownNameError, match="Did you mean 'mnist-convnet'"):
        what_to_train("mnist-convent", {})


def test_no_header_is_short_for_header_false():
    assert changes({}, ("rows.csv", "--no-header", "epochs=2")) == ("rows.csv", {"header": False, "epochs": 2})
