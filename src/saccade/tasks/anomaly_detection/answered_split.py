"""What an anomaly detector says of each row or image of a split: the highest scores, false alarms, what was missed."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.core.answered_split import AnsweredInput, AnsweredSplit, AnswerGroup
from saccade.core.run import Run
from saccade.evaluation.answered_split import open_own_split
from saccade.inference import Network, load_model
from saccade.modalities.tables.streaming import Batch
from saccade.modalities.tables.table import ANOMALY, NORMAL, Table
from saccade.tasks.anomaly_detection.anomaly_scores import scores
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.row_predictor import open_row_predictor
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.answered_images import MOST_SHOWN, Pile, Said, answered_images

Floats = NDArray[np.float64]

LABELS = {NORMAL: "normal", ANOMALY: "anomaly"}


def answered_images_of(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return how anomalous each image of a split is; arguments and errors as `Task.answered`."""
    images, rows = open_own_split(run, split=split, data=data, quiet=quiet)
    threshold, found = run.load(Threshold), scores(Network(load_model(run)), images.inputs, rows=rows)
    said = [_said_of_image(images, int(row), float(score), threshold) for row, score in zip(rows, found, strict=True)]
    piles = [
        Pile(key, title, about, [said[at] for at in places])
        for key, title, about, places in _piles(images.labels[rows], found, threshold)
    ]
    right = _right(images.labels[rows], found, threshold)
    return answered_images(images, split, piles, count=len(rows), right=dict(zip(rows.tolist(), right, strict=False)))


def answered_rows(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return how anomalous each row of a split is, and which columns make it so; as `answered_images_of`."""
    table, rows = open_own_split(run, split=split, data=data, quiet=quiet)
    network = load_model(run)
    threshold, found = run.load(Threshold), scores(Network(network), table.inputs, rows=rows)
    groups = [
        AnswerGroup(
            key,
            title,
            about,
            len(places),
            tuple(_inputs(run, table, split, rows[places[:MOST_SHOWN]], found[places[:MOST_SHOWN]])),
        )
        for key, title, about, places in _piles(table.labels[rows], found, threshold)
        if places
    ]
    right = _right(table.labels[rows], found, threshold)
    names = (f"row {number}" for number in table.numbers[rows].tolist())
    return AnsweredSplit(split, table.noun, len(rows), tuple(groups), right=dict(zip(names, right, strict=False)))


def _piles(
    labels: NDArray[np.int64], found: Floats, threshold: Threshold | None
) -> Iterator[tuple[str, str, str, list[int]]]:
    """Yield (key, title, what it is, positions in the split, the worst first)."""
    falling = np.argsort(-found, kind="stable")
    yield "highest", "Highest scores", "What the network finds strangest.", falling.tolist()
    if threshold is None:
        return
    alarms = found[falling] > threshold.value
    about = f"Normal, with a score above the threshold of {threshold.value:.4g}."
    yield "false", "False alarms", about, falling[alarms & (labels[falling] == NORMAL)].tolist()
    about = "Anomalies at or below the threshold, the lowest scores first."
    yield "missed", "Missed anomalies", about, falling[~alarms & (labels[falling] == ANOMALY)][::-1].tolist()


def _right(labels: NDArray[np.int64], found: Floats, threshold: Threshold | None) -> list[bool]:
    """Return whether each verdict, alarm or none, is right; none without a threshold."""
    return [] if threshold is None else ((found > threshold.value) == (labels == ANOMALY)).tolist()


def _verdict(score: float, threshold: Threshold | None) -> str:
    if threshold is None:
        return f"score {score:.4g}"
    return "alarm" if score > threshold.value else "no alarm"


def _said_of_image(images: OneClassImages, row: int, score: float, threshold: Threshold | None) -> Said:
    return Said(row, _verdict(score, threshold), str(images.kinds[row]), f"score {score:.4g}")


def _inputs(run: Run, table: Table, split: str, rows: NDArray[np.int64], found: Floats) -> Iterator[AnsweredInput]:
    """Yield rows with the columns that make up most of their scores."""
    threshold = run.load(Threshold)
    reasons: Sequence[str] = [""] * len(rows)
    if threshold is not None and len(rows):
        predictor = open_row_predictor(run)
        asked = Batch(table.values[rows], table.numbers[rows], labels=None, times=None)
        explained = predictor.explained(predictor.scored(asked))
        reasons = ["; ".join(map(str, each.reasons)) for each in explained]
    for row, score, reason in zip(rows.tolist(), found.tolist(), reasons, strict=True):
        number = str(table.numbers[row])
        yield AnsweredInput(
            name=f"row {number}",
            said=_verdict(score, threshold),
            true=LABELS.get(int(table.labels[row]), ""),
            detail=f"score {score:.4g}" + (f": {reason}" if reason else ""),
            inspect=() if split == "test" else ("--row", number),
        )
