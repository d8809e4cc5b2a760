"""Study: which values to try next, by Optuna's TPE on a journal in the folder of the search.

TPE (Bergstra et al. 2011) learns from the shortest trainings only: they are comparable with each other, and promotions
correct what they get wrong. Whoever uses a study holds the lock of the search, so that several processes can.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from saccade.tuning.dimension import Choice, Dimension

NAME = "search"
STARTUP = 8
"""Trials at random before TPE has something to learn from."""

LEAST_FOR_IMPORTANCE = 10
"""Trials, of which at least so many must be done before one can say which setting mattered."""


class _LockHeldByCaller:
    """Optuna's own lock outlives a process that is killed with it; ours does not, and is held already."""

    def acquire(self) -> bool:
        """Say that it is held."""
        return True

    def release(self) -> None:
        """Leave that to the caller."""


class Study:
    """The trials of a search, as Optuna knows them."""

    def __init__(self, journal: Path, dimensions: Sequence[Dimension], *, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        _cut_half_line(journal)
        self._dimensions, self._seed = dimensions, seed
        self._study = optuna.create_study(
            study_name=NAME,
            storage=JournalStorage(JournalFileBackend(str(journal), _LockHeldByCaller())),
            direction="maximize",
            load_if_exists=True,
        )

    def ask(self, own: Mapping[str, Any]) -> int:
        """Return the number of a new trial; trial 0 has the values of the recipe.

        Args:
            own: what the recipe says of each setting.
        """
        number = len(self._study.get_trials(deepcopy=False))
        first = number == 0
        dimensions = [each for each in self._dimensions if not first or each.holds(own[each.name])]
        if first:
            self._study.enqueue_trial({each.name: _to_optuna(each, own[each.name]) for each in dimensions})
        # anew for each trial: as repeatable as what is known, whichever process asks
        self._study.sampler = optuna.samplers.TPESampler(seed=self._seed + number, n_startup_trials=STARTUP)
        trial = self._study.ask({each.name: _distribution(each) for each in dimensions})
        return int(trial.number)

    def values(self, number: int) -> dict[str, Any]:
        """Return what a trial changes: none for trial 0, which is the recipe as it is."""
        if number == 0:
            return {}
        found = self._study.get_trials(deepcopy=False)[number].params
        return {each.name: _from_optuna(each, found[each.name]) for each in self._dimensions if each.name in found}

    def tell(self, number: int, score: float | None) -> None:
        """Keep how a trial did in its first training; None: it failed. What is told again changes nothing."""
        if self._study.get_trials(deepcopy=False)[number].state.is_finished():
            return
        self._study.tell(number, score, state=TrialState.FAIL if score is None else TrialState.COMPLETE)

    @property
    def count(self) -> int:
        """Trials that were begun."""
        return len(self._study.get_trials(deepcopy=False))

    @property
    def unfinished(self) -> list[int]:
        """Trials whose first training nobody has told of."""
        return [each.number for each in self._study.get_trials(deepcopy=False) if not each.state.is_finished()]

    def importances(self) -> dict[str, float]:
        """Return the share of each setting in the differences between trials, by fANOVA (Hutter et al. 2014).

        There are none where too few trials are done to say so.
        """
        names = [each.name for each in self._dimensions]
        done = [
            each
            for each in self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if set(names) <= set(each.params)
        ]
        if len(done) < LEAST_FOR_IMPORTANCE or len({each.value for each in done}) < 2:
            return {}
        found = get_param_importances(self._study, evaluator=FanovaImportanceEvaluator(seed=0), params=names)
        return {name: float(share) for name, share in found.items()}


def _distribution(each: Dimension) -> BaseDistribution:
    if isinstance(each, Choice):
        return CategoricalDistribution(range(len(each.values)))  # by place: Optuna takes no lists
    if each.is_whole:
        return IntDistribution(int(each.low), int(each.high), log=each.log)
    return FloatDistribution(each.low, each.high, log=each.log)


def _to_optuna(each: Dimension, value: Any) -> Any:
    return each.values.index(value) if isinstance(each, Choice) else value


def _from_optuna(each: Dimension, found: Any) -> Any:
    return each.values[found] if isinstance(each, Choice) else found


def _cut_half_line(journal: Path) -> None:
    """Remove what a process that was killed while it wrote has left behind the last whole line."""
    if not journal.exists():
        return
    content = journal.read_bytes()
    if content and not content.endswith(b"\n"):
        with journal.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)
