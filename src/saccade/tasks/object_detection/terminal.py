"""An object detector on the command line: what describes its data, prints its answers and shows its inside."""

from typing import TYPE_CHECKING

from saccade.tasks.image_answers import describe_images

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.tasks.object_detection.object_images import ObjectImages

_SHOWN = 8  # classes in a line


def describe(dataset: "ObjectImages") -> None:
    """Print size, shape, objects, splits, notes, and what was skipped."""
    counts = dataset.counts().values()
    totals = {name: sum(each[name] for each in counts) for name in dataset.objects}
    shown = ", ".join(f"{count:,} {name}" for name, count in list(totals.items())[:_SHOWN])
    more = f" and {len(totals) - _SHOWN:,} more classes" if len(totals) > _SHOWN else ""
    describe_images(dataset, f"{sum(totals.values()):,} objects: {shown}{more}")
