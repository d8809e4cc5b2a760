"""Try it: the page of the run's own service, behind the studio's guard: drop, draw, use the camera, rate."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from saccade.studio.context import Context
from saccade.studio.screens.run.opened import commands, open_run, run_page
from saccade.studio.tried_runs import Framed, TriedRuns, has_file


def routes(context: Context) -> list[BaseRoute]:
    """Return the addresses where a run is tried."""
    tried = TriedRuns()

    async def page(request: Request) -> Response:
        opened = open_run(context, request)
        lines = commands(["predict", opened.path, opened.task.new_inputs], ["serve", opened.path])
        there = has_file(opened.run)
        return run_page(context, request, "run/try.html.j2", opened, part="try", there=there, lines=lines)

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        opened = open_run(context, Request(scope))
        await Framed(await tried.app(opened.run))(scope, receive, send)

    return [Route("/runs/{name}/try", page), Mount("/runs/{name}/service", app=service)]
