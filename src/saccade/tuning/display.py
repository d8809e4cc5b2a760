"""How a search looks on a terminal, in a log file, or to a script."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich import console as rich_console
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from saccade.core.rendering import Console
from saccade.training.display import duration, sparkline
from saccade.tuning.jobs import Job
from saccade.tuning.planning import said
from saccade.tuning.records import FinalPlan, Plan, TrialResult
from saccade.tuning.search_progress import SearchProgress
from saccade.tuning.verdict import Verdict

MOST_ROWS = 12
"""Of the table, the best ones; the others are in result.json."""

LANDED = 0.03
"""Of the budget: a search that ends so near to it has ended in time."""

LIVE_ROWS = 6
"""Of the table while it runs, which has to fit into a small terminal."""


@contextmanager
def show_search(
    *, quiet: bool = False, as_json: bool = False, console: rich_console.Console | None = None
) -> Iterator[SearchProgress]:
    """Give the progress that fits: nothing, JSON lines, a live table, or plain lines where there is no terminal."""
    console = console or Console()
    if quiet:
        yield SearchProgress()
    elif as_json:
        yield JsonLines()
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield LiveTable(live)
    else:
        yield Lines(console)


class JsonLines(SearchProgress):
    """One JSON object a line on standard output, for scripts."""

    def planned(self, folder: Path, plan: Plan, known: list[TrialResult]) -> None:
        """Write {"event": "plan", ...}."""
        self._write("plan", {"folder": str(folder), **plan.to_dict(), "known": len(known)})

    def job_started(self, job: Job, changes: Mapping[str, Any], *, used: float) -> None:
        """Write {"event": "started", ...}."""
        self._write("started", {"name": job.name, "seconds": job.seconds, "changes": dict(changes), "used": used})

    def job_done(self, job: Job, result: TrialResult, *, used: float) -> None:
        """Write {"event": "done", ...}."""
        self._write("done", {"name": job.name, **result.to_dict(), "used": used})

    def chosen(self, final: FinalPlan, changes: Mapping[str, Any]) -> None:
        """Write {"event": "chosen", ...}."""
        self._write("chosen", {**final.to_dict(), "changes": dict(changes)})

    def note(self, text: str) -> None:
        """Write {"event": "note", ...}."""
        self._write("note", {"text": text})

    def _write(self, event: str, content: dict[str, Any]) -> None:
        print(json.dumps({"event": event, **content}), file=sys.stdout, flush=True)  # noqa: T201


class Lines(SearchProgress):
    """A line a training, for log files."""

    def __init__(self, console: rich_console.Console) -> None:
        self._console = console

    def planned(self, folder: Path, plan: Plan, known: list[TrialResult]) -> None:
        """Print what is about to be searched."""
        wrapped_by_rich = self._console.is_terminal  # between words; in a log, lines stay whole
        self._console.print(headline(folder, plan, known), highlight=False, soft_wrap=not wrapped_by_rich)

    def job_done(self, job: Job, result: TrialResult, *, used: float) -> None:
        """Print how a training did."""
        text = f"{duration(used):>12}  {_who(job.trial, job.seed):<22} {_length(job.seconds):>7}  {_score(result):<24}"
        self._console.print(f"{text}  {changes_text(result.changes)}", highlight=False, soft_wrap=True)

    def chosen(self, final: FinalPlan, changes: Mapping[str, Any]) -> None:
        """Print what was chosen."""
        self._console.print(_chosen(final, changes), highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print what the user should know."""
        self._console.print(Text(f"note: {text}", "yellow"), soft_wrap=True)


class Remaining:
    """What of a search's budget is used and left, by the clock: it goes on while nothing else happens."""

    def __init__(self, used: float, budget: float) -> None:
        self._origin, self._budget = time.monotonic() - used, budget

    def __rich__(self) -> Text:
        """Return it as it is now."""
        used = time.monotonic() - self._origin
        return Text(f"{duration(used)} used, {duration(max(0.0, self._budget - used))} left", "cyan")


class LiveTable(Lines):
    """A table of the best trials that grows, with a curve of the best so far, and what is trained just now."""

    def __init__(self, live: Live) -> None:
        super().__init__(live.console)
        self._live, self._known = live, list[TrialResult]()
        self._now, self._where, self._used = "", "", 0.0
        self._curve = list[float]()

    def planned(self, folder: Path, plan: Plan, known: list[TrialResult]) -> None:
        """Print what is about to be searched and open the table."""
        super().planned(folder, plan, known)
        self._plan, self._known = plan, list(known)
        self._draw()

    def job_started(self, job: Job, changes: Mapping[str, Any], *, used: float) -> None:
        """Show what is trained."""
        self._now = f"{_who(job.trial, job.seed)}, {_length(job.seconds)}: {changes_text(changes)}"
        self._where, self._used = "starting", used
        self._curve = []
        self._draw()

    def epoch_done(self, row: Mapping[str, float]) -> None:
        """Go on with the curve of the training, by the first thing that validation says of it."""
        self._curve += [value for name, value in row.items() if name.startswith("val_")][:1]

    def moved(self, text: str, *, used: float) -> None:
        """Show where it is."""
        self._where, self._used = text, used
        self._draw()

    def waited(self, *, used: float) -> None:
        """Show that others are at work."""
        self._now, self._curve = "", []
        self.moved("waiting for what other processes train", used=used)

    def job_done(self, job: Job, result: TrialResult, *, used: float) -> None:
        """Add a line to the table."""
        self._known.append(result)
        self._used = used
        if job.rung is None:
            super().job_done(job, result, used=used)
        self._draw()

    def _draw(self) -> None:
        parts: list[RenderableType] = [
            trial_table(self._known, width=self._console.width - 1, rows=LIVE_ROWS, folded=False)
        ]
        if curve := best_so_far(self._known):
            parts.append(curve)
        parts += [Text(self._now, "bold", no_wrap=True, overflow="ellipsis"), self._position()]
        parts.append(Remaining(self._used, self._plan.budget))
        self._live.update(Group(*parts))

    def _position(self) -> Text:
        shown = Text(self._where, "dim", no_wrap=True, overflow="ellipsis")
        return shown.append(f"  {sparkline(self._curve)}", "green") if len(self._curve) > 1 else shown


def headline(folder: Path, plan: Plan, known: list[TrialResult]) -> Text:
    """Return what a search is about, in a few lines."""
    if not plan.has_trials:
        return _headline_alone(folder, plan, known)
    lengths = ", ".join(_length(seconds) for seconds in plan.rungs)
    whole = "" if plan.whole is None else f" (the recipe asks for {duration(plan.whole)})"
    counted = f"{len(plan.space)} setting{'' if len(plan.space) == 1 else 's'}"
    going_on = f", going on with {len(known)} trainings" if known else ""
    return Text.assemble(
        (str(folder), "bold"),
        f": {duration(plan.budget)} for {counted} of {plan.task} on {Path(plan.data).name}{going_on}",
        "\n",
        f"trials train {lengths}; then recipe and winner {_seeds(plan)}, {_length(plan.longest)} each{whole}\n",
        f"chosen by {plan.rows[0]:,} {plan.split} rows, compared on {plan.rows[1]:,} others; the test stays sealed",
    )


def _headline_alone(folder: Path, plan: Plan, known: list[TrialResult]) -> Text:
    """Return what is done where there is no time to search."""
    ends = "as long as it asks for" if plan.as_long_as_asked else "by the clock"
    enough = f"; {said(plan.needed)} are enough to search" if plan.needed else ""
    about = f"{plan.task} on {Path(plan.data).name}"
    return Text.assemble(
        (str(folder), "bold"),
        f": {duration(plan.budget)} are too short to try other settings of {about}{enough}\n",
        f"so the recipe itself is trained, {_length(plan.longest)}, {ends}; the test stays sealed",
    )


def trial_table(results: list[TrialResult], *, width: int, rows: int = MOST_ROWS, folded: bool = True) -> Table:
    """Return the best trials as a table, each by its longest training, the longest trainings first.

    Args:
        results: of all trainings.
        width: columns of the terminal.
        rows: of the table, at most; the recipe has one beside.
        folded: whether settings go on in the next line; else they are cut.
    """
    table = Table(box=None, width=min(width, 110), pad_edge=False, show_edge=False)
    table.add_column("trial", no_wrap=True)
    table.add_column("trained", justify="right", no_wrap=True)
    table.add_column(next((each.measure for each in results if each.measure), "score"), justify="right", no_wrap=True)
    table.add_column("changes of the recipe", ratio=1, no_wrap=not folded, overflow="fold" if folded else "ellipsis")
    ranked = _ranked(results)
    shown = [each for place, each in enumerate(ranked) if place < rows or each.trial == 0]
    for each in shown:
        table.add_row(*map(Text, _cells(each)), style="bold" if each.trial == 0 else "dim" if each.error else "")
    if len(ranked) > len(shown):
        table.add_row(Text(f"and {len(ranked) - len(shown)} more"), style="dim")
    return table


def _ranked(results: list[TrialResult]) -> list[TrialResult]:
    longest = {each.trial: each for each in sorted(results, key=lambda each: each.rung or 0) if each.rung is not None}
    return sorted(longest.values(), key=lambda each: (-(each.rung or 0), -_order(each), each.trial))


def _cells(each: TrialResult) -> tuple[str, str, str, str]:
    number = "–" if each.value is None else f"{each.value:.4f}"
    said = f"failed: {each.error}" if each.error else changes_text(each.changes)
    return _who(each.trial, None), _length(each.seconds), number, said


def best_so_far(results: list[TrialResult]) -> Text | None:
    """Return the best score after each of the shortest trainings as a curve; None before the second."""
    scored = sorted((each for each in results if each.rung == 0 and each.score is not None), key=lambda r: r.trial)
    if len(scored) < 2:
        return None
    best: list[float] = []
    for each in scored:
        best.append(max([*best[-1:], each.score or 0.0]))
    top = max(scored, key=lambda each: each.score or 0.0)
    return Text.assemble(
        f"best {top.measure} of {len(scored)} trials ", (sparkline(best), "green"), f" {top.value or 0:.4f}"
    )


def ending(verdict: Verdict, importances: Mapping[str, float], results: list[TrialResult], *, width: int) -> Group:
    """Return what a search found, for the terminal."""
    parts: list[RenderableType] = [trial_table(results, width=width), Text()] if results else []
    parts.append(Text(verdict.sentence, "bold green" if verdict.is_better else "bold"))
    parts += [Text(verdict.selection)] if verdict.selection else []
    parts += [Text(remark) for remark in verdict.remarks]
    parts += [] if verdict.is_alone else [Text(f"Trial {verdict.trial}: {changes_text(verdict.changes)}")]
    if importances:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in importances.items() if share >= 0.005)
        parts.append(Text(f"What mattered (fANOVA): {shares}"))
    return Group(*parts)


def landing(used: float, plan: Plan, trials: int) -> str:
    """Return how far from its budget a search ended, and why; "" where it is within 3%."""
    left, share = plan.budget - used, abs(plan.budget - used) / plan.budget
    if share <= LANDED:
        return ""
    if left < 0:
        return f"That is {duration(-left)} ({share:.0%}) beyond the budget: trainings took longer than was measured."
    if not plan.has_trials:
        return f"{duration(left)} of the budget ({share:.0%}) are left: the recipe takes no longer."
    if plan.trials is not None and trials >= plan.trials:
        return f"{duration(left)} of the budget are left, as not more than {plan.trials} trials were asked for."
    what = "one training more" if plan.as_long_as_asked else "one pair of trainings more"
    return f"{duration(left)} of the budget ({share:.0%}) are left: too little for {what}."


def changes_text(changes: Mapping[str, Any]) -> str:
    """Return "learning_rate 0.0031, model.width 64"; "the recipe as it is" where there are none."""
    return ", ".join(f"{name} {_value(value)}" for name, value in changes.items()) or "the recipe as it is"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return "[" + ",".join(map(str, value)) + "]" if isinstance(value, list) else str(value)


def _who(trial: int, seed: int | None) -> str:
    name = "recipe" if trial == 0 else f"trial {trial}"
    return name if seed is None else f"{name}, seed {seed}"


def _length(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _seeds(plan: Plan) -> str:
    """Return how often recipe and winner are trained: "once, as there is no time for 3"."""
    short = f", as there is no time for {plan.seeds_asked}" if plan.has_fewer_seeds else ""
    return f"{_times(plan.seeds)}{short}"


def _order(result: TrialResult) -> float:
    return float("-inf") if result.score is None else result.score


def _score(result: TrialResult) -> str:
    return "failed" if result.value is None else f"{result.measure} {result.value:.4f}"


def _chosen(final: FinalPlan, changes: Mapping[str, Any]) -> Text:
    lead = "" if final.led_by is None else f", {final.led_by:+.4f} to the recipe"
    best = "the best" if final.led_by is None or final.led_by > 0 else "the best after the recipe"
    return Text(f"Trial {final.trial} is {best}{lead}: {changes_text(changes)}. Now it is compared.", "bold")
