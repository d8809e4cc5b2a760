"""What a search for better settings asks of a detector of anomalies: rows to compare by, and what thresholds do."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from saccade.core.errors import DataError
from saccade.core.run import Run
from saccade.tasks import base
from saccade.tasks.anomaly_detection.threshold_criterion import read

if TYPE_CHECKING:
    from saccade.tasks.anomaly_detection.evaluating import Judged


def refuse(dataset: "Judged") -> None:
    """Raise DataError where the calibration split has no labels of both kinds, by which settings are compared."""
    labels = dataset.labels[dataset.rows("calibration")]
    if len(np.unique(labels[labels >= 0])) < 2:
        raise DataError(
            "Settings that look for anomalies are compared on the calibration split, half of it in the search and half "
            f"at its end, and its {dataset.noun} have no labels of both kinds, normal and anomaly, in each half. "
            "Name the column of labels with --label, put more of them there with --calibration, or train without a "
            "search."
        )


def alarms(pairs: Sequence[tuple[Run, Run]]) -> tuple[str, ...]:
    """Return what the thresholds of recipe and winner do on the rows that were kept back, a sentence; or none.

    Each run's threshold was chosen as its recipe asks for, on the half of the calibration split that the search saw.

    Args:
        pairs: of judged runs, of the recipe and of the winner.
    """
    found = [[run.evaluation.get("at_threshold") for run in runs] for runs in zip(*pairs, strict=True)]
    if not all(all(each) for each in found):
        return ()
    noun = base.for_run(pairs[0][0]).noun
    asked = read(pairs[0][0].recipe.threshold).words_for(noun)
    recipe, winner = (_said(each) for each in found)
    return (
        f"Thresholds were chosen on {noun} that the search saw ({asked}). On the others, the recipe raises an alarm "
        f"for {recipe}; what was found, for {winner}.",
    )


def _said(at_threshold: Sequence[Mapping[str, Any]]) -> str:
    """Return "4.1% of the normal ones and 95.8% of the anomalies", the mean over some runs."""
    false, caught = (
        float(np.mean([each[name]["value"] for each in at_threshold])) for name in ("false_alarm_rate", "recall")
    )
    return f"{false:.1%} of the normal ones and {caught:.1%} of the anomalies"
