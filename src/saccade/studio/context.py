"""Context: what all screens share: the folders, the templates, the jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from saccade.core.errors import DataError, RunError
from saccade.core.pasted_path import pasted_path
from saccade.studio.job import QUEUED, Job
from saccade.studio.jobs import Jobs
from saccade.studio.opened_paths import OpenedPaths
from saccade.studio.rendering import Templates

PLACES = {"answers": "", "evaluate": "", "report": "/report", "inspect": "/inside", "export": "/ship", "serve": "/ship"}
"""Where on the pages of a run the jobs of these kinds are seen."""


@dataclass(frozen=True)
class Context:
    """What a screen is given.

    Attributes:
        workspace: the folder that the studio was opened on; paths of people are read from here.
        runs: where the runs lie.
        token: which the browser must bring.
        memory: for what a screen wants to keep between requests, by names that begin with the screen's own.
    """

    workspace: Path
    runs: Path
    token: str = field(repr=False)
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def own(self) -> Path:
        """The studio's own folder: jobs, removed runs, what was opened; without it the studio begins anew."""
        return self.runs / ".studio"

    @cached_property
    def templates(self) -> Templates:
        """The templates of all pages."""
        return Templates(self)

    @cached_property
    def jobs(self) -> Jobs:
        """What runs beside the studio: trainings, evaluations, exports."""
        return Jobs(self.own / "jobs", workspace=self.workspace)

    @cached_property
    def opened(self) -> OpenedPaths:
        """The files and folders that the browser may see."""
        return OpenedPaths(self.own / "opened.json", always=(self.workspace, self.runs))

    def activity(self) -> dict[str, str]:
        """Return what runs and waits, in words, and the address where it is seen: the event "jobs" of every page."""
        active = self.jobs.active()
        if not active:
            return {"text": "", "address": "/train"}
        waiting = sum(job.state == QUEUED for job in active)
        said = [active[0].order.title] if waiting < len(active) else []
        said += [f"{len(active) - waiting - 1} more"] if len(active) - waiting > 1 else []
        said += [f"{waiting} waiting"] if waiting else []
        return {"text": ", ".join(said), "address": _place(active[0]) if len(active) == 1 else "/train"}

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page, or a part of one: `context.render(request, "projects/page.html.j2", rows=rows)`."""
        return self.templates.respond(request, template, status=status, **values)

    def run_path(self, name: str) -> Path:
        """Return the folder of a run by its name, as addresses have it; raises RunError when there is none."""
        path = self.runs / name
        if not name or name.startswith(".") or Path(name).name != name or not path.is_dir():
            raise RunError(f"There is no run '{name[:100]}' in {self.runs}.")
        return path

    def path(self, text: str) -> Path:
        """Return what a person names, absolute: read from the workspace. What is named need not be there.

        Raises:
            DataError: nothing is named.
        """
        text = pasted_path(text)
        if not text or "\0" in text:
            raise DataError("Name a file or folder.")
        return (self.workspace / Path(text).expanduser()).resolve()

    def shown_path(self, path: Path) -> str:
        """Return a path as a command that is typed in the workspace has it."""
        full = path if path.is_absolute() else self.workspace / path
        return str(full.relative_to(self.workspace)) if full.is_relative_to(self.workspace) else str(full)


def _place(job: Job) -> str:
    """Return the address of the page where a job is seen."""
    if job.order.kind in PLACES and job.order.run:
        return f"/runs/{quote(job.order.run)}{PLACES[job.order.kind]}"
    if job.order.kind == "tune":
        return f"/searches/{quote(job.order.run)}"
    return f"/train/{job.name}"


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the texts of a form that was sent; files in it are left out."""
    return {key: value for key, value in (await request.form()).multi_items() if isinstance(value, str)}
