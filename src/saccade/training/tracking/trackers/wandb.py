"""Weights & Biases: a folder wandb/ that `wandb sync` uploads; at once where WANDB_MODE=online says so."""

import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import wandb

from saccade.core.shell_words import shell_word
from saccade.training.tracking.tracker import PROJECT, Begun, Ended

SOON = 10.0
"""Seconds in which a server has to answer at the start, unless WANDB_INIT_TIMEOUT says else. W&B's own client waits for
90, and does not let the process end before."""


class Tracker:
    """Writes one training as a run of Weights & Biases; nothing leaves the machine unless WANDB_MODE is "online".

    Attributes:
        folder: in which it makes wandb/.
        mode: "offline", or what WANDB_MODE says.
    """

    def __init__(self, place: str) -> None:
        """Know the folder.

        Args:
            place: a folder; "" is WANDB_DIR, else the present one.
        """
        self.folder = Path(place or os.environ.get("WANDB_DIR", "") or ".")
        self.mode = os.environ.get("WANDB_MODE") or "offline"
        self._where = ""

    @property
    def where(self) -> str:
        """Where it was written and how to look at it."""
        return self._where

    def begin(self, begun: Begun) -> str:
        """Open a run with its settings, or the known one again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._run = self._opened(begun)
        self._run.define_metric("*", step_metric="epoch")
        own = Path(self._run.settings.sync_dir)
        url = "" if self._run.offline else self._run.url  # asked for offline, it warns
        self._where = url or f"{own}; upload: wandb sync {shell_word(own)}"
        return str(self._run.id)

    def _opened(self, begun: Begun) -> wandb.Run:
        try:
            return wandb.init(
                project=os.environ.get("WANDB_PROJECT", PROJECT),
                name=begun.name,
                id=begun.known or uuid.uuid4().hex[:8],
                resume="allow",
                dir=str(self.folder),
                config={**begun.settings, "saccade": dict(begun.tags)},
                mode=self.mode,
                settings=wandb.Settings(silent=True, console="off", init_timeout=_patience()),
            )
        except wandb.errors.CommError as error:
            raise _explained(error) from error

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write the results of an epoch."""
        self._run.log({"epoch": step, **values})

    def end(self, ended: Ended) -> None:
        """Write scores and files, and close the run."""
        self._run.summary.update({"status": ended.how, **ended.scores})
        if ended.files:
            files = wandb.Artifact(f"run-{self._run.id}", type="model")
            kept = Path(self._run.settings.sync_dir) / "files"  # else W&B keeps them in the user's own folder
            kept.mkdir(parents=True, exist_ok=True)
            for file in ended.files:
                files.add_file(shutil.copy(file, kept / file.name), name=file.name, policy="immutable")
            self._run.log_artifact(files)
        self._run.finish(exit_code=0 if ended.how == "finished" else 1)


def _patience() -> float:
    return float(os.environ.get("WANDB_INIT_TIMEOUT") or SOON)


def _explained(error: Exception) -> Exception:
    """Return what to do where no server answers; else the error itself, which says what the server said."""
    reason = str(error).strip()
    if "deadline exceeded" not in reason and "timed out" not in reason:
        return error
    server, why = wandb.setup().settings.base_url, reason.rpartition(": ")[2]
    return ConnectionError(f"no server answers at {server}: {why}; WANDB_MODE=offline keeps it on this machine")
