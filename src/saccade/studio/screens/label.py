"""Label: give images classes by key, with a model that learns from each label at once."""

import json
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.studio import pixels
from saccade.studio.context import Context, form_of
from saccade.studio.label_screen import LabelScreen, start_page
from saccade.studio.label_sessions import BOXES, CLASSES, Opened
from saccade.studio.tabs import Tab

TAB = Tab("Label", "/label")

LARGE = 640
"""The side of an image that is looked at alone, in pixels."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Screen(context)
    one = "/label/{name}"
    return [
        Route("/label", screen.start),
        Route("/label", screen.open, methods=["POST"]),
        Route("/label/at", screen.at),
        Route(one, screen.page),
        Route(f"{one}/rows", screen.rows),
        Route(f"{one}/image/{{row:int}}", screen.image),
        *screen.routes(one),
        Route(f"{one}/captured", screen.capture, methods=["POST"]),
    ]


class _Screen(LabelScreen):
    """Answers at the addresses of the screen."""

    kind, said = CLASSES, str
    expected = 'Expected {"words": [[number of an image, name of a class or null], …]}.'

    async def start(self, request: Request) -> Response:
        """Ask for a folder."""
        query = request.query_params
        kind = BOXES if query.get("kind") == BOXES else CLASSES
        asked = Opened(query.get("path", ""), query.get("folders") == "classes", kind)
        return start_page(self._context, request, asked)

    async def open(self, request: Request) -> Response:
        """Open a folder."""
        form = await form_of(request)
        path, use_folders = self._context.path(form.get("path", "")), form.get("folders") == "classes"
        kind = BOXES if form.get("kind") == BOXES else CLASSES
        opened = await run_in_threadpool(self._sessions.open, path, use_folders=use_folders, kind=kind)
        return Response(headers={"HX-Redirect": opened.address})

    async def at(self, request: Request) -> Response:
        """Go to the images of a folder (`path`), those with a `text` in their names; ask to open it where it is not."""
        query = request.query_params
        kind = BOXES if query.get("kind") == BOXES else CLASSES
        opened = self._sessions.at(self._context.path(query.get("path", "")), kind)
        address, kept = ("/label", ("path", "folders", "kind")) if opened is None else (opened.address, ("text",))
        words = urlencode([(name, query[name]) for name in kept if query.get(name)])
        return RedirectResponse(f"{address}?{words}" if words else address, 303)

    async def page(self, request: Request) -> Response:
        """Show the images, or that they are being read."""
        return await self._page(request, "label/page.html.j2")

    async def rows(self, request: Request) -> Response:
        """Return the state, as JSON behind its length, and then the bytes of all images."""
        state, content = await run_in_threadpool(self._session(request).rows)
        said = json.dumps(state).encode()
        said += b" " * (-len(said) % 4)
        return Response(len(said).to_bytes(4, "little") + said + content, media_type="application/octet-stream")

    async def image(self, request: Request) -> Response:
        """Return one image, large."""
        session, row = self._row(request)
        return pixels.png(await run_in_threadpool(session.large, row, side=LARGE))

    async def capture(self, request: Request) -> Response:
        """Keep a photo of the camera with its class."""
        session, label = self._session(request), request.query_params.get("label", "")
        return JSONResponse({"name": await run_in_threadpool(session.add, await request.body(), label)})
