"""The views of what speaks for an answer, as images over the image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.errors import RunError

if TYPE_CHECKING:
    from saccade.inspection.inspection import Inspection

MOST_CLASSES, CLASS_WORK = 10, 20e9

FOR, AGAINST = (255, 80, 50), (60, 150, 255)
"""Red and blue that are seen on black and on white."""


@dataclass(frozen=True)
class Explained:
    """What speaks for one class.

    Attributes:
        name: of the class.
        probability: of the answer.
        gradcam: where the last maps speak for it; None where that cannot be said.
        gradients: which pixels speak for it and against it; None likewise.
        occlusion: where covering the image takes probability away.
        strongest: the largest fall of the probability.
        added: what the gradients add up to, and the difference of the scores.
        missing: why a view is missing, a sentence each.
    """

    name: str
    probability: float
    gradcam: Image.Image | None
    gradients: Image.Image | None
    occlusion: Image.Image
    strongest: float
    added: tuple[float, float]
    missing: tuple[str, ...]


def explain(inspection: "Inspection", chosen: Sequence[str | int]) -> list[Explained]:
    """Explain the predicted class, the chosen ones, and further ones, the most probable first, while that is quick."""
    if not inspection.classes:
        return []
    asked = [inspection.position(None), *(inspection.position(class_) for class_ in chosen)]
    probable = np.argsort([-value for value in inspection.probabilities.values()], kind="stable").tolist()
    quick = int(np.clip(CLASS_WORK / inspection.work, 1, MOST_CLASSES))
    positions = dict.fromkeys([*asked, *probable[:quick]])
    return [_explain(inspection, position) for position in list(positions)[: max(quick, len(set(asked)))]]


def _explain(inspection: "Inspection", position: int) -> Explained:
    pixels = inspection.image.pixels
    missing, maps, gradients, sums = [], None, None, (0.0, 0.0)
    try:
        found = inspection.gradcam(position)
        maps = overlaid(pixels, found)
        if not found.any():
            does = "raises" if inspection.is_number else "speaks for"
            missing.append(f"Grad-CAM: nothing in these maps {does} {inspection.classes[position]}.")
    except RunError as error:
        missing.append(str(error))
    try:
        added = inspection.integrated_gradients(position)
        gradients = overlaid(pixels, added.sum(axis=-1))
        sums = float(added.sum()), inspection.score_difference(position)
    except RunError as error:
        missing.append(str(error))
    fall = inspection.occlusion(position)
    return Explained(
        name=inspection.classes[position],
        probability=list(inspection.probabilities.values())[position],
        gradcam=maps,
        gradients=gradients,
        occlusion=overlaid(pixels, fall),
        strongest=float(fall.max()),
        added=sums,
        missing=tuple(missing),
    )


def overlaid(pixels: NDArray[np.uint8], values: NDArray[np.float32]) -> Image.Image:
    """Return an image with values over it: red for positive and blue for negative ones, clear for those near 0.

    Args:
        pixels: (h, w, 1 or 3), uint8.
        values: (h, w); the largest, but for a few, has the full colour.
    """
    largest = float(np.quantile(np.abs(values), 0.995)) or float(np.abs(values).max()) or 1.0
    share = np.clip(values / largest, -1, 1)[..., None]
    ground = np.broadcast_to(pixels, (*pixels.shape[:2], 3)).astype(np.float32)
    # the root, lest all but the strongest are too faint to be seen
    alpha = 0.85 * np.sqrt(np.abs(share))
    mixed = ground * (1 - alpha) + np.where(share < 0, AGAINST, FOR) * alpha
    return Image.fromarray(np.rint(mixed).astype(np.uint8))
