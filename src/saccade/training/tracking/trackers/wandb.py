"""Weights & Biases: a folder wandb/ that `wandb sync` uploads; at once where WANDB_MODE=online says so."""

import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import wandb

from saccade.core.shell_words import shell_word
from saccade.training.tracking.tracker import PROJECT, Begun, Ended


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
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=begun.name,
            id=begun.known or uuid.uuid4().hex[:8],
            resume="allow",
            dir=str(self.folder),
            config={**begun.settings, "saccade": dict(begun.tags)},
            mode=self.mode,
            settings=wandb.Settings(silent=True, console="off"),
        )
        self._run.define_metric("*", step_metric="epoch")
        own = Path(self._run.settings.sync_dir)
        url = "" if self._run.offline else self._run.url  # asked for offline, it warns
        self._where = url or f"{own}; upload: wandb sync {shell_word(own)}"
        return str(self._run.id)

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
