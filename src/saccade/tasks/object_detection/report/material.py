"""Run → DetectionMaterial: what a report on boxes shows, read once."""

from dataclasses import dataclass
from functools import cached_property

from saccade.core.run import Run
from saccade.tasks import image_report
from saccade.tasks.image_report import ImageMaterial
from saccade.tasks.object_detection.marked_and_found import MarkedAndFound
from saccade.tasks.object_detection.run_comparison import judged


@dataclass(frozen=True)
class DetectionMaterial(ImageMaterial):
    """Everything that a report on a run of boxes says."""

    @cached_property
    def judged(self) -> MarkedAndFound:
        """What is marked in the test images, and what was found in them."""
        return judged(self.run)


def gather(run: Run, *, data: str | None, quiet: bool) -> DetectionMaterial:
    """Return everything that a report says of a run; arguments and errors as `report`."""
    return DetectionMaterial(**vars(image_report.gather(run, data=data, quiet=quiet)))
