"""NPZ files that anybody may have sent: what their arrays are called and look like, and the arrays themselves."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from saccade.core import memory
from saccade.core.arrays import Array
from saccade.core.errors import DataError

Shape = tuple[int, ...]


def shapes(path: Path) -> dict[str, Shape]:
    """Return the shape of each array by its name, from the headers alone; empty for what is no NPZ file."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            return {name.removesuffix(".npy"): _shape(archive, name) for name in names}
    except (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return {}


def _shape(archive: zipfile.ZipFile, name: str) -> Shape:
    with archive.open(name) as file:
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape: Shape = read.get(np.lib.format.read_magic(file), np.lib.format.read_array_header_2_0)(file)[0]
        return shape


def holds_images(path: Path) -> bool:
    """Say whether an NPZ file has an array of images, (n, h, w) or more axes, and no table X (rows, columns)."""
    found = shapes(path)
    return any(len(shape) > 2 for shape in found.values()) and len(found.get("X", ())) != 2


def arrays(path: Path) -> dict[str, Array]:
    """Return all arrays; raises DataError for a damaged file, one that the memory has no room for, or Python objects.

    Those could run code.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as loaded:
            return dict(loaded)
    except MemoryError as error:
        raise DataError(
            f"{path} is read whole, which takes more memory than is free ({memory.free() / 1e6:,.0f} MB). Save its "
            "images as files, in a folder a class or in an archive of it: those are read some at a time."
        ) from error
    except ValueError as error:
        if "pickle" in str(error):
            raise DataError(
                f"{path} holds Python objects, which could run code when they are read. Save plain arrays: numbers, "
                "or text as dtype=str; images of different sizes belong into a folder of files."
            ) from error
        raise DataError(f"{path} cannot be read as NPZ: {error}. Copy or write it again.") from error
    except (OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise DataError(f"{path} is damaged or no NPZ: {error}. Copy or write it again.") from error
