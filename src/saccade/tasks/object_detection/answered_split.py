"""What an object detector says of each image of a split: objects that were missed, invented and confused."""

from collections.abc import Sequence

import numpy as np

from saccade.core.answered_split import AnsweredSplit, Mark
from saccade.core.run import Run
from saccade.evaluation.answered_split import open_own_split
from saccade.inference import load_model
from saccade.tasks.answered_images import Pile, Said, answered_images
from saccade.tasks.object_detection.answers import answers
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.marked_and_found import beside
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.pairing import pairings
from saccade.tasks.object_detection.placement import to_network
from saccade.tasks.object_detection.report.galleries import JudgedImage

KINDS = ("found", "confused", "missed", "invented")

ABOUT = {
    "missed": "Objects that no answer goes with. Too small, cut off, or unlike those in training?",
    "confused": "Objects that were taken for another class.",
    "invented": "Answers where no object is marked. Look whether the network errs, or an object has no box.",
}

RIGHT = "What is marked was found, and nothing else."


def answered(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return what the network finds in each image of a split; arguments and errors as `Task.answered`."""
    dataset, rows = open_own_split(run, split=split, data=data, quiet=quiet)
    images = beside(dataset, rows, answers(load_model(run), dataset, rows, run.recipe))
    threshold = (run.load(ConfidenceThreshold) or ConfidenceThreshold.unknown()).value
    pairs = zip(images.names, pairings(images, threshold), strict=True)
    judged = [(int(row), JudgedImage(name, *of, images.objects)) for row, (name, of) in zip(rows, pairs, strict=True)]
    worst = sorted(judged, key=lambda each: -each[1].pairs.mistakes)
    piles = [
        Pile("worst", "Most mistakes", "", _said(dataset, [each for each in worst if each[1].pairs.mistakes], KINDS)),
        *(
            Pile(kind, kind.capitalize(), about, _said(dataset, _with(judged, kind), (kind,)))
            for kind, about in ABOUT.items()
        ),
        Pile(
            "right", "All right", RIGHT, _said(dataset, [each for each in judged if not each[1].pairs.mistakes], KINDS)
        ),
    ]
    right = {row: not image.pairs.mistakes for row, image in judged}
    return answered_images(dataset, split, piles, count=len(rows), right=right)


def _with(judged: Sequence[tuple[int, JudgedImage]], kind: str) -> list[tuple[int, JudgedImage]]:
    """Return the images with mistakes of a kind, those with the most first."""
    some = [each for each in judged if getattr(each[1].pairs, kind)]
    return sorted(some, key=lambda each: -len(getattr(each[1].pairs, kind)))


def _said(dataset: ObjectImages, judged: Sequence[tuple[int, JudgedImage]], kinds: Sequence[str]) -> list[Said]:
    return [
        Said(
            row,
            f"{len(image.answers)} found, {int((~image.marked.ignored).sum())} marked",
            "",
            ", ".join(f"{len(of)} {kind}" for kind in KINDS[1:] if (of := getattr(image.pairs, kind))) or "all right",
            tuple(_marks(dataset, image, kinds)),
        )
        for row, image in judged
    ]


def _marks(dataset: ObjectImages, image: JudgedImage, kinds: Sequence[str]) -> list[Mark]:
    """Return the boxes as shares of the image that the network sees, which is the one that is shown."""
    height, width, _ = dataset.image_shape
    sizes, marks = np.array([image.answers.size], np.int32), []
    for kind, title, box in image.boxes(*kinds):
        placed = to_network(np.array([[box]], np.float32), sizes, (height, width), fit=dataset.fit)[0, 0]
        left, top, right, bottom = (placed / (width, height, width, height)).tolist()
        marks.append(Mark(kind, title, left, top, right - left, bottom - top))
    return marks
