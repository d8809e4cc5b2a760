"""Services: `saccade serve` beside the studio, which goes on without it and is found again, until it is stopped."""

from dataclasses import dataclass

from saccade.core.safe_json import parse_json
from saccade.studio.context import Context
from saccade.studio.job import ENDED, FAILED, KILLED, Job
from saccade.studio.screens.run.opened import OpenedRun

FIRST_LINES = 50_000
"""Bytes of the log, which begins with where it listens."""


@dataclass(frozen=True)
class RunService:
    """The service of a run.

    Attributes:
        job: its process.
        address: where it answers; "" while it starts.
    """

    job: Job
    address: str

    @property
    def is_running(self) -> bool:
        """Whether it runs or starts."""
        return self.job.state not in ENDED

    @property
    def problem(self) -> str:
        """Why it does not run although nobody stopped it; "" else."""
        if self.job.state == FAILED:
            return self.job.message or "It has ended by itself."
        return "Its process was ended from outside." if self.job.state == KILLED else ""


def of_run(context: Context, opened: OpenedRun) -> RunService | None:
    """Return the newest service of a run that runs or has ended badly; None where there is none."""
    found = [job for job in context.jobs.all(kind="serve") if job.order.run == opened.name]
    service = RunService(found[-1], _address(found[-1])) if found else None
    return service if service and (service.is_running or service.problem) else None


def start(context: Context, opened: OpenedRun) -> None:
    """Start a service on a free port of this machine, where none runs."""
    known = of_run(context, opened)
    if known and known.is_running:
        return
    _forget(context, opened)
    arguments = ["serve", opened.path, "--port", "0", "--workers", "1"]
    lane = f"serve-{opened.name}"  # of its own: it runs until it is stopped
    context.jobs.add("serve", arguments, title=f"Serving {opened.name}", lane=lane, run=opened.name)


def stop(context: Context, opened: OpenedRun) -> None:
    """Stop the service of a run; what is in flight is answered first."""
    known = of_run(context, opened)
    if known and known.is_running:
        known.job.stop()
    _forget(context, opened)


def _forget(context: Context, opened: OpenedRun) -> None:
    for job in context.jobs.all(kind="serve"):
        if job.order.run == opened.name and job.state in ENDED:
            context.jobs.remove(job.name)


def _address(job: Job) -> str:
    """Return where a service listens, as its log says; "" before."""
    path = job.path / "errors.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        lines = file.read(FIRST_LINES).splitlines()
    for line in lines:
        try:
            said = parse_json(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("event") == "listening":
            return str(said.get("address", ""))
    return ""
