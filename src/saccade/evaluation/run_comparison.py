"""Two runs → which is better on the same test rows, and how sure that is; its task says it."""

from collections.abc import Collection, Set
from typing import TypeVar

from saccade.core.data_identity import grew, source_hash
from saccade.core.errors import RunError
from saccade.core.result import Comparison
from saccade.core.run import Run
from saccade.tasks import base

Key = TypeVar("Key")


def compare(first: Run, second: Run) -> Comparison:
    """Return which of two evaluated runs is better on the same test images or rows.

    Both were evaluated before: the comparison reads their predictions and opens no test split again.

    Raises:
        RunError: one is not evaluated yet, they have other tasks or other test images, or rows without labels.
    """
    if (first.recipe.task, first.modality) != (second.recipe.task, second.modality):
        raise RunError(
            f"{first.path} is of the task {first.recipe.task} on {first.modality} and {second.path} of "
            f"{second.recipe.task} on {second.modality}: there is nothing to compare. Choose two runs of one task."
        )
    return base.for_run(first).compare(first, second)


def refuse_other_tests(first: Run, second: Run, ours: Set[object], theirs: Set[object], *, noun: str) -> None:
    """Raise RunError when two runs were not evaluated on the same test rows, by their names and labels."""
    same_data = source_hash(first.data["content_hash"]) == source_hash(second.data["content_hash"])
    if ours != theirs or not same_data:
        raise RunError(
            f"{first.path} and {second.path} have other test {noun} ({len(ours & theirs):,} in common of {len(ours):,} "
            f"and {len(theirs):,}), so their scores cannot be compared in pairs. Train both on the same data with the "
            "same --split-seed."
        )


def common_tests(first: Run, second: Run, ours: Collection[Key], theirs: Collection[Key], *, noun: str) -> list[Key]:
    """Return the test rows, by name and label, on which two runs can be compared.

    These are all of them, but where both learnt from one file of labels, to which labels were added in between: then
    those that both have, with the same label.

    Raises:
        RunError: they were not evaluated on the same test rows, or have none in common.
    """
    shared = [key for key in ours if key in set(theirs)]
    if not (shared and grew(first.data, second.data)):
        refuse_other_tests(first, second, set(ours), set(theirs), noun=noun)
    return shared
