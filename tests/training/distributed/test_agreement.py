import pytest

from saccade.core.errors import RecipeError
from saccade.training.distributed.agreement import require_agreement
from saccade.training.distributed.world import World


class Others:
    """Peers of which rank 1 says the same but for one thing."""

    def __init__(self, **different):
        self.different = different

    def exchange(self, value):
        return [value, {**value, **self.different}]


def agree(recipe, dataset, **different):
    require_agreement(World(0, 2, 2, Others(**different)), recipe, dataset)


def test_ranks_with_the_same_recipe_data_and_versions_agree(recipe, dataset):
    agree(recipe, dataset)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("number of ranks", 3),
        ("version of keras", "2.0"),
        ("setting batch_size", 32),
        ("content of the data", "other"),
        ("split of the data", [1, 2, 3]),
    ],
)
def test_what_differs_is_named_with_both_values(recipe, dataset, name, other):
    with pytest.raises(RecipeError, match=f"Rank 0 and rank 1 cannot train together: the {name} is .* and ") as error:
        agree(recipe, dataset, **{name: other})
    assert str(other)[:5] in str(error.value)


def test_where_the_data_lie_and_what_the_run_is_called_may_differ(recipe, dataset):
    class Recording:
        def exchange(self, value):
            self.names = [*value]
            return [value]

    peers = Recording()
    require_agreement(World(0, 1, 1, peers), recipe, dataset)
    assert not {"setting data", "setting name"} & {*peers.names}
    assert "setting learning_rate" in peers.names


def test_a_budget_of_time_is_for_one_process(recipe, dataset):
    with pytest.raises(RecipeError, match="kept by one machine's clock"):
        agree(recipe.changed(budget=5), dataset)
