"""Ways to train on photos: from what a pretrained network knows, or from nothing."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.resolve_defaults import epochs
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.loading import Seen
from saccade.modalities.images.settings import ImageSettings
from saccade.models import backbones
from saccade.tasks.linear_head import ENOUGH
from saccade.tasks.pretrained_settings import PretrainedSettings
from saccade.tasks.pretrained_training import MODEL, is_pretrained
from saccade.training.contender import Contender

Look = Callable[[], Seen]
"""Says what the images of a recipe's data are like, before any is decoded."""

Read = Callable[[Any], ImageDataset]
"""Gives the images of a recipe as their source has them."""

_OPTIONS = {"middle": {"trained": "head", "features": "middle"}}
"""Of the model, where a way to train has another name than what is trained of it.

With ten images a class of waste the middle is nine points worse than the end, and cross-validation took it in three of
16 draws all the same, which cost two points; so it takes validation images to choose it.
"""

FEW = 1000
"""Images up to which they are looked at as large as the backbone was trained on: features of twice the pixels are two
to three points better with ten and with forty photos of waste a class; of four times the pixels, no better."""

PATIENT = 0.1
"""Seconds of a budget for each image, from which on more of them are looked at as large, too: on two cores the features
take a tenth of that, and five passes or more over the last part the rest."""

SIDE = 160
"""The size of all others: half of the time."""

LEAST_SIDE = 64
"""Smaller images are no photos: networks that are made for them learn more from them."""

LEAST_SHOWN = 128
"""Pixels to which smaller photos are enlarged."""

FIT = "stretch"
"""How photos become square: of padded ones, a part of what is looked at shows nothing. Linear layers on photos of waste
(4:3) are 2.2 points (standard error .6) better than on padded ones with ten a class, and 2.8 (.6) at 160 pixels with
forty; with ten that are cut to shapes from 1:2.2 to 2.2:1, 2.3 (.5)."""

TUNING = (
    *("optimizer", "learning_rate", "beta_2", "momentum", "nesterov", "weight_decay", "l1", "l2", "schedule", "warmup"),
    *("ema", "epochs", "steps", "budget", "batch_size", "early_stopping", "label_smoothing", "augment"),
)
"""Settings that come from the recipe `pretrained`, but for those that a person asked for; all others are those of the
recipe that is trained."""

LAST_SECONDS, ALL_SECONDS = 20, 60
"""Less time is not enough for a try, on a small folder already."""

PASSES = 3
"""Over the training images that fine-tuning takes to be better than a linear layer; of photos of waste, after one it
was six to seventeen points worse."""

PASS_SECONDS = 6.5e-7
"""Of a pass over the last part, for each pixel of an image: measured on two cores, with a third of a large backbone."""

ALL_LONGER = 2
"""How many times as long all of a network takes as its last part."""


def with_start(recipe: Any, look: Look) -> Any:
    """Return the recipe without pretrained networks where its data are not for them, else with photos in full."""
    if not tries_several(recipe):
        return recipe
    if recipe.pretrained == "auto" and not is_for_photos(recipe, look):
        return recipe.changed(pretrained="false")
    return recipe if "fit" in recipe.asked else recipe.changed(fit=FIT)


def is_for_photos(recipe: PretrainedSettings, look: Look) -> bool:
    """Say whether the data of a recipe are such that a pretrained network is worth a try.

    Small and grey images, named data, and recipes that say which network they want are left alone.
    """
    plain = recipe.model.name == "quick" and not recipe.model.options
    if not plain or recipe.data in registry.names("data"):
        return False
    seen = look()
    return are_photos(recipe, seen, side=recipe.image_size or seen.side)


def are_photos(recipe: ImageSettings, seen: Seen, *, side: int) -> bool:
    """Say whether images are such as a pretrained network has learnt from: in colour, and not small at a side."""
    return recipe.channels != 1 and not seen.grey and side >= LEAST_SIDE


def tries_several(recipe: PretrainedSettings) -> bool:
    """Say whether a recipe leaves open how much of a pretrained network is trained."""
    return recipe.pretrained != "false" and not is_pretrained(recipe)


def side(recipe: PretrainedSettings, look: Look) -> int | None:
    """Return the side in pixels for pretrained networks; None where the recipe says it, or wants none of them."""
    if recipe.image_size or not tries_several(recipe):
        return recipe.image_size
    return _side(look(), recipe.backbone, recipe.budget)


def _side(seen: Seen, backbone: str, budget: float | None) -> int:
    large = seen.count <= max(FEW, (budget or 0) / PATIENT)
    wanted = backbones.described(backbone).side if large else SIDE
    return min(wanted, max(LEAST_SHOWN, seen.side))


def contenders(recipe: PretrainedSettings, dataset: ImageDataset, read: Read) -> tuple[Contender, ...]:
    """Return the ways to try, from the least training to the most; none when the recipe knows its way.

    Args:
        recipe: of images.
        dataset: its images in their splits.
        read: gives the images of another recipe for the same data, which may have another size.
    """
    if not tries_several(recipe):
        return ()
    made = partial(_prepared, recipe, dataset)
    few = len(dataset.rows("validation")) < ENOUGH
    needed = PASSES * PASS_SECONDS * len(dataset.rows("train")) * math.prod(dataset.image_shape[:2])
    last, whole = max(LAST_SECONDS, needed), max(ALL_SECONDS, ALL_LONGER * needed)
    refuse: dict[str, Callable[[Mapping[str, float], float | None], str]] = {
        "head": lambda scores, left: "",
        "middle": lambda scores, left: _too_few(few),
        "last": partial(_last, few, last),
        "all": partial(_all, few, whole),
        "scratch": partial(_scratch_not, few),
    }
    plain = partial(_scratch, recipe, dataset, read)
    return tuple(
        Contender(name, about, plain if name == "scratch" else partial(made, name), refuse[name])
        for name, about in ways(recipe).items()
    )


def ways(recipe: PretrainedSettings) -> dict[str, str]:
    """Return the ways to train that a recipe leaves open, in words by their names, from the least training on."""
    name = recipe.backbone
    middle = {"middle": f"a linear layer on the middle of {name}, pretrained"}
    found = {
        "head": f"a linear layer on {name}, pretrained",
        **(middle if backbones.described(name).middle else {}),
        "last": f"the last part of {name}, fine-tuned",
        "all": f"all of {name}, fine-tuned",
    }
    return found | ({"scratch": f"{recipe.model.name} from random weights"} if recipe.pretrained == "auto" else {})


def _prepared(
    recipe: PretrainedSettings, dataset: ImageDataset, way: str, left: float | None
) -> tuple[PretrainedSettings, ImageDataset]:
    """Return the recipe of a pretrained network, of which a part is trained, within the seconds that are left."""
    timed = {} if left is None or way in ("head", "middle") else {"budget": _share(left), "epochs": None}
    options = {"name": MODEL, "backbone": recipe.backbone, **_OPTIONS.get(way, {"trained": way})}
    own = {"image_size": dataset.image_shape[0], "model": options, "pretrained": "true"}
    return recipe.changed(**{**_tuning(recipe), **timed, **own}), dataset


def _tuning(recipe: PretrainedSettings) -> dict[str, Any]:
    """Return how a pretrained network is trained: as a person asked, else as it does best."""
    given, best = recipe.model_dump(mode="json"), recipes.read(MODEL).model_dump(mode="json")
    usual = {field: best[field] for field in TUNING if field in given}  # label smoothing is of classes only
    for name in recipe.asked:
        field, _, inner = name.partition(".")
        if field in TUNING:
            usual[name] = given[field].get(inner) if inner else given[field]
    return usual


def _share(left: float) -> float:
    return max(1.0, 0.9 * left)  # the rest is for starting and for what comes after the last epoch


def _scratch(
    recipe: PretrainedSettings, dataset: ImageDataset, read: Read, left: float | None
) -> tuple[PretrainedSettings, ImageDataset]:
    """Return the recipe as it would be without pretrained networks, and its data in the splits of the others."""
    recipe = _as_asked(recipe)
    own = read(recipe.changed(pretrained="false"))
    own = replace(dataset, images=own.images[_rows(own, dataset)])
    timed = {} if left is None else {"budget": _share(left), "epochs": None}
    plain = recipe.changed(pretrained="false", image_size=own.image_shape[0], **{"budget": None, **timed})
    return (plain if timed else plain.changed(epochs=epochs(plain, own))), own


def _as_asked(recipe: PretrainedSettings) -> PretrainedSettings:
    """Return the recipe with the shape of images that `with_start` changed as it was."""
    return recipe if "fit" in recipe.asked else recipe.changed(fit=type(recipe).model_fields["fit"].default)


def _rows(own: ImageDataset, dataset: ImageDataset) -> Any:
    """Return where the images of one are in the other; all of them, in their order, but for those left out."""
    if np.array_equal(own.names, dataset.names):
        return slice(None)
    place = {name: row for row, name in enumerate(own.names.tolist())}
    return np.array([place[name] for name in dataset.names.tolist()])


def _last(few: bool, needed: float, scores: Mapping[str, float], left: float | None) -> str:
    return _too_few(few) or _too_late(left, needed)


def _all(few: bool, needed: float, scores: Mapping[str, float], left: float | None) -> str:
    if reason := _too_few(few) or _too_late(left, needed):
        return reason
    if scores.get("last", -math.inf) <= scores["head"]:
        return "Training the last part did not help, so more of it is not tried."
    return ""


def _scratch_not(few: bool, scores: Mapping[str, float], left: float | None) -> str:
    if reason := _too_few(few) or _too_late(left, ALL_SECONDS):
        return reason
    tuned = [scores[each] for each in ("head", "last", "all") if each in scores]
    if "all" not in scores or scores["all"] < max(tuned):
        return "What is pretrained helps most where least of it is changed, so starting from nothing is not tried."
    return ""


def _too_few(few: bool) -> str:
    return f"It takes {ENOUGH} validation images to choose by, and there are fewer." if few else ""


def _too_late(left: float | None, needed: float) -> str:
    if left is None or left >= needed:
        return ""
    return f"Too little time was left: {max(0, left):.0f} s, where some {needed:.0f} are needed."
