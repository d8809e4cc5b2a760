"""A network that nothing was learnt by, for looking at its layers."""

from saccade.core.backend import Model
from saccade.tasks.protocol import Sizes
from saccade.tasks.regression import preparation
from saccade.tasks.regression.objective import headed, unit
from saccade.tasks.regression.settings import RegressionRecipe


def build(recipe: RegressionRecipe, *, by_name: bool, sizes: Sizes) -> Model:
    """Return the network of a recipe, in the unit of its data; or of a model by name, for a shape or (28, 28, 1)."""
    input_shape = sizes["input_shape"]
    if by_name:
        return headed(recipe, input_shape or (28, 28, 1), mean=0.0, spread=1.0)
    _, dataset = preparation.prepare(recipe, quiet=True)
    mean, spread = unit(dataset)
    return headed(recipe, input_shape or dataset.image_shape, mean=mean, spread=spread)
