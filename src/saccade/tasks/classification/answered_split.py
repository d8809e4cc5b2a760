"""What a classifier says of each image of a split: what is taken for what, the surest mistakes first."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saccade.core.answered_split import AnsweredSplit, Matrix
from saccade.core.run import Run
from saccade.evaluation.answered_split import open_own_split
from saccade.tasks.answered_images import Pile, Said, answered_images
from saccade.tasks.classification.prediction import Prediction, predictions
from saccade.tasks.classification.predictor import Predictor, open_predictor
from saccade.tasks.image_evaluating import finite

A_MISTAKE, A_RIGHT = 24, 12
"""Images of a cell that are shown: of one kind of mistake, and of a class that was recognised."""

AT_ONCE = 64
"""Images whose probabilities are held by name: of 10,000 classes those of an image take most of a megabyte."""

Cells = dict[tuple[int, int], list[Said]]


def answered(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return what the network says of each image of a split; arguments and errors as `Task.answered`."""
    dataset, rows = open_own_split(run, split=split, data=data, quiet=quiet)
    predictor = open_predictor(run)
    outputs = finite(predictor.answers(dataset.images, rows=rows))
    found = list(_best(outputs, predictor))
    order = np.argsort([-each.probability for each in found], kind="stable").tolist()
    cells = _cells(dataset.labels, rows, found, order, predictor.classes)
    piles = [*_of_mistakes(cells), *_of_refusals(dataset.labels, rows, found, predictor.classes)]
    matrix = Matrix(predictor.classes, tuple((*cell, len(images)) for cell, images in sorted(cells.items())))
    right = {each.row: true == said for (true, said), images in cells.items() for each in images}
    every = [*piles, *_of_cells(cells, predictor.classes)]
    return answered_images(dataset, split, every, count=len(rows), matrix=matrix, right=right)


def _best(outputs: NDArray[np.float32], predictor: Predictor) -> Iterator[Prediction]:
    """Yield the answer for each image without the probabilities of all classes by name, which fill the memory."""
    for start in range(0, len(outputs), AT_ONCE):
        some = outputs[start : start + AT_ONCE]
        for answer in predictions(some, predictor.classes, novelty=predictor.novelty):
            yield replace(answer, probabilities={})


def _cells(
    labels: NDArray[np.int64],
    rows: NDArray[np.int64],
    found: list[Prediction],
    order: list[int],
    classes: tuple[str, ...],
) -> Cells:
    """Return the images by (true class, said class), the surest first."""
    cells: Cells = defaultdict(list)
    number = {name: at for at, name in enumerate(classes)}
    for place in order:
        true, said = int(labels[rows[place]]), number[found[place].label]
        cells[true, said].append(_said(int(rows[place]), found[place], classes[true]))
    return cells


def _said(row: int, answer: Prediction, true: str) -> Said:
    refused = "; unlike all classes" if answer.none_of_these else ""
    return Said(row, answer.label, true, f"probability {answer.probability:.3f}{refused}")


def _of_mistakes(cells: Cells) -> Iterator[Pile]:
    wrong = [each for (true, said), images in cells.items() if true != said for each in images]
    surest = sorted(wrong, key=lambda each: each.detail, reverse=True)
    about = "The surest first. Look whether the network errs, or the label is wrong."
    yield Pile("mistakes", "Surest mistakes", about, surest)


def _of_refusals(
    labels: NDArray[np.int64], rows: NDArray[np.int64], found: list[Prediction], classes: tuple[str, ...]
) -> Iterator[Pile]:
    strange = sorted((each.known_p_value or 0, place) for place, each in enumerate(found) if each.none_of_these)
    images = [_said(int(rows[place]), found[place], classes[labels[rows[place]]]) for _, place in strange]
    yield Pile("none", "None of these", "Answered with none of the classes, the least like them first.", images)


def _of_cells(cells: Cells, classes: tuple[str, ...]) -> Iterator[Pile]:
    for (true, said), images in sorted(cells.items()):
        right = true == said
        title = f"{classes[true]}, recognised" if right else f"{classes[true]}, taken for {classes[said]}"
        shown = images if not right or len(images) <= A_RIGHT else images[: A_RIGHT // 2] + images[-A_RIGHT // 2 :]
        few = "The surest and the least sure." if right and len(images) > A_RIGHT else "The surest first."
        yield Pile(f"{true},{said}", title, few, _first(shown, images), A_RIGHT if right else A_MISTAKE)


def _first(shown: list[Said], every: list[Said]) -> list[Said]:
    """Return all of a cell with those that are to be shown at its front."""
    rows = {each.row for each in shown}
    return [*shown, *(each for each in every if each.row not in rows)]
