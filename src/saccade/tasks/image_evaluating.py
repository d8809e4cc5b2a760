"""What evaluations of images do alike: ask the network, and keep what was seen where it belongs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.evaluation import other_data as others
from saccade.evaluation import test_access_log
from saccade.evaluation.opening_split import OpenedSplit
from saccade.inference import probabilities
from saccade.modalities.images.data_identity import split_hash
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.image_evaluation import ImageEvaluation
from saccade.tasks.other_images import seen_in

Kept = TypeVar("Kept", bound=ImageEvaluation)
Score = Callable[[NDArray[np.bool_]], dict[str, MetricValue]]
Table = tuple[Sequence[str], Iterable[Sequence[object]]]
"""Header and rows."""


def answers(network: Model, dataset: ImageDataset, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the network's answers for some images, (n, k); raises RunError where one is not finite."""
    return finite(probabilities(network, dataset.images, rows=rows))


def finite(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return answers as they are; raises RunError where one is not finite."""
    if not np.isfinite(found).all():
        raise RunError("The network answers with infinite numbers: its training diverged. Lower --learning-rate.")
    return found


def now() -> str:
    """Return the time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def keep(
    opened: OpenedSplit[ImageDataset],
    evaluation: Kept,
    predictions: Table,
    *,
    score: Score,
    seen: Mapping[str, object],
    write: Callable[[Kept], object],
    quiet: bool,
) -> Kept:
    """Return an evaluation with what is known of its data, written into the run where it is of the test or other data.

    Args:
        opened: the split that was scored.
        evaluation: what was found.
        predictions: what was said of each image.
        score: the metrics of those of other data, (n,), that the network has not seen.
        seen: the numbers that the record of accesses to the test names.
        write: writes the other tables and images of the test.
        quiet: no progress bars.
    """
    if opened.other:
        new = partial(seen_in, opened.dataset, quiet=quiet)
        known = others.with_seen(opened.other, opened.dataset, score, seen_in=new)
        evaluation = replace(evaluation, other_data=known)
        others.kept(opened.run, evaluation, *predictions)
    elif opened.split == "test":
        evaluation = _keep_test(opened, evaluation, predictions, seen, write)
    return evaluation


def _keep_test(
    opened: OpenedSplit[ImageDataset],
    evaluation: Kept,
    predictions: Table,
    seen: Mapping[str, object],
    write: Callable[[Kept], object],
) -> Kept:
    """Record that the sealed test split was opened, and write everything that was seen; evaluation.json last."""
    record = test_access_log.with_another(opened.run, when=evaluation.when, metrics=list(evaluation.metrics), **seen)
    evaluation = replace(evaluation, accesses=len(record))
    opened.run.write_table("predictions", *predictions)
    write(evaluation)
    content = {**evaluation.to_dict(), "accesses": record, "split_hash": split_hash(opened.dataset, "test")}
    opened.run.write_evaluation(content)
    return evaluation
