"""Options and words that do not exist: what other tools call ours, or else the nearest name."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import click

from saccade.core.errors import UnknownNameError, unknown

NEAR = 0.6
"""How alike two options are, of 1, from where one is taken for the other; of their names without the dashes."""

CALLED_ELSEWHERE = {
    ("output", "out", "output-dir", "outdir", "save-dir", "project", "o"): ("--run", "--runs", "--html"),
    ("lr", "lr0", "rate"): ("--learning-rate",),
    ("batch", "bs", "b"): ("--batch-size",),
    ("size", "imgsz", "img-size", "resolution", "input-size"): ("--image-size", "--input"),
    ("wd", "decay"): ("--weight-decay",),
    ("arch", "architecture", "net", "network", "backbone"): ("--model",),
    ("time", "minutes", "max-time", "time-limit"): ("--budget",),
    ("dataset", "input", "path", "source", "train"): ("--data",),
    ("val", "val-split", "validation-split"): ("--validation",),
    ("patience",): ("--early-stopping",),
    ("format", "f"): ("--to", "--json", "--csv"),
    ("verbose", "v", "silent"): ("--quiet",),
    ("continue", "checkpoint"): ("--resume",),
    ("conf", "confidence", "min-confidence"): ("--abstain",),
    ("balanced", "class-weight", "balance"): ("--class-weights",),
}
"""Names of options in other tools, and which of ours they may mean, where the command has them."""


def unknown_option(name: str, known: Iterable[str]) -> UnknownNameError:
    """Return the error for an option that a command does not have, with those that may be meant.

    Args:
        name: as it was written: "--output".
        known: the command's own: "--run", "--runs".
    """
    names = {each for each in known if each.startswith("--")}
    bare = name.lstrip("-").replace("_", "-").lower()
    meant = [each for words, ours in CALLED_ELSEWHERE.items() if bare in words for each in ours if each in names]
    near = get_close_matches(bare, [each[2:] for each in sorted(names)], n=1, cutoff=NEAR)
    quoted = " or ".join(f"'{each}'" for each in meant or [f"--{each}" for each in near])
    hint = f"Did you mean {quoted}?" if quoted else f"See: {_command_path()} --help"
    return UnknownNameError(f"There is no option '{name}'. {hint}")


def _command_path() -> str:
    context = click.get_current_context(silent=True)
    return context.command_path if context else "saccade"


class OneOf(click.Choice[str]):
    """One of some words; another is answered with the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word; raises UnknownNameError where it is none of them."""
        if value not in self.choices:
            name = param.human_readable_name.strip("[]").lower() if param else "word"
            raise unknown(name, str(value), self.choices)
        return str(value)
