"""A network that nothing was learnt by, for looking at its layers."""

from saccade.core.backend import Model
from saccade.tasks.multi_label import preparation
from saccade.tasks.multi_label.objective import headed
from saccade.tasks.multi_label.settings import MultiLabelRecipe
from saccade.tasks.protocol import Sizes


def build(recipe: MultiLabelRecipe, *, by_name: bool, sizes: Sizes) -> Model:
    """Return the network of a recipe, for its data; or of a model by name, for a shape or (28, 28, 1)."""
    input_shape = sizes["input_shape"]
    if by_name:
        return headed(recipe, input_shape or (28, 28, 1), sizes["outputs"])
    _, dataset = preparation.prepare(recipe, quiet=True)
    return headed(recipe, input_shape or dataset.image_shape, len(dataset.tags))
