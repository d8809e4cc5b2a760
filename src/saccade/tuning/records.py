"""What the folder of a search holds of plan, trials and comparison, as its JSON files say it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Plan:
    """What a search is about and how its time is spent; made once, before the first trial.

    Attributes:
        task, data: what is searched for.
        content_hash: of the data.
        budget: seconds, of all of it.
        trials: at most so many; None: as many as fit.
        seeds: with which recipe and winner are trained for the last comparison, as the time allows it.
        jobs: processes that train side by side.
        space: by setting, as a recipe's `search` says it.
        split: where settings are compared, and `rows` of it: (seen by the search, kept back).
        whole: seconds that the recipe asks for on this machine; None where nobody can say in advance.
        longest: seconds of a last training, at most.
        rungs: seconds of the trials, the shortest first; none where there is time to train the recipe and no more.
        judging: seconds to look at a trained network.
        seeds_asked: seeds that were wanted; None: as many as there are.
        needed: seconds of a budget that would have been enough to search, where there are no trials.
    """

    task: str
    data: str
    content_hash: str
    budget: float
    trials: int | None
    seeds: int
    jobs: int
    space: Mapping[str, Any]
    split: str
    rows: tuple[int, int]
    whole: float | None
    longest: float
    rungs: tuple[float, ...]
    judging: float
    seeds_asked: int | None = None
    needed: float | None = None

    @property
    def has_trials(self) -> bool:
        """Whether settings are tried; else the recipe is trained, by the clock, and nothing is compared."""
        return bool(self.rungs)

    @property
    def has_fewer_seeds(self) -> bool:
        """Whether there was no time for all that were wanted."""
        return self.seeds_asked is not None and self.seeds < self.seeds_asked

    @property
    def as_long_as_asked(self) -> bool:
        """Whether the longest trainings are those that the recipe asks for: by its epochs, not by the clock."""
        return self.whole is not None and self.longest >= self.whole

    def is_timed(self, seconds: float) -> bool:
        """Say whether a training of so many seconds ends by the clock, and not by the recipe's epochs."""
        return not (self.as_long_as_asked and seconds == self.longest)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or TypeError."""
        tuples = {name: tuple(content[name]) for name in ("rows", "rungs")}
        return cls(**{**content, **tuples})


@dataclass(frozen=True)
class TrialResult:
    """How a training of the search did.

    Attributes:
        trial: its number; 0 is the recipe itself.
        rung: 0 the shortest; None of the last trainings.
        seed: of a last training.
        changes: of the recipe, by setting.
        measure: what the score is: "val_accuracy".
        value: of it; None where the training failed.
        score: the value, or its negative where lower is better.
        seconds: that it took, from its start to the last of its files.
        planned: seconds that it should have taken.
        error: why it failed.
        learning: of `seconds`, those of its epochs, without its start and its files.
    """

    FILE: ClassVar[str] = "trial.json"
    trial: int
    rung: int | None
    seed: int | None
    changes: Mapping[str, Any]
    measure: str = ""
    value: float | None = None
    score: float | None = None
    seconds: float = 0
    planned: float = 0
    error: str = ""
    learning: float = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or TypeError."""
        return cls(**content)


@dataclass(frozen=True)
class Helpers:
    """The processes that the first one has begun at its side.

    Attributes:
        begun: how many, over all sessions.
        lost: how each ended that died before the search did: "was killed by signal 9, as where memory is short".
        missing: of those of this session, so many have died.
    """

    begun: int = 0
    lost: tuple[str, ...] = ()
    missing: int = 0

    @property
    def sentence(self) -> str:
        """How many died, and how; "" where none did."""
        if not self.lost:
            return ""
        ways = ", ".join(dict.fromkeys(self.lost))
        return f"{len(self.lost)} of {self.begun} helper processes died on the way (it {ways}). Nothing was lost."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or TypeError."""
        return cls(**{**content, "lost": tuple(content["lost"])})


@dataclass(frozen=True)
class FinalPlan:
    """The trial that is compared with the recipe.

    Attributes:
        trial: its number; 0: no other than the recipe was trained, which is trained alone.
        rung: where it was the best.
        led_by: its score there less that of the recipe in as long a training.
        seconds: of each pair of last trainings, by seed as text; set when the first of the pair begins.
        pairs: that there is time for; None: as many as were planned.
        importances: the share of each setting in how the shortest trainings differ.
    """

    trial: int
    rung: int
    led_by: float | None
    seconds: Mapping[str, float] = field(default_factory=dict)
    pairs: int | None = None
    importances: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_alone(self) -> bool:
        """Whether the recipe has nothing to be compared with."""
        return self.trial == 0

    def pairs_of(self, plan: Plan) -> int:
        """Return how many pairs there are in all."""
        return plan.seeds if self.pairs is None else self.pairs

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or TypeError."""
        return cls(**content)
