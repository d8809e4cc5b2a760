"""Label: give images classes by key, with a model that learns from each label at once."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.core.errors import DataError
from saccade.core.safe_json import Json, parse_json
from saccade.studio import events, pixels
from saccade.studio.context import Context, form_of
from saccade.studio.label_sessions import BOXES, CLASSES, LabelSessions, Opened
from saccade.studio.tabs import Tab
from saccade.studio.writing import command_line

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
        Route(f"{one}/names", screen.names),
        Route(f"{one}/rows", screen.rows),
        Route(f"{one}/pixels", screen.pixels),
        Route(f"{one}/image/{{row:int}}", screen.image),
        Route(f"{one}/events", screen.events),
        Route(f"{one}/again", screen.again),
        Route(f"{one}/labels", screen.label, methods=["POST"]),
        Route(f"{one}/captured", screen.capture, methods=["POST"]),
    ]


class _Screen:
    """Answers at the addresses of the screen."""

    def __init__(self, context: Context) -> None:
        self._context, self._sessions = context, LabelSessions.of(context)

    async def start(self, request: Request) -> Response:
        """Ask for a folder."""
        query = request.query_params
        kind = BOXES if query.get("kind") == BOXES else CLASSES
        asked = Opened(query.get("path", ""), query.get("folders") == "classes", kind)
        return start_page(self._context, request, asked)

    def _shown(self, path: str) -> str:
        return self._context.shown_path(Path(path))

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
        name = request.path_params["name"]
        opened = self._sessions.opened(name)
        if not self._sessions.session(name).done():
            return self._context.render(request, "label/opening.html.j2", path=self._shown(opened.images))
        try:
            session = self._sessions.ready(name)
        except DataError as error:
            return start_page(self._context, request, opened, message=str(error))
        file = self._shown(str(session.file.path))
        return self._context.render(
            request,
            "label/page.html.j2",
            name=name,
            path=self._shown(str(session.images)),
            file=file,
            count=len(session),
            unreadable=session.surveyed.unreadable[:200],
            lines=[command_line(["train", file]), command_line(["check", file]), command_line(["labels", file])],
        )

    async def again(self, request: Request) -> Response:
        """Read the folder again, with what has been added to it."""
        opened = self._sessions.opened(request.path_params["name"])
        self._sessions.open(Path(opened.images), use_folders=opened.use_folders)
        return RedirectResponse(opened.address, 303)

    def _session(self, request: Request) -> Any:
        return self._sessions.ready(request.path_params["name"])

    async def names(self, request: Request) -> Response:
        """Return the names of all images."""
        return JSONResponse(self._session(request).names())

    async def rows(self, request: Request) -> Response:
        """Return the state, as JSON behind its length, and then the bytes of all images."""
        state, content = await run_in_threadpool(self._session(request).rows)
        said = json.dumps(state).encode()
        said += b" " * (-len(said) % 4)
        return Response(len(said).to_bytes(4, "little") + said + content, media_type="application/octet-stream")

    async def pixels(self, request: Request) -> Response:
        """Return some thumbnails."""
        session = self._session(request)
        return await pixels.thumbnails(request, len(session), session.thumbnails)

    async def image(self, request: Request) -> Response:
        """Return one image, large."""
        session, row = self._session(request), request.path_params["row"]
        pixels.rows_of(str(row), len(session))
        return pixels.png(await run_in_threadpool(session.large, row, side=LARGE))

    async def events(self, request: Request) -> Response:
        """Say whenever there is a label or a suggestion that is new, whoever made it."""
        session = self._session(request)

        def read() -> Json:
            state = session.state()
            seen = ("version", "suggested", "doing", "error")
            return {"label": {key: state[key] for key in seen}, "jobs": self._context.activity()}

        return events.watch(request, read, every=0.25)

    async def label(self, request: Request) -> Response:
        """Give images classes: {"words": [[0, "glass"], [4, null]]}; on the disk when it answers."""
        session = self._session(request)
        words = _words(await request.body())
        await run_in_threadpool(session.say, words)
        return JSONResponse(await run_in_threadpool(session.state))

    async def capture(self, request: Request) -> Response:
        """Keep a photo of the camera with its class."""
        session, label = self._session(request), request.query_params.get("label", "")
        return JSONResponse({"name": await run_in_threadpool(session.add, await request.body(), label)})


def start_page(context: Context, request: Request, asked: Opened, *, message: str = "") -> Response:
    """Return the page that asks for a folder, with what was asked for and why that cannot be."""
    every = LabelSessions.of(context).all()
    opened = [
        {"address": each.address, "path": context.shown_path(Path(each.images)), "kind": each.kind} for each in every
    ]
    values = {"opened": opened, "asked": asked, "message": message}
    return context.render(request, "label/start.html.j2", status=422 if message else 200, **values)


def _words(body: bytes) -> list[tuple[int, str | None]]:
    """Return what a page says of images; raises DataError for anything else."""
    try:
        words = parse_json(body)["words"]
        found = [(row, label) for row, label in words]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError('Expected {"words": [[row, class or null], …]}.') from error
    if not all(type(row) is int and isinstance(label, str | None) for row, label in found):
        raise DataError("Expected the number of an image and the name of a class, or null, in each word.")
    return found
