"""What stands beside the scores of an evaluation: baselines, abstaining, selection, seeds, duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json


@dataclass(frozen=True)
class Baseline:
    """What a simple classifier on raw pixels reaches, trained under the same split.

    Attributes:
        name: a file of `baselines/`.
        accuracy: on the same images.
        difference: the network's accuracy minus this one, in pairs: image by image.
        trained_on: so many training images.
        says: the class that the majority baseline always says; "" for the others.
    """

    name: str
    accuracy: MetricValue
    difference: MetricValue
    trained_on: int
    says: str = ""

    @property
    def title(self) -> str:
        """Its name for reading."""
        return f"always '{self.says}'" if self.says else self.name.replace("_", " ")

    @property
    def sentence(self) -> str:
        """Whether the network beats it, and by how much, in words."""
        gap, what = self.difference, f"the best baseline ({self.title}, {self.accuracy.value:.1%})"
        if gap.low is None or gap.high is None or gap.value == gap.low == gap.high == 0:
            return f"It is exactly as good as {what}." if not gap.value else f"It is better than {what}."
        low, high = 100 * gap.low, 100 * gap.high
        if low > 0:
            return f"That is {low:.1f} to {high:.1f} points better than {what}."
        if high < 0:
            return f"That is {-high:.1f} to {-low:.1f} points worse than {what}: use that, or train longer."
        return f"It does not beat {what}: the difference is between {low:+.1f} and {high:+.1f} points."

    def to_dict(self) -> Json:
        """Return all of it but the name as plain values for JSON."""
        said = {"class": self.says} if self.says else {}
        difference = {"difference": self.difference.to_dict(), "trained_on": self.trained_on}
        return {**said, **self.accuracy.to_dict(), **difference}

    @classmethod
    def from_dict(cls, name: str, plain: Mapping[str, Any]) -> "Baseline":
        """Return the baseline that `to_dict` described."""
        return cls(
            name=name,
            accuracy=MetricValue(*(plain.get(split) for split in ("value", "low", "high"))),
            difference=MetricValue(**plain["difference"]),
            trained_on=plain["trained_on"],
            says=plain.get("class", ""),
        )


@dataclass(frozen=True)
class Abstention:
    """What came of leaving the least sure images undecided, at a threshold that validation chose.

    Attributes:
        promised: the share of wrong answers that validation promised to stay below.
        threshold: the least probability that is answered.
        coverage: the share of the split's images that is answered.
        error: the share of wrong answers among them.
    """

    promised: float
    threshold: float
    coverage: float
    error: MetricValue


@dataclass(frozen=True)
class Selection:
    """By how much choosing among models by one test split flatters the best of them.

    Attributes:
        models: so many were evaluated on these test images, in runs of the same folder.
        best: the run folder of the best.
        accuracy: its accuracy.
        expected: what new images would give, chosen like that.
    """

    models: int
    best: str
    accuracy: float
    expected: float

    @property
    def sentence(self) -> str:
        """The result in words."""
        return (
            f"These test images have been opened for {self.models} models. Choosing the best of them by it "
            f"({self.best}, {self.accuracy:.4f}) flatters it by about {100 * (self.accuracy - self.expected):.2f} "
            f"points: expect {self.expected:.4f}. Choose by the validation metric instead."
        )


@dataclass(frozen=True)
class Spread:
    """The accuracy over runs of one recipe that differ in their seed only."""

    runs: int
    mean: float
    std: float


@dataclass(frozen=True)
class WithoutDuplicates:
    """The accuracy on the images that have no duplicate in training or validation.

    Attributes:
        leaked: so many images have one, and are left out.
        accuracy: on the others.
    """

    leaked: int
    accuracy: MetricValue


@dataclass(frozen=True)
class Refusals:
    """How many images are said to show none of the classes.

    Attributes:
        share: of the split's images, 0 to 1.
        promised: of images that do show one of the classes, so large a share may be refused.
    """

    share: MetricValue
    promised: float

    @property
    def sentence(self) -> str:
        """The result in words."""
        value, low, high = self.share.value or 0, self.share.low or 0, self.share.high or 0
        return (
            f"{value:.1%} of these images ({low:.1%} to {high:.1%}) are refused as none of the classes; "
            f"{self.promised:.1%} are expected where all show one of them. Scores count what would have been answered."
        )

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Refusals":
        """Return what `to_dict` described."""
        return cls(MetricValue(*(plain.get(name) for name in ("value", "low", "high"))), plain["promised"])

    def to_dict(self) -> Json:
        """Return it as plain values for JSON."""
        return {**self.share.to_dict(), "promised": self.promised}
