"""Names in composed and decomposed Unicode: "ü" may be one character or two, and both look the same."""

import os
import unicodedata
from pathlib import Path


def composed(name: str) -> str:
    """Return a name in composed form (NFC), in which equal names are equal; bytes that are no text become visible."""
    if name.isascii():
        return name
    return unicodedata.normalize("NFC", os.fsencode(name).decode(errors="backslashreplace"))


def existing(path: Path, listings: dict[Path, dict[str, str]]) -> Path:
    """Return a path as it is written on the disk, where only its Unicode form differs; else the path itself.

    Args:
        path: as someone wrote it.
        listings: filled with the names in the folders that were looked into, to look into each once.
    """
    if str(path).isascii() or os.path.exists(path):  # noqa: PTH110 (pathlib raises for names that are too long)
        return path
    folder = existing(path.parent, listings)
    if folder not in listings:
        names = os.listdir(folder) if os.path.isdir(folder) else []  # noqa: PTH112, PTH208
        listings[folder] = {composed(name): name for name in names}
    return folder / listings[folder].get(composed(path.name), path.name)
