"""Makings: what a command makes on demand, once however often it is asked for: a page, a table, an exported file."""

from collections.abc import Sequence
from pathlib import Path

from saccade.core.run import Run
from saccade.studio.context import Context
from saccade.studio.job import CANCELLED, ENDED, FINISHED, Job

LANE = "other"
"""What people wait for does not wait for trainings."""


def newest(context: Context, run: str, arguments: Sequence[str]) -> Job | None:
    """Return the newest job of a command on a run, whatever became of it; None where there is none."""
    jobs = (job for job in reversed(context.jobs.all()) if job.order.run == run)
    return next((job for job in jobs if job.order.arguments == tuple(arguments) and job.state != CANCELLED), None)


def make(context: Context, kind: str, run: str, arguments: Sequence[str], *, title: str, again: bool = False) -> Job:
    """Return the job that makes something; orders it where none does.

    Args:
        context: of the studio.
        kind: of the job.
        run: the name of the run that it works on.
        arguments: of the command.
        title: what a person calls it.
        again: also when the newest one failed; else that one is returned, with what it says.
    """
    job = newest(context, run, arguments)
    if (job is not None and job.state == FINISHED) or (again and job is not None and job.state in ENDED):
        context.jobs.remove(job.name)  # done: what it made is where it belongs
        job = None
    return job or context.jobs.add(kind, list(arguments), title=title, lane=LANE, run=run)


def forget(context: Context, run: str, arguments: Sequence[str]) -> None:
    """Remove a job whose work is there."""
    job = newest(context, run, arguments)
    if job is not None and job.state in ENDED:
        context.jobs.remove(job.name)


def is_newer(made: Path, *of: Path) -> bool:
    """Say whether a file is there and was written after all that it is made of."""
    if not made.is_file():
        return False
    written = made.stat().st_mtime_ns
    return all(path.stat().st_mtime_ns <= written for path in of if path.exists())


def shown(context: Context, run: Run) -> str:
    """Return the path of a run as a command in the workspace has it."""
    return context.shown_path(run.path)
