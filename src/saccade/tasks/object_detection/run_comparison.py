"""Two object detectors → which is better on the same test images, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from saccade.core.errors import RunError
from saccade.core.finding import plural
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.core.run_files import interpreting
from saccade.core.safe_json import Json
from saccade.evaluation.run_comparison import common_tests
from saccade.tasks.object_detection import coco_metrics
from saccade.tasks.object_detection.coco_matching import match
from saccade.tasks.object_detection.marked_and_found import MarkedAndFound
from saccade.tasks.paired_comparison import PairedComparison, ends


@dataclass(frozen=True, kw_only=True)
class Comparison(PairedComparison):
    """Which is better; the difference is the AP50 of the second minus that of the first.

    Attributes:
        ap50: of the first and of the second.
        ap: likewise, the mean over the IoUs .50 to .95.
        ap_difference: of AP, with its 95% interval.
        left_out: test images that only one of them has, or whose boxes were changed between the two.
    """

    ap50: tuple[float, float]
    ap: tuple[float, float]
    ap_difference: MetricValue
    left_out: int = 0

    BETTER: ClassVar[str] = "better by {least:.4f} to {most:.4f} in AP50"
    UNSURE: ClassVar[str] = "between {least:+.4f} and {most:+.4f} better in AP50"

    @property
    def verdict(self) -> str:
        """The result in two sentences."""
        gap = self.ap_difference
        between = "" if gap.low is None else f" ({gap.low:+.4f} to {gap.high:+.4f})"
        return f"{super().verdict} In AP, the second is {gap.value or 0:+.4f}{between} better."

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, and one on what was left out, for the terminal."""
        runs = zip((self.first, self.second), self.ap50, self.ap, strict=True)
        lines = tuple(f"{path}: AP50 {half:.4f}, AP {whole:.4f}" for path, half, whole in runs)
        if not self.left_out:
            return lines
        images = plural(self.left_out, "test image", "test images")
        return (*lines, f"left out: {images} that got boxes, or other ones, between the two runs")

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {**super().to_dict(), "ap_difference": self.ap_difference.to_dict()}


def compare(first: Run, second: Run) -> Comparison:
    """Return which of two evaluated runs is better, on the test images that have the same boxes in both.

    Raises:
        RunError: their classes differ, or their test images, and not only by boxes that were added to one file since.
    """
    if first.data["classes"] != second.data["classes"]:
        raise RunError(f"{first.path} and {second.path} know other classes, so they cannot be compared.")
    one, other = judged(first), judged(second)
    every = {name for name, *_ in (*_keys(one), *_keys(other))}
    shared = common_tests(first, second, _keys(one), _keys(other), noun="images")
    one, other = _in_order(one, shared), _in_order(other, shared)
    matches = match(one), match(other)
    scores = {
        name: tuple(float(summary(coco_metrics.exact(each, "all"))[0]) for each in matches)
        for name, summary in (("ap50", coco_metrics.ap50), ("ap", coco_metrics.mean))
    }
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        images=len(one),
        ap50=(scores["ap50"][0], scores["ap50"][1]),
        ap=(scores["ap"][0], scores["ap"][1]),
        ap_difference=coco_metrics.difference(*matches, coco_metrics.mean),
        left_out=len(every) - len(shared),
        **ends(coco_metrics.difference(*matches, coco_metrics.ap50)),
    )


def judged(run: Run) -> MarkedAndFound:
    """Return what is marked in the test images of an evaluated run and what it found, as predictions.csv has it."""
    with interpreting(run.path / "predictions.csv"):
        return MarkedAndFound.of_table(run.predictions, tuple(run.data["classes"]))


Key = tuple[str, bytes, bytes, bytes]


def _in_order(images: MarkedAndFound, keys: Sequence[Key]) -> MarkedAndFound:
    """Return the images with these keys, in their order."""
    place = {key: at for at, key in enumerate(_keys(images))}
    return images.at([place[key] for key in keys])


def _keys(images: MarkedAndFound) -> list[Key]:
    """Return of each image its name and what is marked in it."""
    marks = ((each.boxes.tobytes(), each.numbers.tobytes(), each.ignored.tobytes()) for each in images.marked)
    return [(name, *mark) for name, mark in zip(images.names, marks, strict=True)]
