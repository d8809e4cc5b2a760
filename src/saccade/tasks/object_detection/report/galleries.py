"""Galleries of test images with boxes over them: the worst, what was missed, what was invented."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saccade.report import page
from saccade.report.page import Section
from saccade.tasks.image_report import Room
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound
from saccade.tasks.object_detection.pairing import Pairing, pairings
from saccade.tasks.object_detection.placement import to_network
from saccade.tasks.object_detection.report.material import DetectionMaterial

MOST_SHOWN = 12

MOST_CHARACTERS = 700_000
"""Of the page, of each gallery."""

_TEMPLATE = Path(__file__).with_name("gallery.html.j2")


@dataclass(frozen=True)
class DrawnBox:
    """A box over an image.

    Attributes:
        kind: "found", "confused", "missed" or "invented".
        title: its class, and what the network says.
        left, top, width, height: in pixels of the image as it is shown.
    """

    kind: str
    title: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class JudgedImage:
    """A test image with its mistakes.

    Attributes:
        name: of the image.
        marked: what is marked in it.
        answers: the boxes above the threshold.
        pairs: how both go together.
        objects: names of the classes.
    """

    name: str
    marked: Marked
    answers: Detections
    pairs: Pairing
    objects: tuple[str, ...]

    def boxes(self, *kinds: str) -> Iterator[tuple[str, str, Sequence[float]]]:
        """Yield (kind, title, left, top, right and bottom in pixels of the source) of boxes of these kinds."""
        true = [self.objects[number] for number in self.marked.numbers.tolist()]
        rows = zip(self.answers.numbers.tolist(), self.answers.scores.tolist(), strict=True)
        said = [f"{self.objects[number]} {score:.2f}" for number, score in rows]
        for kind in kinds:
            if kind == "missed":
                yield from ((kind, f"{true[at]}, missed", self.marked.boxes[at].tolist()) for at in self.pairs.missed)
            elif kind == "invented":
                yield from (
                    (kind, f"{said[at]}, nothing is there", self.answers.boxes[at].tolist())
                    for at in self.pairs.invented
                )
            else:
                for row, at in getattr(self.pairs, kind):
                    yield kind, f"{said[at]}, is {true[row]}", self.answers.boxes[at].tolist()


def galleries(material: DetectionMaterial) -> list[Section]:
    """Return the sections on the worst images, on missed objects and on invented ones."""
    images = list(_judged(material.judged, material.evaluation.threshold))
    return [
        _gallery(
            material,
            sorted(images, key=lambda each: -each.pairs.mistakes),
            ("found", "confused", "missed", "invented"),
            key="worst",
            name="Worst images",
            about="The test images with the most mistakes.",
        ),
        _gallery(
            material,
            sorted(images, key=lambda each: -len(each.pairs.missed)),
            ("missed",),
            key="missed",
            name="Missed objects",
            about="Objects that no answer goes with, in the images with the most of them. Are they too small for what "
            "the network sees, cut off at the side, or unlike those in training?",
        ),
        _gallery(
            material,
            sorted(images, key=lambda each: -_surest(each)),
            ("invented",),
            key="invented",
            name="Invented objects",
            about="Answers where no object is marked, the surest first. Look whether the network errs, or an object "
            "has no box in the data.",
        ),
    ]


def _judged(images: MarkedAndFound, threshold: float) -> Iterator[JudgedImage]:
    rows = zip(images.names, pairings(images, threshold), strict=True)
    return (JudgedImage(name, *of, images.objects) for name, of in rows)


def _surest(image: JudgedImage) -> float:
    return float(image.answers.scores[list(image.pairs.invented)].max(initial=0))


def _gallery(
    material: DetectionMaterial, images: Sequence[JudgedImage], kinds: Sequence[str], *, key: str, name: str, about: str
) -> Section:
    """Return a section with those of the images that have mistakes of such kinds, in their order."""
    wrong = [kind for kind in kinds if kind != "found"]
    shown = [each for each in images if any(getattr(each.pairs, kind) for kind in wrong)]
    room = Room(material.strata, MOST_CHARACTERS)
    tiles = [_tile(material, each, kinds, room.named) for each in shown[:MOST_SHOWN]]
    values = {"title": name, "about": about, "tiles": tiles, "kinds": kinds, "left": len(shown) - len(tiles)}
    return Section(key, name, page.fill(_TEMPLATE, **values))


def _tile(
    material: DetectionMaterial, image: JudgedImage, kinds: Sequence[str], source: Callable[[str], str]
) -> dict[str, object]:
    height, width, _ = material.data["image_shape"]
    fit = material.recipe.fit
    drawn = []
    for kind, title, box in image.boxes(*kinds):
        sizes = np.array([image.answers.size], np.int32)
        placed = to_network(np.array([[box]], np.float32), sizes, (height, width), fit=fit)[0, 0]
        left, top, right, bottom = placed.tolist()
        drawn.append(DrawnBox(kind, title, left, top, right - left, bottom - top))
    counts = [f"{len(getattr(image.pairs, kind))} {kind}" for kind in kinds if getattr(image.pairs, kind)]
    return {
        "name": image.name,
        "source": source(image.name),
        "width": width,
        "height": height,
        "boxes": drawn,
        "said": ", ".join(counts),
    }
