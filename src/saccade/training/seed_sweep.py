"""Sweep: trainings that differ by their seed only; each run says which it belongs to, so that a killed one goes on."""

import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from saccade.core.errors import SaccadeError
from saccade.core.run import Run
from saccade.core.safe_json import Json

_ENTRY = "sweep"  # of run.json


@dataclass(frozen=True)
class Sweep:
    """Trainings of one recipe with several seeds.

    Attributes:
        seeds: all of them, in order.
        folder: the runs' folder without its ending -seedN, or "" where they are numbered.
        evaluate: whether each opens the test split at its end.
        key: tells it from other sweeps.
    """

    seeds: tuple[int, ...]
    folder: str = ""
    evaluate: bool = False
    key: str = ""

    @classmethod
    def of(cls, first_seed: int, count: int, *, folder: Path | None, evaluate: bool) -> "Sweep":
        """Return a new sweep of so many seeds; of a single one, whose folder is named as asked."""
        seeds = tuple(range(first_seed, first_seed + count))
        return cls(seeds, folder.name if folder else "", evaluate, uuid.uuid4().hex)

    @classmethod
    def read(cls, run: Run) -> "Sweep | None":
        """Return the sweep that a run belongs to, if to one."""
        entry = run.manifest.get(_ENTRY)
        return cls(**{**entry, "seeds": tuple(entry["seeds"])}) if entry else None

    def entry(self) -> Json:
        """Return what run.json says of it; nothing of a single run."""
        return {_ENTRY: asdict(self)} if len(self.seeds) > 1 else {}

    def place(self, seed: int, beside: Path) -> Path | None:
        """Return the folder of a seed's run, or None where it is the next number of the folder `beside`."""
        return beside / f"{self.folder}-seed{seed}" if self.folder else None

    def runs(self, beside: Path) -> dict[int, Run]:
        """Return its runs so far, by seed, among those in a folder; without any whose settings cannot be read."""
        found = dict[int, Run]()
        for run in Run.all_in(beside):
            with suppress(SaccadeError):  # of others, or killed before its settings were written
                if run.manifest.get(_ENTRY, {}).get("key") == self.key:
                    found[run.recipe.seed] = run
        return found
