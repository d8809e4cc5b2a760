"""Run + split → what its network says of each input; kept in the run as long as the network is the same."""

from typing import Any

from saccade.core.answered_split import AnsweredSplit
from saccade.core.dataset import Dataset
from saccade.core.errors import RunError, unknown
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.tasks import base


def answered_split(
    run: Run, *, split: str = "validation", data: str | None = None, quiet: bool = True
) -> AnsweredSplit:
    """Return what the network says of each input of a split, in groups, the worst first; what was found is kept.

    The test split stays sealed: it is answered only when `evaluate` has opened it.

    Args:
        run: a trained run.
        split: "validation", "train", or another that the run has.
        data: where the run's data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        DataError: the data are gone.
        RunError: the split is sealed or empty, the data have changed, or the task cannot say it.
    """
    known = kept_answers(run, split)
    if known is not None:
        return known
    found = base.for_run(run).answered(run, split=split, data=data, quiet=quiet)
    run.write_answered(split, {"made_of": run.answering_state, **found.to_dict()})
    return found


def kept_answers(run: Run, split: str) -> AnsweredSplit | None:
    """Return what was said of a split before, None where that was of another network or never."""
    _refuse_sealed(run, split)
    try:
        record = run.answered(split)
        return AnsweredSplit.from_dict(record) if record.get("made_of") == run.answering_state else None
    except (RunError, KeyError, TypeError, AttributeError):  # damaged, or of another version: it is made anew
        return None


def open_own_split(run: Run, *, split: str, data: str | None, quiet: bool) -> tuple[Any, Any]:
    """Return the run's own data and the rows of a split, (n,); raises RunError where that is sealed or empty."""
    _refuse_sealed(run, split)
    dataset: Dataset = base.reload(run, data=data, quiet=quiet)
    rows = dataset.rows(split)
    if not len(rows):
        known = sorted(set(dataset.splits.tolist()) - {""})
        if split not in known:
            raise unknown("split", split, known)
        raise RunError(f"There are no {split} {dataset.noun} in {run.path}.")
    return dataset, rows


def _refuse_sealed(run: Run, split: str) -> None:
    if split == "test" and not run.has_evaluation:
        raise RunError(
            f"The test split of {run.path} is sealed. Open it when every choice is made: "
            f"saccade evaluate {shell_word(run.path)}"
        )
