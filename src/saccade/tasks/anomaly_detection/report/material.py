"""Run of the task anomaly_detection → AnomalyMaterial: everything that its report tells, read once."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.table import ANOMALY, NORMAL, UNKNOWN
from saccade.report.material import OTHER_VERSION, RunMaterial, common, unseen_test
from saccade.tasks.anomaly_detection.evaluation import AtThreshold, Detection
from saccade.tasks.anomaly_detection.metrics import at_threshold, rankings
from saccade.tasks.anomaly_detection.threshold import Threshold

LABELS = {"normal": NORMAL, "anomaly": ANOMALY, "": UNKNOWN}


@dataclass(frozen=True)
class Scored:
    """What the network said of the test rows when they were evaluated.

    Attributes:
        names: (n,) the row in the source.
        labels: (n,) 0 normal, 1 anomaly, -1 not said.
        scores: (n,) larger is stranger.
        reasons: (n,) which columns make up the score, in words; "" where that was not kept.
    """

    names: tuple[str, ...]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class AsItIs:
    """What depends on the share of anomalies, at that of the test split itself."""

    average_precision: MetricValue
    at_threshold: AtThreshold | None


@dataclass(frozen=True)
class AnomalyMaterial(RunMaterial):
    """Everything that a report on anomalies tells.

    Attributes:
        schema: what the columns mean; None where the network is asked about images.
        threshold: the frozen one, as it is now; None when there is none.
        detection: of the test split; None when it was not opened for the network as it is now.
        scored: the test rows, as evaluated; None likewise.
    """

    schema: Schema | None
    threshold: Threshold | None
    detection: Detection | None
    scored: Scored | None

    @property
    def tested(self) -> float | None:
        """The threshold that was frozen when the test split was opened."""
        found = self.detection and (self.detection.promise or self.detection.at_threshold)
        return found.threshold if found else None

    @property
    def moved(self) -> bool:
        """Whether another threshold was chosen since the test split was opened."""
        now = self.threshold.value if self.threshold else None
        return self.detection is not None and self.tested != now

    @cached_property
    def as_it_is(self) -> AsItIs | None:
        """The same numbers for the test split as it is; None without labels of both kinds."""
        if not (self.detection and self.detection.roc_auc and self.scored):
            return None
        known = self.scored.labels != UNKNOWN
        labels, scores = self.scored.labels[known], self.scored.scores[known]
        ranked = rankings(labels, {"network": scores})["network"]
        frozen = None if self.tested is None else at_threshold(labels, scores, self.tested)
        return AsItIs(ranked.average_precision, frozen)


def gather_anomalies(run: Run, *, data: str | None = None, quiet: bool = True) -> AnomalyMaterial:
    """Return everything that a report tells of a run that looks for anomalies; it needs no data; see `report`."""
    shared = common(run)
    schema = Schema.from_dict(run.data["schema"]) if "schema" in run.data else None
    material = AnomalyMaterial(
        **shared, unscored="", schema=schema, threshold=run.load(Threshold), detection=None, scored=None
    )
    unscored = unseen_test(run, material.noun)
    if unscored:
        return replace(material, unscored=unscored)
    try:
        return replace(material, detection=run.read_evaluation(Detection.from_dict), scored=_scored(run))
    except RunError:
        return replace(material, unscored=OTHER_VERSION)


def _scored(run: Run) -> Scored:
    def parse(row: dict[str, str]) -> tuple[str, int, float, str]:
        return next(iter(row.values())), LABELS[row["label"]], float(row["score"]), row.get("reasons") or ""

    rows = run.read_predictions(parse)
    names, labels, scores, reasons = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Scored(names, np.array(labels, np.int64), np.array(scores, np.float64), reasons)
