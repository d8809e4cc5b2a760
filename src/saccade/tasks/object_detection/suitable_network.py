"""Which network a detector is, where nobody says it: of few objects in photos, one that has seen others finds more."""

import json
from typing import Any

import numpy as np

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.modalities.images.listing import Listing
from saccade.modalities.images.loading import look_at_listing
from saccade.tasks.contenders import are_photos
from saccade.tasks.object_detection.settings import DetectionRecipe
from saccade.tasks.pretrained_training import MODEL

RECIPE = "pretrained-objects"
"""How the pretrained network is trained, but for what a person asked for."""

PLAIN = "residual"

FEW = 500
"""Objects to learn from, below which a pretrained network is taken.

Of 113 photos with some 120 raccoons it finds others with an AP50 of .93; from random weights it was .74 with 153. Of
blood cells, which are unlike the photos of ImageNet, 800 are enough to be better without it: .87 instead of .85, and
an AP of .54 instead of .46.
"""


def with_suitable_network(
    recipe: DetectionRecipe, found: Listing, *, quiet: bool = False
) -> tuple[DetectionRecipe, str]:
    """Return the recipe with a pretrained network where that is likely to find more, and a sentence that says why.

    That is where photos in colour have few objects to learn from. Named data, and recipes that say which network they
    want, are left alone; they get no sentence.

    Args:
        recipe: of a detector.
        found: its images; their classes are texts of annotations.
        quiet: no progress bars.
    """
    if not _is_open(recipe):
        return recipe, ""
    count = _objects(found)
    if count >= FEW:
        return recipe, ""
    seen = look_at_listing(found, quiet=quiet)
    if not are_photos(recipe, seen, side=min(recipe.image_size or seen.side, seen.side)):
        return recipe, ""
    return recipe.changed(model={"name": MODEL}, **_rate(recipe)), _said(count)


def _is_open(recipe: DetectionRecipe) -> bool:
    asked = any(name.partition(".")[0] == "model" for name in recipe.asked)
    plain = recipe.model.name == PLAIN and not recipe.model.options
    return plain and not asked and recipe.data not in registry.names("data")


def _objects(found: Listing) -> int:
    """Return how many objects there are outside of a test split that the data give, but for those to be ignored."""
    counts = [sum(not each[5] for each in json.loads(text)["objects"]) for text in found.classes]
    return int(np.array(counts)[found.labels[found.splits != "test"]].sum())


def _rate(recipe: DetectionRecipe) -> dict[str, Any]:
    """Return the learning rate of the pretrained network's own recipe, unless a person asked for another."""
    return {} if "learning_rate" in recipe.asked else {"learning_rate": recipes.read(RECIPE).learning_rate}


def _said(count: int) -> str:
    return (
        f"{count:,} objects are few to learn from: the network starts from one that has seen ImageNet. To start from "
        f"random weights, use model={PLAIN}."
    )
