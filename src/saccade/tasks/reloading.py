"""The data of a run once more: found where they are now, the same as they were, in the same splits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.data_identity import source_hash
from saccade.core.errors import DataError, RunError
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.modalities.images.given_arrays import source_of, were_given


class _Data(Protocol):
    @property
    def source(self) -> str: ...

    @property
    def content_hash(self) -> str: ...

    def with_split(self, splits: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self: ...


Data = TypeVar("Data", bound=_Data)


def unchanged(run: Run, load: Callable[[Recipe], Data], *, data: Any) -> Data:
    """Return the data of a run as their source has them; `data` says where that is now, or is arrays.

    Raises:
        DataError: they are no longer there.
        RunError: they are not what they were.
    """
    recipe = run.recipe if data is None else run.recipe.changed(data=source_of(data))
    try:
        found = load(recipe)
    except DataError as error:
        if were_given(recipe.data) and not Path(recipe.data).exists():
            raise DataError(
                f"The arrays that {run.path} was trained on are no longer in the cache, {recipe.data}. "
                "Give them again, in Python: data=(images, labels)."
            ) from error
        raise DataError(f"{error} If the data of {run.path} have moved, say where they are with --data.") from error
    if not is_own(run, found):
        raise RunError(
            f"The data in {found.source} have changed since {run.path} was trained on them, so numbers would not be "
            "comparable. Put the old data back, train a new run, or see how good this one is on them as on other data: "
            f"saccade evaluate {shell_word(run.path)} --data {shell_word(found.source)}"
        )
    return found


def is_own(run: Run, found: _Data) -> bool:
    """Say whether data, as their source has them, are those that the run was trained on."""
    return found.content_hash == source_hash(run.data["content_hash"])


def in_their_splits(run: Run, data: Data, names: list[str]) -> Data:
    """Return the data with the splits that their rows, by these names, had in the run."""
    split = run.split
    splits = np.array([split[name] for name in names])
    return data.with_split(splits, np.full(len(splits), "as in the run"))
