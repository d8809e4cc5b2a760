"""Uploads: files that were dropped on a page, kept in the workspace under the names that they had."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from saccade.core.errors import DataError
from saccade.studio.context import Context

FOLDER = "dropped"
"""In the workspace."""

MOST_BYTES = 4_000_000_000
"""Of one file; larger data are better named by their path."""

MOST_DEEP, LONGEST = 6, 200  # folders of a name, letters of each


class Uploads:
    """Keeps files, those of one drop in one folder."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def keep(self, to: str, name: str, content: AsyncIterator[bytes]) -> Path:
        """Keep a file and return the folder that it is in, or the file where it is alone.

        Args:
            to: the folder of an earlier file of the same drop, as it was returned; "" for the first.
            name: of the file, with the folders that it was dropped in.
            content: its bytes, piece by piece; straight to the disk.

        Raises:
            DataError: the name cannot be used, it is too large, or the disk is full.
        """
        place = self._context.workspace / FOLDER / (to or f"drop-{secrets.token_hex(4)}")
        if to and (Path(to).name != to or not place.is_dir()):
            raise DataError("These files belong to no drop that is known. Drop them again.")
        path = place.joinpath(*_pieces(name))
        part = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            await _write(part, content)
            part.replace(path)
        except OSError as error:
            raise DataError(f"Cannot write {path}: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
        self._context.opened.add(place)
        return place


def _pieces(name: str) -> tuple[str, ...]:
    pieces = PurePosixPath(name.replace("\\", "/")).parts
    wrong = (each in {"..", "/", "."} or each.startswith(".") or len(each) > LONGEST or "\0" in each for each in pieces)
    if not pieces or len(pieces) > MOST_DEEP or any(wrong):
        raise DataError(f"A file cannot be kept under the name {name[:60]!r}. Rename it, or name its folder's path.")
    return pieces


async def _write(path: Path, content: AsyncIterator[bytes]) -> None:
    arrived = 0
    with path.open("wb") as file:
        async for piece in content:
            arrived += len(piece)
            if arrived > MOST_BYTES:
                raise DataError(f"It is larger than {MOST_BYTES / 1e9:g} GB. Name its path instead.")
            file.write(piece)
