"""BoxSuspects: places where a box is missing or wrong, the most suspicious first, and how to show them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType

from saccade.core.finding import plural
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.tasks.object_detection import box_overrides
from saccade.tasks.object_detection.box_overrides import BoxOverride, merged
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.label_errors.ranking import Reason
from saccade.tasks.suspects_table import not_judged, shown

SHOWN = 20
"""Suspects that a terminal shows."""

CLEAR = 0.8
"""Precision and recall of the networks from which on most of what is flagged is worth a look."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels of the image in its source."""

SAID: dict[Reason, str] = {"no box": "an object without a box", "class": "another class", "place": "a box beside it"}
"""What a reason means, for people."""

COLUMNS = (
    *("rank", "path", "reason", "given", "given_xmin", "given_ymin", "given_xmax", "given_ymax"),
    *("suggested", "xmin", "ymin", "xmax", "ymax", "score", "flagged"),
)


@dataclass(frozen=True)
class Suspect:
    """A place where something else is found than is marked.

    Attributes:
        name: of the image.
        reason: "no box", "class" or "place".
        given: the marked class; "" for "no box".
        given_box: the marked box; None for "no box".
        suggested: the class that is found.
        box: where.
        score: 0 to 1, how sure the network is, which had not seen the image.
        flagged: whether that is enough to look at it.
    """

    name: str
    reason: Reason
    given: str
    given_box: Box | None
    suggested: str
    box: Box
    score: float
    flagged: bool

    @property
    def marked(self) -> tuple[str, Box] | None:
        """Class and box as they are marked; None for "no box"."""
        return (self.given, self.given_box) if self.given_box else None

    @property
    def correction(self) -> BoxOverride:
        """What makes it as it is found; a box keeps its place where only its class is in doubt."""
        kept = self.given_box if self.reason == "class" else None
        return BoxOverride.of(self.name, self.marked, (self.suggested, kept or self.box))


@dataclass(frozen=True)
class BoxSuspects(Shown):
    """All places in doubt, the most suspicious first.

    Attributes:
        name: of the data.
        source: where they came from, as given.
        objects: names of the classes.
        images: how many were judged.
        marked: objects that were judged in them.
        suspects: the places.
        threshold: from which score on a suspect is flagged, with the networks' precision and recall there.
        folds: networks that were trained.
        unjudged: objects that were not judged, because all of their class are in one fold.
        overrides: corrections that were applied before.
    """

    name: str
    source: str
    objects: tuple[str, ...]
    images: int
    marked: int
    suspects: tuple[Suspect, ...]
    threshold: ConfidenceThreshold
    folds: int
    unjudged: int = 0
    overrides: tuple[BoxOverride, ...] = ()

    @property
    def flagged(self) -> tuple[Suspect, ...]:
        """The suspects that are worth a look."""
        return tuple(each for each in self.suspects if each.flagged)

    def accepted(self, amount: float | None = None) -> tuple[BoxOverride, ...]:
        """Return corrections that make the worst suspects as they are found, together with those applied before.

        Args:
            amount: a number of places, or a part of all below 1; None for those that are flagged.
        """
        count = len(self.suspects)
        worst = self.suspects[: count if amount is None else int(amount) if amount >= 1 else round(amount * count)]
        chosen = [each for each in worst if amount is not None or each.flagged]
        first = dict[tuple[str, object], Suspect]()  # a box is corrected once, as the worst suspect says
        for at, each in enumerate(chosen):
            first.setdefault((each.name, each.marked or at), each)
        return merged(self.overrides, (each.correction for each in first.values()))

    def write(self, path: Path, overrides: Iterable[BoxOverride]) -> None:
        """Write corrections as a CSV file."""
        box_overrides.write(path, overrides)

    # As data

    def to_dict(self) -> Json:
        """Return the counts and the flagged suspects as plain values for JSON."""
        return {
            "name": self.name,
            "source": self.source,
            "images": self.images,
            "objects": self.marked,
            "unjudged": self.unjudged,
            "folds": self.folds,
            "threshold": self.threshold.to_dict(),
            "flagged": len(self.flagged),
            "suspects": [self.record(at) for at, each in enumerate(self.suspects) if each.flagged],
        }

    def record(self, at: int) -> Json:
        """Return what is known of the suspect at a place of the ranking, from 0."""
        each = self.suspects[at]
        return {
            "rank": at + 1,
            "path": each.name,
            "reason": each.reason,
            "given": each.given or None,
            "given_box": [round(side, 2) for side in each.given_box] if each.given_box else None,
            "suggested": each.suggested,
            "box": [round(side, 2) for side in each.box],
            "score": round(each.score, 6),
            "flagged": each.flagged,
        }

    def to_csv(self) -> str:
        """Return the whole ranking, a line a place."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for at in range(len(self.suspects)):
            row = self.record(at)
            row["given"], row["given_box"] = row["given"] or "", row["given_box"] or [""] * 4
            writer.writerow([cell for each in row.values() for cell in (each if isinstance(each, list) else [each])])
        return text.getvalue()

    # For reading

    @property
    def verdict(self) -> str:
        """What was found, in one sentence."""
        count = {reason: sum(each.reason == reason for each in self.flagged) for reason in SAID}
        return (
            f"{plural(count['no box'], 'object', 'objects')} probably without a box, "
            f"{count['class']:,} of {self.marked:,} probably of another class, "
            f"{plural(count['place'], 'box', 'boxes')} probably beside the object."
        )

    @property
    def caution(self) -> str:
        """What makes the flags doubtful, if anything."""
        precision, recall = self.threshold.precision or 0, self.threshold.recall or 0
        if min(precision, recall) >= CLEAR:
            return ""
        return (
            f"The networks find {recall:.0%} of the objects, and {precision:.0%} of what they find is marked, so much "
            "of what is flagged will be theirs and not the data's mistake; or search longer, with more epochs."
        )

    @property
    def method(self) -> str:
        """How it was found, in one sentence."""
        return (
            f"{self.images:,} images, judged by {self.folds} networks, each by one that was not trained on it. Flagged "
            f"from a score of {self.threshold.value:.2f} on. The test split was not touched."
            f"{not_judged(self.unjudged, 'object')}"
        )

    def _shown(self) -> Iterator[RenderableType]:
        columns = ("image", "why", "marked", "found", "where")
        places = map(_place, self.suspects[:SHOWN])
        return shown(f"{self.name}: {self.verdict}", self.method, self.caution, columns, places)


def where(box: Box) -> str:
    """Return left, top, right and bottom in whole pixels, as a terminal shows them."""
    return ", ".join(f"{side:.0f}" for side in box)


def _place(suspect: Suspect) -> tuple[str, Sequence[str], bool]:
    found = f"{suspect.suggested} {suspect.score:.3f}"
    return suspect.name, (SAID[suspect.reason], suspect.given or "–", found, where(suspect.box)), suspect.flagged
