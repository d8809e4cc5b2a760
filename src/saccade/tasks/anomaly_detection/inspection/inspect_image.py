"""Run + image → Inspection: the image, its copy, where they differ, and what every layer makes of it."""

from pathlib import Path

import numpy as np
from markupsafe import Markup

from saccade.core import pages
from saccade.core.backend import Model
from saccade.core.run import Run
from saccade.inspection.figures import figure_address
from saccade.inspection.inspection import Inspection
from saccade.tasks.anomaly_detection.anomaly_maps import AnomalyMap, Locator
from saccade.tasks.anomaly_detection.anomaly_maps.drawing import draw
from saccade.tasks.image_inspector import AnyImage, ImageInspector, image_inspector
from saccade.tasks.sealed_images import refuse_sealed

_TEMPLATE = Path(__file__).with_name("image_lead.html.j2")


def inspect_image(run: Run, model: Model, image: AnyImage, *, data: str | None = None) -> Inspection:
    """Return the way of one image through the network of a run.

    Args:
        run: a trained run of images.
        model: its network.
        image: a file; the name of an image of the run's data; or an array (h, w, c), 0 to 255.
        data: where the data lie now, when they or the run have moved.

    Raises:
        DataError: there is no such image, or it cannot be read.
        RunError: the image is of the sealed test split, or the run has no threshold.
    """
    refuse_sealed(run, image)
    opened: ImageInspector = image_inspector(run, model, data=data)
    found = opened.find(image)
    locator = Locator(run, model=model)
    (anomaly_map,) = locator.maps(found.values, [found.name])
    return opened.inspect(found, lead=_lead(anomaly_map, found.label, locator.judge.threshold.value))


def _lead(found: AnomalyMap, label: str, threshold: float) -> Markup:
    row, column = found.peak
    return Markup(
        pages.render(
            _TEMPLATE,
            found=found,
            label=label,
            peak=(row, column, float(found.anomaly_map.max())),
            drawing=figure_address(draw(found)),
            difference=_difference(found),
            threshold=threshold,
        )
    )


def _difference(found: AnomalyMap) -> float | None:
    """Return by how much the copy, if there is one, differs from the image on average, of 255."""
    if found.rebuilt is None:
        return None
    return float(np.abs(found.image.astype(np.float32) - found.rebuilt).mean())
