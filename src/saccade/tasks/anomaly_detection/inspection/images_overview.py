"""Run → ImagesOverview: the scores of its calibration images, the threshold among them, and the worst of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.inspection import page_frame
from saccade.inspection.figures import figure_address
from saccade.inspection.summary import LayerSummary, summarize
from saccade.modalities.tables.schema import number
from saccade.modalities.tables.table import ANOMALY, NORMAL
from saccade.tasks import base
from saccade.tasks.anomaly_detection.anomaly_maps import AnomalyMap, Locator
from saccade.tasks.anomaly_detection.anomaly_maps.drawing import draw
from saccade.tasks.anomaly_detection.inspection.rows_overview_page import histogram
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores
from saccade.tasks.anomaly_detection.threshold import Threshold

WORST = 6
"""Images of each kind that are drawn."""

_TEMPLATE = Path(__file__).with_name("images_overview.html.j2")


@dataclass(frozen=True)
class Group:
    """Calibration images that are alike: what they are, how many, and the maps of some of them."""

    title: str
    count: int
    maps: tuple[AnomalyMap, ...]


@dataclass(frozen=True)
class ImagesOverview:
    """What a network does over its calibration images.

    Attributes:
        title: what to call the network.
        normal: (n,), scores of normal calibration images.
        anomalies: (m,), scores of anomalies there.
        threshold: of the run.
        groups: the strangest normal images, the anomalies that are missed, and those that are caught.
        layers: of the network.
    """

    title: str
    normal: NDArray[np.float64]
    anomalies: NDArray[np.float64]
    threshold: Threshold
    groups: tuple[Group, ...]
    layers: tuple[LayerSummary, ...]

    def save(self, folder: Path) -> Path:
        """Write the page and return its path; raises RunError when the folder cannot be written."""
        return page_frame.write(self.page(), folder)

    def page(self) -> str:
        """Return the page."""
        drawn = [
            (group, [(each.name, figure_address(draw(each), dpi=80)) for each in group.maps]) for group in self.groups
        ]
        return page_frame.compose(
            _TEMPLATE,
            {"scores": ("scores", "Scores"), "images": ("images", "Images"), "layers": ("layers", "Layers")},
            noun="images",
            overview=self,
            groups=drawn,
            histogram=histogram(self.normal, self.anomalies, self.threshold.value),
            number=number,
        )


def overview_of_images(run: Run, model: Model, *, data: str | None = None, quiet: bool = True) -> ImagesOverview:
    """Return what a run's network does over its calibration images; the test split stays sealed.

    Args:
        run: a trained run of images.
        model: its network.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        RunError: the run has no threshold, or the data have changed.
    """
    kept, threshold = run.load(CalibrationScores), run.load(Threshold)
    if kept is None or threshold is None:
        raise RunError(f"{run.path} has no calibration scores: its training did not come to its end.")
    dataset = base.reload(run, data=data, quiet=quiet)
    rows, locator = kept.numbers - 1, Locator(run, model=model)
    alarm = threshold.is_alarm(kept.scores)
    falling = np.argsort(-kept.scores, kind="stable")
    wanted = [
        ("The normal images with the highest scores", kept.labels == NORMAL, falling),
        ("The missed anomalies that look most usual", (kept.labels == ANOMALY) & ~alarm, falling[::-1]),
        ("The highest scores of the anomalies that are caught", (kept.labels == ANOMALY) & alarm, falling),
    ]
    groups = []
    for title, kind, order in wanted:
        chosen = rows[order[kind[order]][:WORST]]
        maps = locator.maps(dataset.images[chosen], [str(dataset.names[row]) for row in chosen]) if len(chosen) else ()
        groups += [Group(title, int(kind.sum()), tuple(maps))] if len(chosen) else []
    normal, anomalies = (kept.scores[kept.labels == label] for label in (NORMAL, ANOMALY))
    return ImagesOverview(run.path.name, normal, anomalies, threshold, tuple(groups), tuple(summarize(model)))


def _drawn(found: AnomalyMap) -> tuple[str, str]:
    """Return the name of an image and the address of its drawing."""
    return found.name, figure_address(draw(found), dpi=80)
