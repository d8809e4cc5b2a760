"""Whether a file that may be a table of rows holds or names images instead; told by its first rows."""

from collections.abc import Collection
from pathlib import Path

from saccade.core.errors import DataError
from saccade.modalities.images import npz
from saccade.modalities.images.image_tables.cells import read_cells
from saccade.modalities.images.image_tables.columns import find_images
from saccade.modalities.images.image_tables.parquet import image_columns


def holds_images(path: Path, *, ignored: Collection[str] = ()) -> bool:
    """Say whether a file has images in it or a column that names some; false where it cannot be read."""
    name = path.name.lower()
    if name.endswith(".npz"):
        return path.is_file() and npz.holds_images(path)
    try:
        if name.endswith(".parquet") and set(image_columns(path)) - set(ignored):
            return True
        images = find_images(read_cells(path, head=True), path)
    except DataError as error:
        return "in several columns" in str(error)  # reading it says so; of rows that cannot be read, reading rows does
    return images is not None and images.column not in ignored
