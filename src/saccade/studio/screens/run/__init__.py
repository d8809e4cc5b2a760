"""Run: all of one run: its answers with images, its report, its inside, its training, and a place to try it."""

from starlette.routing import BaseRoute

from saccade.studio.context import Context
from saccade.studio.screens.run import answers, inside, live, report, trying

TAB = None


def routes(context: Context) -> list[BaseRoute]:
    """Return the addresses of the screen."""
    return [route for part in (answers, live, report, inside, trying) for route in part.routes(context)]
