"""Suspects: every judged image with its label, the most suspicious first, and how to show and use that."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType

from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.modalities.images import label_overrides
from saccade.modalities.images.dataset import Override
from saccade.modalities.images.label_overrides import merged
from saccade.tasks.suspects_table import not_judged, shown

SHOWN = 20
"""Suspects that a terminal shows."""

CLEAR = 0.9
"""Agreement from which flags can be trusted. Of 3% wrong labels that were made, 89% were flagged both in MNIST and in
CIFAR-10; of the flagged, 99% were wrong in MNIST (agreement .96), and 25% in CIFAR-10 (.71)."""


@dataclass(frozen=True)
class Suspects(Shown):
    """All images that were judged, the most suspicious label first.

    Attributes:
        name: of the data.
        source: where they came from, as given.
        classes: class names in label order.
        rows: (n,), positions in the data set.
        names: (n,), of the images.
        given: (n,), their labels.
        suggested: (n,), the most probable other class.
        probabilities: (n, k), from a network that was not trained on the image. The ranking is by that of the
            given class, the least first (self-confidence).
        flagged: (n,), whether confident learning takes the label for wrong.
        folds: networks that were trained.
        unjudged: images that are not among these, because all of their class are in one fold.
        overrides: corrections that were applied before.
    """

    name: str
    source: str
    classes: tuple[str, ...]
    rows: NDArray[np.int64]
    names: NDArray[np.str_]
    given: NDArray[np.int64]
    suggested: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    folds: int
    unjudged: int = 0
    overrides: tuple[Override, ...] = ()

    @property
    def quality(self) -> NDArray[np.float32]:
        """(n,), the probability of the given class, 0 to 1, rising."""
        return self.probabilities[np.arange(len(self.given)), self.given]

    @property
    def agreement(self) -> float:
        """Part of the labels that the networks agree with."""
        return float((self.probabilities.argmax(axis=1) == self.given).mean())

    def accepted(self, amount: float | None = None) -> tuple[Override, ...]:
        """Return corrections that take the suggestion for the worst suspects, together with those applied before.

        Args:
            amount: a number of images, or a part of all below 1; None for those that are flagged.
        """
        if amount is None:
            chosen = np.flatnonzero(self.flagged)
        else:
            chosen = np.arange(len(self.rows))[: int(amount) if amount >= 1 else round(amount * len(self.rows))]
        return merged(self.overrides, (Override(str(self.names[i]), *self._classes(i)) for i in chosen.tolist()))

    def write(self, path: Path, overrides: Iterable[Override]) -> None:
        """Write corrections as a CSV file, behind those that it has: path, old, new."""
        label_overrides.write(path, overrides)

    def _classes(self, i: int) -> tuple[str, str]:
        return self.classes[self.given[i]], self.classes[self.suggested[i]]

    # As data

    def to_dict(self) -> Json:
        """Return the counts and the flagged suspects as plain values for JSON."""
        return {
            "name": self.name,
            "source": self.source,
            "images": len(self.rows),
            "unjudged": self.unjudged,
            "folds": self.folds,
            "agreement": self.agreement,
            "flagged": int(self.flagged.sum()),
            "suspects": [self.record(int(i)) for i in np.flatnonzero(self.flagged)],
        }

    def record(self, i: int) -> Json:
        """Return what is known of the suspect at a place of the ranking, from 0."""
        given, suggested = self._classes(i)
        return {
            "rank": i + 1,
            "path": str(self.names[i]),
            "given": given,
            "given_probability": round(float(self.quality[i]), 6),
            "suggested": suggested,
            "suggested_probability": round(float(self.probabilities[i, self.suggested[i]]), 6),
            "flagged": bool(self.flagged[i]),
        }

    def to_csv(self) -> str:
        """Return the whole ranking, a line an image."""
        text = io.StringIO()
        records = [self.record(i) for i in range(len(self.rows))]
        writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue()

    # For reading

    @property
    def verdict(self) -> str:
        """What was found, in one sentence."""
        flagged = int(self.flagged.sum())
        look = "looks" if flagged == 1 else "look"
        return f"{flagged:,} of {len(self.rows):,} labels {look} wrong ({flagged / len(self.rows):.2%})."

    @property
    def caution(self) -> str:
        """What makes the flags doubtful, if anything."""
        if self.agreement >= CLEAR:
            return ""
        return (
            f"The networks agree with {self.agreement:.0%} of the labels only, so most of what is flagged will be hard "
            "images with a right label. Look at them before you accept any; or search longer, with more epochs."
        )

    @property
    def method(self) -> str:
        """How it was found, in one sentence."""
        return (
            f"Judged by {self.folds} networks, each image by one that was not trained on it; they agree with "
            f"{self.agreement:.1%} of the labels. The test split was not touched.{not_judged(self.unjudged, 'image')}"
        )

    def _shown(self) -> Iterator[RenderableType]:
        places = map(self._place, range(min(SHOWN, len(self.rows))))
        return shown(f"{self.name}: {self.verdict}", self.method, self.caution, ("image", "label", "rather"), places)

    def _place(self, i: int) -> tuple[str, Sequence[str], bool]:
        given, suggested = self._classes(i)
        other = float(self.probabilities[i, self.suggested[i]])
        cells = (f"{given} {float(self.quality[i]):.3f}", f"{suggested} {other:.3f}")
        return str(self.names[i]), cells, bool(self.flagged[i])
