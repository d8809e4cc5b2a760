"""Projects: all runs of the workspace."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saccade.studio.context import Context
from saccade.studio.run_row import RunRows
from saccade.studio.tabs import Tab

TAB = Tab("Projects", "/")


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    rows = RunRows(context.runs)

    async def page(request: Request) -> Response:
        return context.render(request, "projects/page.html.j2", rows=rows.all())

    return [Route("/", page)]
