"""Run → ObjectsOverview: what its network finds in images that it did not learn from, and why it misses the rest."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.inference import batches
from saccade.inspection import page_frame
from saccade.inspection.summary import LayerSummary, summarize
from saccade.tasks import base
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.inspection.inspect_image import (
    INVENTED_COLOUR,
    MISSED_COLOUR,
    drawing_of,
    ignored,
    marked,
)
from saccade.tasks.object_detection.inspection.misses import WORDS, Fate, fates, invented
from saccade.tasks.object_detection.inspection.peaks import PeakFinder, Peaks
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.predictor import threshold_of

MOST_IMAGES = 200
"""That are looked at, evenly spread over the split."""

WORST = 8
"""Images that are drawn."""

_TEMPLATE = Path(__file__).with_name("objects_overview.html.j2")


@dataclass(frozen=True)
class LookedAt:
    """What became of the objects of one image.

    Attributes:
        name: of the image.
        pixels: (h, w, c), uint8, as the network sees it.
        fates: of its objects.
        peaks: what the network considered.
        invented: positions of the answers that find no object.
    """

    name: str
    pixels: NDArray[np.uint8]
    fates: tuple[Fate, ...]
    peaks: Peaks
    invented: NDArray[np.int64]

    @property
    def missed(self) -> tuple[Fate, ...]:
        """The objects that are not found."""
        return tuple(each for each in self.fates if not each.is_found)

    @property
    def mistakes(self) -> int:
        """Missed and invented objects."""
        return len(self.missed) + len(self.invented)


@dataclass(frozen=True)
class ObjectsOverview:
    """What a network finds in some of its images, and why it misses the rest.

    Attributes:
        title: what to call the network.
        split: where the images come from.
        objects: names of the classes.
        threshold: from which score on a box is an answer.
        images: that were looked at.
        layers: of the network.
    """

    title: str
    split: str
    objects: tuple[str, ...]
    threshold: ConfidenceThreshold
    images: tuple[LookedAt, ...]
    layers: tuple[LayerSummary, ...]

    @property
    def reasons(self) -> dict[str, dict[str, int]]:
        """How many objects of each class were found, or missed for which reason, and how many were invented."""
        counts = {name: Counter[str]() for name in self.objects}
        for image in self.images:
            for fate in image.fates:
                counts[self.objects[fate.number]][fate.reason] += 1
            for at in image.invented:
                counts[self.objects[image.peaks.numbers[at]]]["invented"] += 1
        return {name: dict(found) for name, found in counts.items()}

    @property
    def worst(self) -> tuple[LookedAt, ...]:
        """The images with the most missed and invented objects, the worst first."""
        falling = sorted(self.images, key=lambda image: -image.mistakes)
        return tuple(image for image in falling[:WORST] if image.mistakes)

    def save(self, folder: Path) -> Path:
        """Write the page and return its path; raises RunError when the folder cannot be written."""
        return page_frame.write(self.page(), folder)

    def page(self) -> str:
        """Return the page."""
        return page_frame.compose(
            _TEMPLATE,
            {
                "reasons": ("found and missed", "What is found, and why is the rest missed?"),
                "images": ("images", "The images with the most mistakes"),
                "layers": ("layers", "Layers"),
            },
            overview=self,
            words=WORDS,
            drawn=[(image, _drawn(image, self.objects)) for image in self.worst],
        )


def overview_of_objects(
    run: Run, model: Model, *, split: str = "", data: str | None = None, quiet: bool = True
) -> ObjectsOverview:
    """Return what a run's network finds in images of a split, and why it misses the rest; the test split stays sealed.

    Args:
        run: a trained run of images.
        model: its network.
        split: "validation" or "train"; the first that has images when left out.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        RunError: the split is sealed or empty, or the data have changed.
    """
    if split == "test":
        raise RunError("The test split stays sealed: choose validation or train.")
    dataset: ObjectImages = base.reload(run, data=data, quiet=quiet)
    chosen = split or next((each for each in ("validation", "train") if len(dataset.rows(each))), "train")
    rows = dataset.rows(chosen) if chosen in dataset.splits else np.empty(0, np.int64)
    if not len(rows):
        raise RunError(f"The split '{chosen}' has no images.")
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, MOST_IMAGES).astype(np.int64))]
    return ObjectsOverview(
        title=run.path.name,
        split=chosen,
        objects=dataset.objects,
        threshold=threshold_of(run),
        images=tuple(_looked_at(run, model, dataset, rows)),
        layers=tuple(summarize(model)),
    )


def _looked_at(run: Run, model: Model, dataset: ObjectImages, rows: NDArray[np.int64]) -> Iterator[LookedAt]:
    finder, least = PeakFinder(model, overlap=run.recipe.overlap), threshold_of(run).value
    found = [peaks for batch in batches(dataset.images, rows=rows) for peaks in finder.heat_and_peaks(batch)[1]]
    for row, peaks in zip(rows.tolist(), found, strict=True):
        truth = marked(run, dataset, row)
        yield LookedAt(
            name=str(dataset.names[row]),
            pixels=np.asarray(dataset.images[row]),
            fates=tuple(fates(*truth, peaks, threshold=least)),
            peaks=peaks,
            invented=invented(*truth, peaks, threshold=least, ignored=ignored(run, dataset, row)),
        )


def _drawn(image: LookedAt, objects: tuple[str, ...]) -> str:
    """Return the address of an image with its missed and invented objects on it."""
    missed, at = image.missed, image.invented[::-1]
    boxes = np.array([*(each.box for each in missed), *image.peaks.boxes[at]], np.float32).reshape(-1, 4)
    colours = [MISSED_COLOUR] * len(missed) + [INVENTED_COLOUR] * len(at)
    named = [objects[each.number] for each in missed]
    named += [f"{objects[image.peaks.numbers[each]]} {image.peaks.scores[each]:.2f}" for each in at]
    return drawing_of(image.pixels, boxes, colours, named)
