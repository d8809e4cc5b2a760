"""App: the addresses of the studio and what answers at each: those of its screens, its files, its errors."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from saccade.core.errors import SaccadeError, escaped
from saccade.core.requests import Problem
from saccade.studio import events, screens
from saccade.studio.context import Context
from saccade.studio.rendering import STATIC, STYLE
from saccade.studio.security import Guard

ASK_AGAIN = {"cache-control": "private, no-cache"}
"""A browser keeps these files, and asks whether they have changed: that costs a millisecond here. One address a file,
without a hash, since modules import each other by it and would otherwise be loaded twice."""


def make_app(context: Context) -> ASGIApp:
    """Return the studio as an ASGI application."""
    shown = screens.all_screens().values()
    routes = [route for each in shown for route in each.routes(context)]
    bodies = {address: most for each in shown for address, most in getattr(each, "BODIES", {}).items()}

    async def activity(request: Request) -> Response:
        return events.watch(request, lambda: {"jobs": context.activity()})

    router = Router(
        [
            *routes,
            Route("/events", activity),
            Route("/static/style.css", _style),
            Mount("/static", _Files(directory=STATIC)),
        ]
    )
    return Guard(_WithApp(router), token=context.token, bodies=bodies, refuse=_Refusals(context))


class _WithApp:
    """Tells the router that there is an application around it, which answers errors."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        scope["app"] = self
        await self._router(scope, receive, send)


class _Files(StaticFiles):
    """The files of `static/`."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        answer = super().file_response(*given, **named)
        answer.headers.update(ASK_AGAIN)
        return answer


async def _style(request: Request) -> Response:
    return FileResponse(STYLE, headers=ASK_AGAIN)


class _Refusals:
    """Makes the answer of an error: a page, a part of one for htmx, or JSON for scripts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, scope: Scope, error: Exception) -> Response:
        """Return the answer."""
        status, message = status_and_message(error)
        request = Request(scope)
        headers = getattr(error, "headers", None)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"error": message}, status, headers)
        if status in {400, 403}:  # a stranger: not even the styles are his
            return PlainTextResponse(message, status, headers)
        is_part = "hx-request" in request.headers and "hx-boosted" not in request.headers
        template = "error_part.html.j2" if is_part else "error.html.j2"
        answer = self._context.render(request, template, status=status, code=status, message=message)
        answer.headers.update(headers or {})
        return answer


def status_and_message(error: Exception) -> tuple[int, str]:
    """Return the status of HTTP for an error, and the sentence that a person reads."""
    if isinstance(error, Problem):
        return error.status, str(error)
    if isinstance(error, SaccadeError):
        return 422, escaped(str(error))
    if isinstance(error, HTTPException):
        return error.status_code, "There is nothing at this address." if error.status_code == 404 else error.detail
    return 500, "This is a fault in Saccade, not in your input. The terminal of the studio says more; please report it."
