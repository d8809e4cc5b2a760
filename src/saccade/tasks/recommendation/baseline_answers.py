"""What every baseline says of the users of a split, after it has learnt from the training ratings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scipy.sparse import csr_matrix

from saccade.core import registry
from saccade.core.progress_bar import progress
from saccade.tasks.recommendation.metrics.by_user import ByUser, by_user
from saccade.tasks.recommendation.questions import Answer, Questions

KIND = "simple_recommenders"


@dataclass(frozen=True)
class Answered:
    """What a baseline says.

    Attributes:
        found: of the users of the split.
        chosen: the settings that it chose, by name.
    """

    found: ByUser
    chosen: Mapping[str, float] = field(default_factory=dict)


def baselines(
    training: csr_matrix, questions: Questions, *, names: Iterable[str] = (), quiet: bool = True
) -> dict[str, Answered]:
    """Return what each baseline answers, or some of these names; those that the items are too many for are left out."""
    found, names = {}, list(names) or fitting(questions)
    with progress("Fitting baselines", len(names), quiet=quiet) as advance:
        for name in names:
            found[name] = _answered(name, training, questions)
            advance(1)
    return found


def fitting(questions: Questions) -> list[str]:
    """Return the baselines that can say something of such data."""
    one_level, large = len(questions.levels) == 1, too_large(questions.items)
    names = [name for name in registry.names(KIND) if name not in large]
    return [name for name in names if not one_level or getattr(registry.load(KIND, name), "TAKES_ONE_LEVEL", False)]


def too_large(items: int) -> dict[str, int]:
    """Return the baselines that need too much memory for so many items, and how many each can take."""
    bounds = {name: getattr(registry.load(KIND, name), "MOST_ITEMS", None) for name in registry.names(KIND)}
    return {name: bound for name, bound in bounds.items() if bound is not None and items > bound}


def _answered(name: str, training: csr_matrix, questions: Questions) -> Answered:
    fitted = registry.load(KIND, name).fit(training, levels=questions.levels)

    def answer(known: csr_matrix) -> Answer:
        return fitted.expected(known), fitted.scores(known)

    return Answered(by_user(questions, questions.answered(answer)), fitted.chosen)
