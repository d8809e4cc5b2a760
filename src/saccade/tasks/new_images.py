"""New images without labels, whatever holds them: read one after another, what cannot be used put aside."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import plural
from saccade.core.skipped_files import by_reason
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Input, Remarks, images

BATCH = 64

Source = str | Path | Sequence[str | Path]
"""An image file, a folder, an archive, a table of paths or whatever else training takes; or several of these."""

Found = Input | SkippedItem
Pixels = NDArray[np.uint8]


def found_in(source: Source, remarks: Remarks) -> Iterator[Found]:
    """Yield the images of a source, or why one cannot be used; raises DataError where there is nothing at all."""
    return images([source] if isinstance(source, str | Path) else source, remarks, wanted="compare")


def readable(
    found: Iterable[Found], intake: Intake, remarks: Remarks, skipped: list[SkippedItem]
) -> Iterator[tuple[Input, Pixels]]:
    """Yield each image that can be read with its pixels (h, w, c), as the network takes them.

    Args:
        found: images of a source.
        intake: how they become what the network takes.
        remarks: gets what is said of files that are read.
        skipped: gets those that cannot be read, and why.
    """
    for each in found:
        read = each if isinstance(each, SkippedItem) else intake.read(each, remarks)
        if isinstance(each, SkippedItem) or isinstance(read, SkippedItem):
            skipped.append(read)  # type: ignore[arg-type] # one of both is it
            continue
        yield each, read


def batched(read: Iterator[tuple[Input, Pixels]]) -> Iterator[tuple[tuple[Input, ...], Pixels]]:
    """Yield images in batches: their inputs, and their pixels (n, h, w, c)."""
    while batch := tuple(islice(read, BATCH)):
        inputs, pixels = zip(*batch, strict=True)
        yield inputs, np.stack(pixels)


def name_of(source: Source) -> str:
    """Return what to call a source in a message."""
    if isinstance(source, str | Path):
        return str(source)
    names = list(map(str, source))
    return names[0] if len(names) == 1 else f"{names[0]} and {plural(len(names) - 1, 'other', 'others')}"


def unreadable(source: Source, skipped: Sequence[SkippedItem]) -> DataError:
    """Return the error for a source of which no file could be read."""
    why = "; ".join(reason.what for reason in by_reason(skipped))
    files = plural(len(skipped), "file", "files")
    return DataError(f"Of {files} in {name_of(source)}, none could be read as an image: {why}.")
