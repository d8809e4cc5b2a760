"""Run → evaluation.json: how good the network is on a part it was not trained on, with intervals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade import preparing, registry
from saccade.data.dataset import PARTS, Dataset
from saccade.drawing import draw_confusion
from saccade.errors import RunError, unknown
from saccade.evaluation import Baseline, Confusion, Evaluation
from saccade.predicting import load_model, probabilities
from saccade.run import Run
from saccade.score import Score, Value

__all__ = ["Baseline", "Confusion", "Evaluation", "Score", "evaluate"]


def evaluate(run: Run, *, part: str = "test", data: str | None = None, model: Any = None) -> Evaluation:
    """Return how good the run's network is on one part of its data.

    The test part is sealed: training never sees it. Its numbers are written into the run, and evaluation.json records
    each time it is opened; those of other parts are only returned, so that no one takes them for the test's.

    Args:
        run: a trained run.
        part: "test", or "validation" or "train" to look for overfitting.
        data: where the data lie now, when they or the run have moved.
        model: the network, when it is loaded already.

    Raises:
        RunError: the part is empty, the data are not what the run was trained on, or there is no network.
    """
    if part not in PARTS:
        raise unknown("part", part, PARTS)
    dataset = preparing.reload(run, data=data)
    rows = _rows(dataset, part)
    answers = _answers(load_model(run) if model is None else model, dataset, rows)
    evaluation = _compute(dataset, rows, answers, part)
    if part != "test":
        return evaluation
    openings = [*_earlier_openings(run), {"when": evaluation.when, "accuracy": evaluation.accuracy.value}]
    evaluation = replace(evaluation, openings=len(openings))
    _write(run, evaluation, openings, _predictions(dataset, rows, answers))
    return evaluation


def _rows(dataset: Dataset, part: str) -> NDArray[np.int64]:
    rows = dataset.rows(part)
    if not len(rows):
        raise RunError(f"There are no {part} pictures in this run. Train a new one with --{part} 0.15.")
    return rows


def _answers(model: Any, dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    answers = probabilities(model, dataset.images, rows=rows)
    if not np.isfinite(answers).all():
        raise RunError("The network answers with infinite numbers: its training diverged. Lower --learning-rate.")
    return answers


def _compute(dataset: Dataset, rows: NDArray[np.int64], answers: NDArray[np.float32], part: str) -> Evaluation:
    labels = dataset.labels[rows]
    return Evaluation(
        part=part,
        pictures=len(rows),
        classes=dataset.classes,
        metrics=_metrics(labels, answers),
        baseline=_baseline(dataset, labels),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _metrics(labels: NDArray[np.int64], answers: NDArray[np.float32]) -> dict[str, Value]:
    """Compute every file of `metrics/`: a new one needs no change here."""
    return {name: registry.load("metrics", name).compute(labels, answers) for name in registry.names("metrics")}


def _baseline(dataset: Dataset, labels: NDArray[np.int64]) -> Baseline:
    # counted in training: the test part's own most frequent class would be a peek
    counts = np.bincount(dataset.labels[dataset.rows("train")], minlength=len(dataset.classes))
    always = np.zeros((len(labels), len(counts)), np.float32)
    always[:, counts.argmax()] = 1
    accuracy = registry.load("metrics", "accuracy").compute(labels, always)
    return Baseline(dataset.classes[counts.argmax()], accuracy)


def _earlier_openings(run: Run) -> list[dict[str, Any]]:
    try:
        return list(run.evaluation.get("openings", []))
    except RunError:  # never evaluated
        return []


def _predictions(
    dataset: Dataset, rows: NDArray[np.int64], answers: NDArray[np.float32]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name, true class, predicted class, its probability) a picture."""
    best = answers.argmax(axis=1)
    chosen = answers[np.arange(len(best)), best].tolist()
    for row, predicted, probability in zip(rows.tolist(), best.tolist(), chosen, strict=True):
        true = dataset.classes[dataset.labels[row]]
        yield str(dataset.names[row]), true, dataset.classes[predicted], f"{probability:.6f}"


def _write(run: Run, evaluation: Evaluation, openings: list[dict[str, Any]], predictions: Any) -> None:
    """Write tables and picture first, evaluation.json last: where it is, all is."""
    classes, confusion = evaluation.classes, evaluation.confusion
    run.write_table("predictions", ("name", "true", "predicted", "probability"), predictions)
    run.write_table("per_class", *evaluation.per_class_table())
    named = ([name, *row] for name, row in zip(classes, confusion, strict=True))
    run.write_table("confusion", ("true \\ predicted", *classes), named)
    figure = draw_confusion(np.array(confusion), classes)

    def save(path: Path) -> None:
        figure.savefig(path, dpi=150, format="png")

    run.save_picture("confusion", save)
    run.write_evaluation({**evaluation.to_dict(), "openings": openings})
