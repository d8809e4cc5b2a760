"""How much images are changed in training, chosen by whether they came from one camera."""

from saccade.modalities.images.listing import Listing
from saccade.tasks.object_detection.input_fit import have_several_shapes
from saccade.tasks.object_detection.settings import DetectionRecipe

MORE = {
    "mosaic": 0.5,
    "augment.zoom": 0.4,
    "augment.shift": 0.15,
    "augment.contrast": 0.3,
    "augment.colour": 0.2,
}
"""For photos of several shapes: their objects are of any size, at any place, in any light."""


def changed_more(recipe: DetectionRecipe, found: Listing) -> DetectionRecipe:
    """Return a recipe that changes photos of several shapes more, but for what a person asked for.

    Images of one shape are of one microscope or one camera, say, where the size of an object tells what it is: they are
    changed as the recipe has it.
    """
    if not have_several_shapes(found.classes):
        return recipe
    open_settings = {name: value for name, value in MORE.items() if not {name, name.partition(".")[0]} & {*recipe.asked}}
    return recipe.changed(**open_settings)
