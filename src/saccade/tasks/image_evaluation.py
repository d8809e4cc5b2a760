"""ImageEvaluation: what evaluations of images have alike, whatever was asked, and how to show it."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from rich.console import RenderableType
from rich.text import Text

from saccade.core.finding import Finding, shown
from saccade.core.metric_value import MetricValue
from saccade.core.other_data import Other
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.evaluation.text import add_row, heading, score_cells, start_table


@dataclass(frozen=True)
class Baseline:
    """What a simple means reaches on the same images.

    Attributes:
        name: of the means.
        score: by the measure that is compared.
        difference: between it and the network, image by image; above 0, the network is better.
    """

    name: str
    score: MetricValue
    difference: MetricValue

    AS: ClassVar[str] = "as good as"
    BETTER: ClassVar[str] = "better than"
    WORSE: ClassVar[str] = "worse than"
    FORM: ClassVar[str] = ".3f"

    @property
    def title(self) -> str:
        """Its name for reading."""
        return self.name.replace("_", " ")

    @property
    def sentence(self) -> str:
        """Whether the network beats it, and by how much, in words."""
        gap, form = self.difference, self.FORM
        what = f"the best baseline ({self.title}, {self.score.value:{form}})"
        if gap.low is None or gap.high is None:
            return f"It is exactly {self.AS} {what}." if not gap.value else f"It is compared with {what}."
        if gap.low > 0:
            return f"That is {gap.low:{form}} to {gap.high:{form}} {self.BETTER} {what}."
        if gap.high < 0:
            return f"That is {-gap.high:{form}} to {-gap.low:{form}} {self.WORSE} {what}: use that, or train longer."
        return f"It does not beat {what}: the difference is between {gap.low:+{form}} and {gap.high:+{form}}."

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `asdict` described."""
        return cls(content["name"], MetricValue(**content["score"]), MetricValue(**content["difference"]))


@dataclass(frozen=True, kw_only=True)
class ImageEvaluation(Shown):
    """How good a network is on one part of the data.

    Attributes:
        split: "test", "validation" or "train"; "other" for data that are not the run's own.
        images: how many.
        metrics: by name, as `NAMES` has them.
        baselines: what to beat, the weakest first; none where the training images are not to be had.
        findings: what is wrong with the network, the worst first.
        when: time of the evaluation, UTC, ISO 8601.
        accesses: how often the split has been evaluated in this run, this time included.
        other_data: which data these are and what to know of them; None for the run's own.
    """

    split: str
    images: int
    metrics: Mapping[str, MetricValue]
    baselines: tuple[Baseline, ...]
    findings: tuple[Finding, ...]
    when: str
    accesses: int = 1
    other_data: Other | None = None

    NAMES: ClassVar[Mapping[str, str]]
    BASELINE: ClassVar[type[Baseline]] = Baseline

    @property
    @abstractmethod
    def sentence(self) -> str:
        """How good the network is, in one sentence."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What was scored, in a few words."""

    @property
    @abstractmethod
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""

    @property
    @abstractmethod
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""

    @abstractmethod
    def to_csv(self) -> str:
        """Return the table that --csv prints."""

    @abstractmethod
    def further_tables(self) -> Iterator[RenderableType]:
        """Yield what a terminal shows beside the scores."""

    @property
    def baseline(self) -> Baseline | None:
        """The best baseline: what to beat; None where there are none."""
        return self.baselines[-1] if self.baselines else None

    @property
    def verdict(self) -> str:
        """How good the network is, in two sentences; of other data, which they are comes first."""
        lead = self.other_data.lead if self.other_data else ()
        return " ".join([*lead, self.sentence, *([self.baseline.sentence] if self.baseline else [])])

    @property
    def where(self) -> str:
        """Return "On 1,200 test images", for sentences."""
        return f"On {self.images:,}{'' if self.other_data else f' {self.split}'} images"

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {
            **asdict(self),
            "verdict": self.verdict,
            "metrics": {name: score.to_dict() for name, score in self.metrics.items()},
            "other_data": self.other_data.to_dict() if self.other_data else None,
        }

    @classmethod
    def fields_from(cls, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that all have, of `to_dict` or evaluation.json, where `accesses` are listed."""
        accesses, other = content["accesses"], content["other_data"]
        return {
            **{name: content[name] for name in ("split", "images", "when")},
            "metrics": {name: MetricValue(**score) for name, score in content["metrics"].items()},
            "baselines": tuple(cls.BASELINE.from_dict(each) for each in content["baselines"]),
            "findings": tuple(Finding(**{**each, "examples": ()}) for each in content["findings"]),
            "accesses": accesses if isinstance(accesses, int) else len(accesses),
            "other_data": Other.from_dict(other) if other else None,
        }

    def _shown(self) -> Iterator[RenderableType]:
        title = f"{self.split}: {self.images:,} images, {self.title}"
        yield from heading(title, accesses=self.accesses, other=self.other_data)
        yield self._score_table()
        if self.baseline:
            yield Text(self.baseline.sentence)
        yield from map(shown, self.findings)
        yield from self.further_tables()

    def _score_table(self) -> RenderableType:
        table = start_table("", "value", "95% interval")
        for name, score in self.metrics.items():
            add_row(table, self.NAMES[name], *score_cells(score))
        for each in self.baselines:
            add_row(table, f"baseline: {each.title}", *score_cells(each.score), style="dim")
        return table
