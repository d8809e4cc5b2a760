"""What `saccade train` was asked for, beside the settings of the recipe."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wanted:
    """The command's own options, by their names."""

    resume: Path | None
    run: Path | None
    runs: Path
    track: tuple[str, ...]
    evaluate: bool
    strict: bool
    no_check: bool
    quiet: bool
    as_json: bool

    @property
    def silent(self) -> bool:
        """Whether nothing is printed for people, no progress bar either."""
        return self.quiet or self.as_json
