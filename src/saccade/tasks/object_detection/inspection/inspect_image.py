"""Run + image → Inspection: boxes, heat maps, which pixels speak for a box, why objects were missed, and the way."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from saccade.core import pages
from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.inspection.attributing import enlarged
from saccade.inspection.explanations import overlaid
from saccade.inspection.image_input import InputImage
from saccade.inspection.inspection import Inspection
from saccade.tasks.image_inspector import AnyImage, ImageInspector, image_inspector
from saccade.tasks.object_detection.box_colours import Colour, colour_of
from saccade.tasks.object_detection.drawing import LEAST_SIDE, at_size, drawn
from saccade.tasks.object_detection.inspection.misses import WORDS, Fate, fates
from saccade.tasks.object_detection.inspection.peaks import PeakFinder, Peaks
from saccade.tasks.object_detection.inspection.support import occlude
from saccade.tasks.object_detection.object_images import NOTHING, ObjectImages
from saccade.tasks.object_detection.placement import Boxes, to_network
from saccade.tasks.object_detection.predictor import threshold_of
from saccade.tasks.sealed_images import refuse_sealed

MOST_BOXES = 4
"""Of which it is shown which pixels speak for them."""

MOST_MAPS = 12
"""Heat maps on the page: of the classes whose peaks are the surest."""

LARGEST = 960
"""Pixels a side of the drawing with the boxes."""

FOUND_COLOUR, MISSED_COLOUR, INVENTED_COLOUR = (26, 127, 55), (200, 40, 30), (30, 100, 220)
"""Of boxes, where it counts what became of them: green, red and blue."""

_TEMPLATE = Path(__file__).with_name("image_lead.html.j2")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Supported:
    """A box, and an image of which pixels speak for it: their address, and by how much its score falls at most."""

    name: str
    score: float
    image: str
    fall: float


def inspect_image(run: Run, model: Model, image: AnyImage, *, data: str | None = None) -> Inspection:
    """Return the way of one image through the network of a run.

    Args:
        run: a trained run of images.
        model: its network.
        image: a file; the name of an image of the run's data; or an array (h, w, c), 0 to 255.
        data: where the data lie now, when they or the run have moved.

    Raises:
        DataError: there is no such image, or it cannot be read.
        RunError: the image is of the sealed test split.
    """
    refuse_sealed(run, image)
    opened: ImageInspector = image_inspector(run, model, data=data, label=in_words)
    found = opened.find(image)
    return opened.inspect(found, lead=_lead(run, model, found, _marked(run, opened, image)))


def in_words(annotation: str) -> str:
    """Return "3 RBC, 1 WBC" of an annotation's text, or "background"."""
    names = [str(row[0]) for row in json.loads(annotation)["objects"]]
    return ", ".join(f"{names.count(name)} {name}" for name in sorted(set(names))) or NOTHING


def _marked(run: Run, opened: ImageInspector, image: AnyImage) -> tuple[Boxes, NDArray[np.int32]] | None:
    """Return boxes (k, 4) in pixels of what the network sees and classes (k,) of an image in the data, else None."""
    dataset = opened.dataset
    if not isinstance(image, str | Path) or Path(image).is_file() or not isinstance(dataset, ObjectImages):
        return None
    row = np.flatnonzero(dataset.names == str(image))[:1]
    return marked(run, dataset, int(row[0])) if len(row) else None


def marked(run: Run, dataset: ObjectImages, row: int) -> tuple[Boxes, NDArray[np.int32]]:
    """Return boxes (k, 4) in pixels of what the network sees, and classes (k,), of an image's objects that count."""
    real = dataset.is_object[row]
    return _placed(run, dataset, row)[real], dataset.numbers[row][real]


def ignored(run: Run, dataset: ObjectImages, row: int) -> Boxes:
    """Return boxes (k, 4) in pixels of what the network sees of an image's objects that are not judged."""
    return np.asarray(_placed(run, dataset, row)[dataset.ignored[row]])


def _placed(run: Run, dataset: ObjectImages, row: int) -> Boxes:
    height, width, _ = dataset.image_shape
    placed = to_network(dataset.boxes[[row]], dataset.sizes[[row]], (height, width), fit=run.recipe.fit)
    return np.asarray(placed[0])


def _lead(run: Run, model: Model, image: InputImage, truth: tuple[Boxes, NDArray[np.int32]] | None) -> Markup:
    objects, threshold = tuple(run.data["classes"]), threshold_of(run)
    finder = PeakFinder(model, overlap=run.recipe.overlap)
    (heat,), (peaks,) = finder.heat_and_peaks(image.values)
    told = [] if truth is None else fates(*truth, peaks, threshold=threshold.value)
    return Markup(
        pages.render(
            _TEMPLATE,
            objects=objects,
            threshold=threshold,
            answers=len(peaks.answers(threshold.value)),
            drawing=_drawing(image, peaks, objects, threshold.value),
            truth=None if truth is None else _true(image, told, objects),
            fates=[(objects[each.number], each, sentence(each, objects, threshold.value)) for each in told],
            words=WORDS,
            heats=_heats(image, heat, objects),
            supported=_supported(finder, image, peaks, objects, threshold.value),
            colours=[_css(number) for number in range(len(objects))],
        )
    )


def sentence(fate: Fate, objects: tuple[str, ...], threshold: float) -> str:
    """Return what became of an object, in words."""
    score, share = fate.score or 0.0, f"IoU {fate.overlap:.2f}"
    return {
        "found": f"found with score {score:.2f}, {share}",
        "below": f"a box is there ({share}), but its score of {score:.2f} is below the threshold of {threshold:.2f}",
        "suppressed": f"a box is there with score {score:.2f}, but a surer one of its class overlaps it too much: "
        "train with a larger --overlap if objects lie so close",
        "shared": f"the only box on it, score {score:.2f}, finds another object already",
        "class": f"a box is there ({share}), but as {_name(fate.taken_for, objects)} with score {score:.2f}",
        "far": f"the nearest box has score {score:.2f}, but overlaps it too little: {share}, needed 0.5",
        "never": "none of the 100 surest peaks of the heat maps lies on it",
    }[fate.reason]


def _name(number: int | None, objects: tuple[str, ...]) -> str:
    return "another class" if number is None else objects[number]


def _drawing(image: InputImage, peaks: Peaks, objects: tuple[str, ...], threshold: float) -> str:
    at = peaks.answers(threshold)[::-1]  # the surest on top
    named = [f"{objects[peaks.numbers[each]]} {peaks.scores[each]:.2f}" for each in at]
    return drawing_of(image.pixels, peaks.boxes[at], [colour_of(int(each)) for each in peaks.numbers[at]], named)


def _true(image: InputImage, told: list[Fate], objects: tuple[str, ...]) -> str:
    boxes = np.array([each.box for each in told], np.float32).reshape(-1, 4)
    named = ["" if each.is_found else objects[each.number] for each in told]
    colours = [FOUND_COLOUR if each.is_found else MISSED_COLOUR for each in told]
    return drawing_of(image.pixels, boxes, colours, named)


def drawing_of(pixels: NDArray[np.uint8], boxes: Boxes, colours: list[Colour], named: list[str]) -> str:
    """Return the address of an image with boxes on it, large enough for their names to be read."""
    scale = max(1.0, LEAST_SIDE / max(pixels.shape[:2]))
    height, width = (round(side * scale) for side in pixels.shape[:2])
    image = drawn(at_size(pixels, (height, width)), np.asarray(boxes * scale, np.float32), colours, named)
    return pages.embedded(np.asarray(image), largest=LARGEST)


def _heats(image: InputImage, heat: Floats, objects: tuple[str, ...]) -> list[tuple[str, str, float]]:
    """Return (class, address of its heat map over the image, its highest heat), the surest classes first."""
    highest = heat.max(axis=(0, 1))
    shown = np.argsort(-highest, kind="stable")[:MOST_MAPS].tolist()
    return [(objects[at], _embedded(_glowing(image.pixels, heat[..., at], at)), float(highest[at])) for at in shown]


def _glowing(pixels: NDArray[np.uint8], heat: Floats, number: int) -> Image.Image:
    """Return an image, pale and grey, with a heat map on it in the colour of its class."""
    alpha = np.clip(enlarged(heat, (pixels.shape[0], pixels.shape[1])), 0, 1)[..., None]
    ground = 255 - (255 - pixels.mean(axis=-1, keepdims=True)) * 0.5
    mixed = ground * (1 - alpha) + np.array(colour_of(number)) * alpha
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _supported(
    finder: PeakFinder, image: InputImage, peaks: Peaks, objects: tuple[str, ...], threshold: float
) -> list[Supported]:
    """Return which pixels speak for the surest boxes, or for the surest peak where there is no answer."""
    chosen = peaks.answers(threshold)[:MOST_BOXES].tolist() or np.flatnonzero(peaks.kept)[:1].tolist()
    if not chosen:
        return []
    occluded = occlude(finder, image.values[0])
    made = []
    for at in chosen:
        support, number = occluded.support(peaks, at), int(peaks.numbers[at])
        lit = drawn(overlaid(image.pixels, support), peaks.boxes[at][None], [colour_of(number)], [""])
        made.append(Supported(objects[number], float(peaks.scores[at]), _embedded(lit), float(support.max())))
    return made


def _embedded(image: Image.Image) -> str:
    scale = max(1, round(LEAST_SIDE / 2 / max(image.size)))
    large = image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)
    return pages.embedded(np.asarray(large), largest=LARGEST // 2)


def _css(number: int) -> str:
    red, green, blue = colour_of(number)
    return f"rgb({red} {green} {blue})"
