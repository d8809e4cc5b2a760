"""ImageDrift: how new images differ from a run's validation images, and what that means for the answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import RenderableType
from rich.text import Text

from saccade.core.cross_validation import LEAST
from saccade.core.finding import plural
from saccade.core.shell_words import shell_word
from saccade.drift.drift import SMALL, Drift, Shift

Kind = Literal["look", "file", "mix", "answer"]
"""What a test is of: how images look, what files they are in, how often each answer is given, or how it is given."""

SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class ImageTest:
    """One test, and how to speak of it.

    Attributes:
        shift: what the test says.
        kind: what it is of.
        subject: what may have moved, the first words of a sentence.
        advice: what to do where it has.
        examples: names of new images to look at then, the most telling first.
        severity: of the finding; "" has it depend on the distance.
        least: the distance from which on it matters.
        is_exact: whether it holds for ever so few images.
    """

    shift: Shift
    kind: Kind
    subject: str
    advice: str
    examples: tuple[str, ...] = ()
    severity: str = ""
    least: float = SMALL
    is_exact: bool = False

    @property
    def matters(self) -> bool:
        """Whether chance does not explain it, and it is large enough."""
        return self.shift.significant and self.shift.effect >= self.least


@dataclass(frozen=True, kw_only=True)
class ImageDrift(Drift):
    """How new images differ from the validation images of a run.

    Attributes:
        run: the folder of the run.
        strangest: names of the new images that are least like any validation image, the strangest first.
        answers: what was counted of the answers, a sentence each.
    """

    run: str
    strangest: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    noun: str = "image"
    measured: str = "measures"

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        images, few = plural(self.compared, "image", "images"), min(self.compared, self.reference_rows)
        if few < LEAST and not self.drifted:
            are = "is" if self.compared == 1 else "are"
            return f"{self.source}: {images} {are} too few to say whether they are still like those of the run."
        moved = [*self._moved("look"), *self._whole()]
        if moved:
            also = "; " + _listed(self._moved("answer", "mix")) + " changed too" if self._moved("answer", "mix") else ""
            return f"{self.source}: {images} that differ from the run's validation images: {_listed(moved)}{also}."
        if self.drifted:
            alike = f"{self.source}: {images} that look like the run's validation images, but are answered otherwise"
            return f"{alike}: {_listed(self._moved('answer', 'mix'))}."
        return f"{self.source}: {images} like the run's validation images, as far as so many can show."

    @property
    def meaning(self) -> str:
        """What the result means for the answers, in one sentence or two; "" where nothing can be said."""
        if self._moved("look") or self._whole():
            return (
                "What was measured on the test split says less of images like these. Label some of them and measure: "
                f"saccade evaluate {shell_word(self.run)} --data LABELLED; then train again with them."
            )
        if self.drifted:
            return (
                "Either something else is shown more often now, which is no fault of the network, or it is mistaken "
                "more often: look at some of these answers. Numbers over all images depend on the mix."
            )
        return "" if self.compared < LEAST else "What was measured on the test split should hold for them."

    def _moved(self, *kinds: str) -> list[str]:
        """Return what more than a note is of, of some kinds, the worst first."""
        return [str(each.values["called"]) for each in self.findings if each.kind in kinds and each.severity != "note"]

    def _whole(self) -> list[str]:
        told = [each for each in self.findings if each.kind == "told_apart" and each.severity != "note"]
        return [f"all in all (AUC {told[0].values['value']:.2f})"] if told else []

    def _own(self) -> Mapping[str, Any]:
        return {"meaning": self.meaning, "answers": list(self.answers), "strangest": list(self.strangest)}

    def _shown(self) -> Iterator[RenderableType]:
        whole, *rest = super()._shown()
        yield whole
        if self.meaning:
            yield Text(self.meaning)
        yield from rest

    def _before_the_table(self) -> Iterator[RenderableType]:
        for number, sentence in enumerate(self.answers):
            yield Text(sentence if number else f"\n{sentence}")
        if self.strangest:
            yield Text(f"Least like the run's images: {', '.join(self.strangest[:SHOWN])}.")


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
