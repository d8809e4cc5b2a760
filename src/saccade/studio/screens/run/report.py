"""Report: the page that `saccade report` writes, made anew when it is older than what it tells of."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saccade.studio import makings
from saccade.studio.context import Context
from saccade.studio.job import Job
from saccade.studio.screens.run.documents import document
from saccade.studio.screens.run.opened import OpenedRun, commands, open_run, run_page

MADE_OF = ("run.json", "evaluation.json", "export/parity.json", "threshold.json")


def routes(context: Context) -> list[Route]:
    """Return the addresses of the report of a run."""

    async def page(request: Request) -> Response:
        opened = open_run(context, request)
        current = _is_current(opened)
        job = None if current else _make(context, opened)
        if current:
            makings.forget(context, opened.name, _command(opened))
        lines = commands(_command(opened))
        return run_page(context, request, "run/report.html.j2", opened, part="report", job=job, lines=lines)

    async def html(request: Request) -> Response:
        return document(open_run(context, request).run.report_path)

    async def again(request: Request) -> Response:
        opened = open_run(context, request)
        _make(context, opened, again=True)
        return RedirectResponse(opened.address("/report"), 303)

    return [
        Route("/runs/{name}/report", page),
        Route("/runs/{name}/report", again, methods=["POST"]),
        Route("/runs/{name}/report.html", html),
    ]


def _command(opened: OpenedRun) -> list[str]:
    return ["report", opened.path]


def _is_current(opened: OpenedRun) -> bool:
    path = opened.run.path
    return makings.is_newer(opened.run.report_path, *(path / name for name in MADE_OF))


def _make(context: Context, opened: OpenedRun, *, again: bool = False) -> Job:
    title = f"Writing the report of {opened.name}"
    return makings.make(context, "report", opened.name, _command(opened), title=title, again=again)
