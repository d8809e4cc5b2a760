"""The precision–recall curve of a report on boxes, as SVG in the colours of the page."""

import numpy as np

from saccade.core.charts import as_svg, axes_for_page
from saccade.report.curves import ACCENT, explain, in_percent
from saccade.tasks.object_detection.box_colours import colour_of
from saccade.tasks.object_detection.coco_matching import Matches
from saccade.tasks.object_detection.coco_metrics import RECALLS

MOST_LINES = 7
"""Classes with a line of their own; with more, only the mean is drawn."""


def precision_recall(matches: Matches, objects: tuple[str, ...]) -> str:
    """Return precision against recall at an IoU of .5: the mean of the classes, and each where they are few."""
    figure, axes = axes_for_page(5.2, 3.4)
    each = matches.precision[0, :, :, 0]
    known = [at for at in range(len(objects)) if not np.isnan(each[:, at]).any()]
    if len(known) > 1:
        axes.plot(RECALLS, each[:, known].mean(axis=1), color=ACCENT, linewidth=2.2, label="mean of the classes")
    for at in known if len(known) <= MOST_LINES else ():
        colour = tuple(part / 255 for part in colour_of(at)) if len(known) > 1 else ACCENT
        axes.plot(RECALLS, each[:, at], color=colour, linewidth=1.3, label=_brief(objects[at]))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    in_percent(axes, "recall: objects found", "precision: answers right")
    explain(axes)
    return as_svg(figure, name="precision_recall", label="precision against recall at an IoU of .5")


def _brief(name: str) -> str:
    plain = name.replace("$", r"\$").lstrip("_")  # a label that begins with _ is left out of legends
    return plain if len(plain) <= 24 else f"{plain[:23]}…"
