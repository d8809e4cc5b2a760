"""How long the last trainings are, planned anew before each pair of recipe and winner by what is left of the budget.

Where the time is enough, both train as long as the recipe asks for; the last pair of those ends by the clock, where
that is about as long and leaves nothing of the budget over. Where it is not, both of a pair end by the clock, after as
many seconds as each other. A pair that is not the first may be a little shorter than the trials were, so that its time
is not left over. Where not even that is possible, because the machine has become slower since the
search was planned, there are fewer pairs: a comparison by two pairs in time is worth more than one by three too late.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from saccade.tuning.expected_time import expected_seconds, lateness, mean_seconds
from saccade.tuning.records import Plan, TrialResult

BY_THE_CLOCK = 0.99
"""Of the time that the recipe asks for: so much or less, and a training ends by the clock, not by its epochs."""


SHORTER = 0.6
"""Of the shortest trials' length: so short may be what comes last, where its time would be left over otherwise."""

ABOUT = (0.95, 1.25)
"""Of the time that the recipe asks for: so long may the last pair train instead, to end with the budget."""

LAST_WORD = 0.5
"""Seconds at the end of a search that has nothing to compare."""


@dataclass(frozen=True)
class NextPair:
    """What is planned when a pair begins.

    Attributes:
        seconds: that each of the two trains, its start included.
        pairs: how many are still to be done, this one included; 0: the time is over.
    """

    seconds: float
    pairs: int


@dataclass(frozen=True)
class FinalTime:
    """What is known of the time when a pair of last trainings begins.

    Attributes:
        plan: of the search.
        trials, finals: what was trained so far.
        winner: the number of the trial that is compared with the recipe.
        processes: that work on the search.
        left: seconds of the budget.
    """

    plan: Plan
    trials: Sequence[TrialResult]
    finals: Sequence[TrialResult]
    winner: int
    processes: int
    left: float

    def next_pair(self, pairs: int, *, first: bool) -> NextPair:
        """Return how the next pair is trained where so many are wanted; of the first, there is always one."""
        left = self.left - self.plan.judging  # for the comparison of all of them
        if self.plan.as_long_as_asked and pairs * self._as_asked() <= left * self.processes:
            filling = self._filling(left) if pairs == 1 else None
            return NextPair(filling or self.plan.longest, pairs)
        shortest = self._shortest()
        least = shortest if first else SHORTER * shortest
        for count in range(pairs, 0, -1):
            seconds = left / rounds(count, self.processes) - self._late()
            if seconds >= least or (first and count == 1):
                return NextPair(round(min(self._longest_timed(), max(least, seconds)), 2), count)
        return NextPair(0.0, 0)

    def _shortest(self) -> float:
        """Return the seconds of the shortest trials; where these end by epochs, those that they really took."""
        planned = self.plan.rungs[0]
        return planned if self.plan.is_timed(planned) else expected_seconds(self.trials, planned)

    def alone(self) -> float:
        """Return how long the recipe trains where it has nothing to be compared with: all that is left, at most."""
        left = self.left - LAST_WORD
        if self.plan.as_long_as_asked and self.plan.longest <= left:
            return self.plan.longest
        least = self.plan.rungs[0] if self.plan.has_trials else 1.0
        return round(max(least, min(longest_timed(self.plan), left)), 2)

    def _filling(self, left: float) -> float | None:
        """Return the seconds of a pair that ends with the budget and is about as long as one that is as asked."""
        seconds = left / rounds(1, self.processes) - self._late()
        asked = self._each_as_asked()
        return round(seconds, 2) if ABOUT[0] * max(asked) <= seconds <= ABOUT[1] * min(asked) else None

    def _longest_timed(self) -> float:
        """Return the seconds, at most, of a last training that ends by the clock, by those as asked that are known."""
        known = [seconds for seconds in self._each_as_asked() if seconds < float("inf")]
        return BY_THE_CLOCK * min(known) if self.plan.as_long_as_asked and known else longest_timed(self.plan)

    def _each_as_asked(self) -> list[float]:
        """Return the seconds of a training as long as asked, without its comparison, by the recipe and the winner."""
        return [self._of_one(trial) - self.plan.judging for trial in (0, self.winner)]

    def _as_asked(self) -> float:
        """Return the seconds of a pair that trains as long as the recipe asks for, judged; by those that did so.

        A winner that is a larger network takes longer. Where nobody knows, because it never trained so long, infinite:
        then both train by the clock.
        """
        return sum(self._of_one(trial) for trial in (0, self.winner))

    def _of_one(self, trial: int) -> float:
        own = [each for each in self.finals if each.trial == trial and not self.plan.is_timed(each.planned)]
        if own:
            return mean_seconds(own)
        top = [each for each in self.trials if each.trial == trial and not self.plan.is_timed(each.planned)]
        return mean_seconds(top) + self.plan.judging if top else float("inf")

    def _late(self) -> float:
        """Return the seconds beyond its plan that a last training takes: to be judged, and what else makes it late.

        Those that end before their time count as in time: a race that had no use for its seconds may have for more.
        """
        finals, trials = (
            [each for each in group if self.plan.is_timed(each.planned)] for group in (self.finals, self.trials)
        )
        return max(0.0, lateness(finals)) if finals else max(0.0, lateness(trials)) + self.plan.judging


def longest_timed(plan: Plan) -> float:
    """Return the seconds, at most, of a last training that ends by the clock."""
    return float("inf") if plan.whole is None else BY_THE_CLOCK * plan.whole


def rounds(pairs: int, processes: int) -> int:
    """Return how many last trainings of so many pairs follow each other, where others go on at their side."""
    return -(-2 * pairs // processes)
