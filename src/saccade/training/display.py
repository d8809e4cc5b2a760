"""How a training looks on a terminal, in a notebook, in a log file, or to a script."""

import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rich import console as rich_console
from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from saccade.core.rendering import Console
from saccade.training.progress import Moment, Plan, Progress

BARS = "▁▂▃▄▅▆▇█"

MOST_LINES = 60
"""Lines on epochs; of more epochs only every so many has one."""

SILENCE = 1.0
"""Seconds between two JSON lines on steps."""


@contextmanager
def show(
    *, quiet: bool = False, as_json: bool = False, console: rich_console.Console | None = None
) -> Iterator[Progress]:
    """Give the progress that fits: nothing, JSON lines, a live panel, or plain lines where there is no terminal."""
    console = console or Console()
    if quiet:
        yield Progress()
    elif as_json:
        yield JsonLines()
    elif console.is_terminal or console.is_jupyter:
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            yield Panels(live)
    else:
        yield Lines(console)


class JsonLines(Progress):
    """One JSON object a line on standard output, for scripts."""

    def __init__(self) -> None:
        self._written = time.monotonic()

    def stage(self, about: str, *, verb: str = "Trying") -> None:
        """Write {"event": "stage", "about": ...}."""
        self._write("stage", {"about": about})

    def planned(self, plan: Plan) -> None:
        """Write {"event": "plan", ...}."""
        self._write("plan", {**asdict(plan), "run": str(plan.run)})

    def moved(self, moment: Moment) -> None:
        """Write {"event": "step", ...}, a second at least after whatever was written last."""
        if time.monotonic() - self._written >= SILENCE:
            self._write("step", asdict(moment))

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        """Write {"event": "epoch", ...}."""
        self._write("epoch", {**row, "best": best})

    def note(self, text: str) -> None:
        """Write {"event": "note", "text": ...}."""
        self._write("note", {"text": text})

    def _write(self, event: str, content: dict[str, Any]) -> None:
        print(json.dumps({"event": event, **content}), file=sys.stdout, flush=True)  # noqa: T201
        self._written = time.monotonic()


class Lines(Progress):
    """A line an epoch, for log files; of hundreds of epochs a line for every so many."""

    def __init__(self, console: rich_console.Console) -> None:
        self._console = console
        self._best = 0

    def stage(self, about: str, *, verb: str = "Trying") -> None:
        """Print which way to train is tried next, or which part is trained."""
        self._console.print(Text(f"{verb} {about} …", "bold"), soft_wrap=True)

    def planned(self, plan: Plan) -> None:
        """Print what is about to be trained."""
        self._plan, self._best = plan, 0
        self._console.print(_headline(plan), highlight=False, soft_wrap=True)

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        """Print the results of the epoch, and which one was the best since the last line."""
        epoch, every = int(row["epoch"]), _every(self._plan)
        self._best = epoch if best else self._best
        if epoch > 1 and epoch % every and epoch != self._plan.epochs:
            return
        self._console.print(_epoch_line(row, self._plan, best=self._best), highlight=False, soft_wrap=True)
        self._best = 0

    def note(self, text: str) -> None:
        """Print what the user should know."""
        self._console.print(Text(f"note: {text}", "yellow"), soft_wrap=True)


class Panels(Lines):
    """A line for each finished epoch, and below them a live panel for the one that runs."""

    def __init__(self, live: Live) -> None:
        super().__init__(live.console)
        self._live, self._rows = live, list[dict[str, float]]()

    def planned(self, plan: Plan) -> None:
        """Print what is about to be trained and open the panel."""
        super().planned(plan)
        self._rows.clear()  # of another way to train
        self._live.update(self._panel(None))

    def moved(self, moment: Moment) -> None:
        """Redraw the panel."""
        self._live.update(self._panel(moment))

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        """Print the line of the epoch above the panel."""
        super().epoch_done(row, best=best)
        self._rows.append(row)

    def _panel(self, moment: Moment | None) -> RenderableType:
        plan = self._plan
        if moment is None:
            return self._framed(Text(f"starting; about {duration(plan.expected_seconds)} in all", "dim"))
        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=plan.steps, completed=moment.step, width=max(5, min(30, self._console.width - 66)))
        grid.add_row(
            Text(f"epoch {moment.epoch}/{max(plan.epochs, moment.epoch)}", "bold"),
            bar,
            f"step {moment.step:,}/{plan.steps:,}",
            f"{moment.inputs_per_second:,.0f} {plan.inputs}/s",
            Text(f"{duration(moment.seconds_left)} left", "cyan"),
        )
        lines: list[RenderableType] = [grid, Text(_results(moment.results))]
        if self._rows:
            lines.append(_curve(self._rows))
        return self._framed(Group(*lines))

    def _framed(self, content: RenderableType) -> Panel:
        # narrower than the terminal: the ^C that it echoes beside the panel must not start a new line
        width = max(20, min(self._console.width - 4, 100))
        return Panel(content, title=str(self._plan.run), title_align="left", border_style="dim", width=width)


def duration(seconds: float) -> str:
    """Return a time as a person says it: "45 s", "3 min 05 s", "2 h 10 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def sparkline(values: list[float]) -> str:
    """Return the values as a line of bars, the smallest lowest; at most the last 40."""
    shown = values[-40:]
    low, span = min(shown), max(shown) - min(shown)
    return "".join(BARS[round((value - low) / span * 7) if span else 3] for value in shown)


def _headline(plan: Plan) -> Text:
    what = (
        (str(plan.run), "bold"),
        f": {plan.parameters:,} parameters{_adjusted(plan)}, {plan.precision} on {_computes(plan)}\n",
    )
    if not plan.epochs:
        return Text.assemble(*what, f"it knows {_count(plan.train, plan.inputs[:-1])}; there are no epochs to train")
    return Text.assemble(
        *what,
        f"until {plan.until}; at most " if plan.until else "",
        f"{_count(plan.epochs, 'epoch')} of {_count(plan.steps, 'step')} of {plan.batch_size} {plan.inputs}"
        f"{f', {plan.total_steps:,} steps in all' if plan.total_steps < plan.epochs * plan.steps else ''}, "
        f"about {duration(plan.expected_seconds)}",
        f"; a line every {_every(plan)} epochs" if _every(plan) > 1 else "",
    )


def _every(plan: Plan) -> int:
    """Return how many epochs have a line together: 1 up to 60, 10 of 600."""
    return max(1, math.ceil(plan.epochs / MOST_LINES))


def _computes(plan: Plan) -> str:
    return f"{plan.device} with XLA" if plan.xla else plan.device


def _adjusted(plan: Plan) -> str:
    """Return how many of the parameters training adjusts, as the report says it, where not all."""
    return f" (training adjusts {plan.trainable:,})" if plan.trainable not in (0, plan.parameters) else ""


def _epoch_line(row: dict[str, float], plan: Plan, *, best: int) -> Text:
    """Return the line of an epoch; `best` is the number of the best one that it tells of, 0 where none was."""
    width = len(str(plan.epochs))
    training = {name: value for name, value in row.items() if name not in ("epoch", "seconds", "learning_rate")}
    validation = {name[4:]: training.pop(name) for name in list(training) if name.startswith("val_")}
    return Text.assemble(
        (f"epoch {row['epoch']:>{width}.0f}/{max(plan.epochs, int(row['epoch']))}", "bold"),
        f"  {_results(training)}",
        # in the same order, without the names: the line fits 80 columns
        f"  val {'  '.join(_value(value) for _, value in sorted(validation.items()))}" if validation else "",
        f"  {row['seconds']:.1f} s",
        (_best_of(best, int(row["epoch"])) if validation else "", "green"),
    )


def _best_of(best: int, epoch: int) -> str:
    if not best:
        return ""
    return "  ★ best" if best == epoch else f"  ★ best was {best}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _results(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {_value(value)}" for name, value in sorted(values.items()))


def _value(value: float) -> str:
    """Return "0.0412", and "3.1e-05" for what four places would show as nothing."""
    return f"{value:.4f}" if not 0 < abs(value) < 0.001 else f"{value:.1e}"


def _curve(rows: list[dict[str, float]]) -> Text:
    name, best = next(
        (name, best) for name, best in (("val_accuracy", max), ("val_loss", min), ("loss", min)) if name in rows[0]
    )
    values = [row[name] for row in rows]
    return Text.assemble(
        f"{name.replace('val_', 'validation ')} ",
        (sparkline(values), "green"),
        f" {_value(values[-1])} (best {_value(best(values))})",
    )
