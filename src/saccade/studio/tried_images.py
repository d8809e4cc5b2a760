"""TriedImages: images that a person has shown a run and wants to look into; the newest of each run are kept."""

import hashlib
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from saccade.core.atomic_files import write_whole
from saccade.core.errors import DataError
from saccade.studio.context import Context

MOST_KEPT = 40
"""Images a run; older ones are removed."""

LONGEST = 60
"""Letters of a name."""

KEY = re.compile("[0-9a-f]{16}")


class TriedImages:
    """Keeps images in the studio's own folder, each in a folder that is named by its content."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def keep(self, run: str, name: str, content: AsyncIterator[bytes]) -> str:
        """Keep an image and return its key.

        Args:
            run: the name of the run that it was shown to.
            name: of the file.
            content: its bytes; the guard says how many there may be.

        Raises:
            DataError: it is empty, or the disk is full.
        """
        data = b"".join([piece async for piece in content])
        if not data:
            raise DataError("The image is empty. Choose another file.")
        key = hashlib.sha256(data).hexdigest()[:16]
        path = self._folder(run) / key / _safe(name)
        try:
            shutil.rmtree(path.parent, ignore_errors=True)  # the same image under another name
            write_whole(path, lambda temporary: temporary.write_bytes(data))
        except OSError as error:
            raise DataError(f"Cannot write {path}: {error.strerror}.") from error
        self._forget_old(run)
        return key

    def find(self, run: str, key: str) -> Path:
        """Return the file of a key; raises DataError where it is not kept any more."""
        folder = self._folder(run) / key
        found = sorted(folder.iterdir()) if KEY.fullmatch(key) and folder.is_dir() else []
        if not found:
            raise DataError("This image is no longer kept. Show it to the network again, under Try it.")
        return found[0]

    def shown_path(self, file: Path) -> str:
        """Return the path of a kept image as a command in the workspace has it."""
        return self._context.shown_path(file)

    def _folder(self, run: str) -> Path:
        return self._context.own / "tried" / run

    def _forget_old(self, run: str) -> None:
        newest = sorted(self._folder(run).iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in newest[MOST_KEPT:]:
            shutil.rmtree(path, ignore_errors=True)


def _safe(name: str) -> str:
    """Return a name that is a file's and no option of a command: "photo-of-a-leaf.jpg"."""
    file = PurePosixPath(name.replace("\\", "/"))
    known = re.sub(r"[^A-Za-z0-9]+", "", file.suffix)[:5].lower() or "png"
    words = re.sub(r"[^\w]+", "-", file.stem).strip("-_")[:LONGEST]
    return f"{words or 'image'}.{known}"
