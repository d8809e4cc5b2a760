"""A run that is resumed, as rank 0 has it, for the other ranks: they need its state and nothing that came after."""

import io
import tarfile
from pathlib import Path

from saccade.core.run import Run

NOT_NEEDED = ("export", "tensorboard", "inspect", "evaluations")


def pack(run: Run) -> bytes:
    """Return what a training goes on with, as a tar archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path in sorted(run.path.rglob("*")):
            name = path.relative_to(run.path)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and not hidden and name.parts[0] not in NOT_NEEDED:
                archive.add(path, arcname=str(name))
    return content.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write it into a folder of one's own."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
