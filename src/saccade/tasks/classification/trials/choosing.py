"""Settings that a recipe leaves to a trial: which changes of the images are safe, and whether classes weigh alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from saccade.core.recipe import Recipe
from saccade.core.type_validation import checked
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.trials import held_out
from saccade.tasks.classification.trials.class_weighting import gain, is_uneven
from saccade.tasks.classification.trials.label_preservation import LEAST, helps, survival
from saccade.tasks.classification.trials.trial_augmentations import DEGREES, GAIN
from saccade.tasks.pretrained_training import is_pretrained, vectors_of

SAFE: dict[str, Any] = {"flip": "horizontal", "rotate": DEGREES, "colour": GAIN}
NONE: dict[str, Any] = {"flip": "none", "rotate": 0.0, "colour": 0.0}
LEAST_CLASSES = 2
MOST_UNKNOWN = 0.1
"""Part of the images that may be of classes too small to try."""

CALLED = {"flip": "Mirroring", "rotate": "Turning", "colour": "Changing colours"}


@dataclass(frozen=True)
class Choices:
    """What was chosen by a trial, and why, a sentence each.

    Attributes:
        used: of what is used.
        left_out: of what is not.
    """

    used: tuple[str, ...]
    left_out: tuple[str, ...]
    FILE: ClassVar[str] = "choices.json"

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it."""
        return (*self.used, *self.left_out)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"used": list(self.used), "left_out": list(self.left_out)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described."""
        return checked(cls(used=tuple(content["used"]), left_out=tuple(content["left_out"])))


def choose(recipe: Recipe, dataset: ImageDataset) -> tuple[Any, Choices | None]:
    """Return the recipe with every "auto" settled, and why; None where there was nothing to settle.

    Only training images are looked at.
    """
    asked = [name for name in SAFE if getattr(recipe.augment, name) == "auto"]
    counts = np.bincount(dataset.labels[dataset.rows("train")], minlength=len(dataset.classes))
    weighing = recipe.class_weights == "auto"
    settled, used, left_out = dict[str, Any](), list[str](), list[str]()
    uneven = is_uneven(counts) and bool(np.count_nonzero(counts >= LEAST) > 1)
    for name in asked:
        found = _survives(dataset, counts, asked, name, balanced=uneven)
        settled[f"augment.{name}"] = NONE[name] if found else SAFE[name]
        (left_out if found else used).append(
            f"{CALLED[name]} is {'left out' if found else 'used'}: {found or 'in a quick trial, labels survive it'}."
        )
    if weighing:
        settled["class_weights"] = "none"
        if uneven:
            said, pays = _weighed(recipe, dataset, asked)
            settled["class_weights"] = "balanced" if pays else "none"
            (used if pays else left_out).append(said)
    if not settled:
        return recipe, None
    return recipe.changed(**settled), Choices(tuple(used), tuple(left_out)) if used or left_out else None


def choose_for_training(recipe: Recipe, dataset: ImageDataset) -> tuple[Any, list[Choices], tuple[str, ...]]:
    """Return the recipe with every "auto" settled, what the run keeps of it, and what the user should know."""
    if is_pretrained(recipe) and recipe.model.options.get("trained") == "head":
        recipe = recipe.changed(**_unchanged(recipe))  # it is solved for, from images as they are
    settled, choices = choose(recipe, dataset)
    return settled, [choices] if choices else [], choices.sentences if choices else ()


def _unchanged(recipe: Recipe) -> dict[str, Any]:
    """Return every change of images that is "auto" as it is where none is made."""
    return {f"augment.{name}": NONE[name] for name in SAFE if getattr(recipe.augment, name) == "auto"}


def _survives(dataset: ImageDataset, counts: Any, asked: list[str], name: str, *, balanced: bool) -> str:
    """Return why a change is left out; "" where it is safe."""
    known = counts >= 2 * LEAST  # half of them are held out at a time
    if np.count_nonzero(known) < LEAST_CLASSES or counts[~known].sum() > MOST_UNKNOWN * counts.sum():
        return f"with fewer than {2 * LEAST} training images of a class there is nothing to try it on"
    if name == "colour" and dataset.image_shape[2] == 1:
        return "the images have no colours"
    tried = [each for each in asked if each != "colour" or dataset.image_shape[2] > 1]
    answers = held_out.answers(dataset, changes=tried, balanced=balanced)
    found = survival(answers["labels"], answers["plain"], answers[name], dataset.classes)
    if found.survives or found.destroyed:
        return found.reason
    taught = held_out.answers(dataset, balanced=balanced, taught_with=name)
    return "" if helps(answers["labels"], answers["plain"], taught["plain"]) else found.reason


def _weighed(recipe: Recipe, dataset: ImageDataset, asked: list[str]) -> tuple[str, bool]:
    """Return whether classes of equal weight pay, in words, and whether they do.

    Where a pretrained network is trained, a linear layer on its features says it at once.
    """
    if is_pretrained(recipe):
        vectors = vectors_of(recipe, dataset)
        plain, balanced = (held_out.answers_by_head(dataset, vectors, balanced=each) for each in (False, True))
    else:
        tried = [each for each in asked if each != "colour" or dataset.image_shape[2] > 1]
        plain, balanced = held_out.answers(dataset), held_out.answers(dataset, changes=tried, balanced=True)
    found = gain(plain["labels"], plain["plain"], balanced["plain"])
    what = (
        f"in a trial on training images held out, balanced accuracy is {found.balanced:.1%} with it and "
        f"{found.plain:.1%} without, accuracy {100 * -found.cost:+.1f} points"
    )
    return f"Equal weight for every class is {'used' if found.pays else 'left out'}: {what}.", found.pays
