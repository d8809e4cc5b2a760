"""Which column or array holds the numbers, and what it says."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from saccade.core.arrays import Array
from saccade.core.errors import DataError
from saccade.core.shell_words import shell_word
from saccade.modalities.images.image_tables.cells import Cells
from saccade.modalities.images.image_tables.columns import plain
from saccade.tasks.image_labels import Reading, Written, one_array


def _in_table(cells: Cells, names: Sequence[str], label: str, path: Path) -> Written:
    """Return the asked column, or the only one of numbers."""
    asked = [name for name in names if label in (name, plain(name)) or plain(label) == plain(name)] if label else []
    found = asked or [name for name in names if _holds_numbers(cells.column(name))]
    if len(found) != 1:
        columns = ", ".join(f"'{name}'" for name in found or names) or "none"
        several = "several columns may hold it" if found else "no column beside them holds numbers only"
        raise DataError(
            f"{path} names images, and nothing says which number belongs to each: {several}. Found: {columns}. "
            f"Say which: --label {shell_word((found or [*names, 'NAME'])[0])}"
        )
    return Written([text or None for text in cells.column(found[0])], f"'{found[0]}'", found)


def _holds_numbers(texts: Sequence[str]) -> bool:
    return any(texts) and all(_is_number(text) for text in texts if text)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def _in_arrays(arrays: Mapping[str, Array], label: str, path: Path) -> Written:
    name, array = one_array(arrays, label, path)
    if array.ndim != 1 and array.shape[1:] != (1,):
        raise DataError(f"{path} has the labels '{name}' of shape {array.shape}. Expected one number an image.")
    texts = [f"{number:.9g}" if isinstance(number, float) else str(number) for number in array.ravel().tolist()]
    return Written(texts, f"'{name}'", [name])


NUMBERS = Reading(noun="numbers", table=_in_table, arrays=_in_arrays)


def called(notes: Sequence[str], label: str) -> str:
    """Return what the numbers are called: the asked column, or the one that a note says was taken."""
    if label:
        return label
    said = [note.partition("labels from '")[2].partition("'")[0] for note in notes]
    return next(filter(None, said), "number")
