"""A target as a person writes it."""

import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError
from saccade.core.target import Target, as_target


@pytest.mark.parametrize(
    ("written", "metric", "value"),
    [
        (".99", "", 0.99),
        (0.99, "", 0.99),
        ("accuracy=.99", "accuracy", 0.99),
        (" loss = 2e-1 ", "loss", 0.2),
        ({"rmse": 0.9}, "rmse", 0.9),
        ("val_accuracy=.5", "accuracy", 0.5),
        (1, "", 1.0),
    ],
)
def test_a_target_is_a_value_or_a_metric_with_its_value(written, metric, value):
    text = as_target(written)
    assert Target.read(text) == Target(metric, value)
    assert as_target(text) == text


@pytest.mark.parametrize("none", [None, ""])
def test_no_target_is_none(none):
    assert as_target(none) == ""


@pytest.mark.parametrize("wrong", ["soon", "accuracy", "=.9", "accuracy=", "nan", "inf", True, [0.9], {"a": 1, "b": 2}])
def test_anything_else_is_refused_in_one_sentence(wrong):
    with pytest.raises(RecipeError, match=r"^until: write a value as \.99, or a metric .* \(found "):
        recipes.make({"until": wrong})


def test_a_recipe_keeps_its_target_in_its_file(tmp_path):
    recipe = recipes.make({"until": "accuracy=.99", "until_by": "checks"})
    path = tmp_path / "mine.yaml"
    path.write_text(recipe.to_yaml())
    assert recipes.read(path).until == "accuracy=0.99"
    assert recipes.read(path).until_by == "checks"
