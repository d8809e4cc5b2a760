import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import SaccadeError
from saccade.tasks import steps
from saccade.tuning.dimension import Choice, Range
from saccade.tuning.search_space import FIXED, search_space, value_of

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def prepared():
    return steps.prepare(recipes.read("", data="digits", weight_decay=0.01), quiet=True)


def test_what_is_offered_holds_the_recipe_and_can_be_built(prepared):
    space = {each.name: each for each in search_space(prepared.recipe, prepared.dataset)}
    assert {"learning_rate", "weight_decay", "batch_size", "model.width", "model.dropout", "augment.shift"} <= set(
        space
    )
    for name, each in space.items():
        assert each.holds(value_of(prepared.recipe, name)), name
        for value in each.ends:
            prepared.recipe.changed(**{name: value})


def test_what_a_recipe_says_is_all_that_is_searched(prepared):
    said = {"learning_rate": ["1e-4", "1e-2", "log"], "model.convolutions": [[1, 1], [1, 2]]}
    found = search_space(prepared.recipe.changed(search=said), prepared.dataset)
    assert found == (Range("learning_rate", 1e-4, 1e-2, log=True), Choice("model.convolutions", ([1, 1], [1, 2])))


@pytest.mark.parametrize("name", sorted(set(FIXED) & set(recipes.recipe_class().model_fields)))
def test_what_decides_on_rows_or_time_cannot_be_searched(prepared, name):
    with pytest.raises(SaccadeError, match="cannot be searched"):
        search_space(prepared.recipe.changed(search={name: {"choices": [1, 2]}}), prepared.dataset)
