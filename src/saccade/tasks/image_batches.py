"""Rows of tables that name or hold images, answered in their order, as `saccade predict --json` answers files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.modalities.images.streams import Input, Remarks


def answer_images(
    predictor: Any, columns: Mapping[str, Sequence[Any]], *, column: str, fields: Callable[[Any], Mapping[str, Any]]
) -> Iterator[Json]:
    """Yield what is said of each image, in order; {"skipped": why} of one that cannot be used.

    Args:
        predictor: has `predict_files`.
        columns: by name, all of one length.
        column: which of them has the images: a path or the content of a file a row.
        fields: of an answer.

    Raises:
        DataError: there is no such column.
    """
    if not column:
        raise DataError(f"Say in which column the images are, by path or content: column=… of {', '.join(columns)}.")
    if column not in columns:
        raise DataError(f"There is no column '{column}' with images, only {', '.join(columns)}.")
    inputs = [_input(row, cell) for row, cell in enumerate(columns[column])]
    if inputs:
        for _, answer in predictor.predict_files(inputs, remarks=Remarks()):
            yield {"skipped": answer.reason} if isinstance(answer, SkippedItem) else dict(fields(answer))


def _input(row: int, cell: Any) -> Input | SkippedItem:
    name = f"row {row + 1}"
    if isinstance(cell, bytes | bytearray | memoryview):
        return Input(name, bytes(cell))
    if isinstance(cell, str) and cell and "\0" not in cell:
        return Input(name, Path(cell.removeprefix("file://").removeprefix("file:")))
    return SkippedItem(name, "there is neither a path nor the content of a file.")
