"""Boxes: draw boxes around objects by mouse, finger or keys, with what a trained detector suggests."""

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.core.data_identity import source_file
from saccade.core.errors import DataError
from saccade.core.safe_json import Json, parse_json
from saccade.studio import events, pixels
from saccade.studio.context import Context
from saccade.studio.label_sessions import BOXES, LabelSessions, task_for
from saccade.studio.run_rows import RunRows
from saccade.studio.screens.label import start_page
from saccade.studio.writing import command_line

TAB = None

LARGE = 1600
"""The longer side of an image that is drawn on, in pixels, at most."""

_EXPECTED = 'Expected {"words": [[row, [[class, left, top, right, bottom], …] or null], …]}.'


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Screen(context)
    one = "/boxes/{name}"
    return [
        Route(one, screen.page),
        Route(f"{one}/names", screen.names),
        Route(f"{one}/rows", screen.rows),
        Route(f"{one}/at/{{row:int}}", screen.at),
        Route(f"{one}/pixels", screen.pixels),
        Route(f"{one}/image/{{row:int}}", screen.image),
        Route(f"{one}/events", screen.events),
        Route(f"{one}/again", screen.again),
        Route(f"{one}/words", screen.say, methods=["POST"]),
    ]


class _Screen:
    """Answers at the addresses of the screen."""

    def __init__(self, context: Context) -> None:
        self._context, self._sessions = context, LabelSessions.of(context)

    async def page(self, request: Request) -> Response:
        """Show an image to draw on, or that the images are being read."""
        name = request.path_params["name"]
        opened = self._sessions.opened(name)
        path = self._context.shown_path(Path(opened.images))
        if not self._sessions.session(name).done():
            return self._context.render(request, "label/opening.html.j2", path=path)
        try:
            session = self._sessions.ready(name)
        except DataError as error:
            return start_page(self._context, request, opened, message=str(error))
        await run_in_threadpool(self._choose_detector, session)
        file = self._context.shown_path(session.file.path)
        return self._context.render(
            request,
            "label/boxes.html.j2",
            name=name,
            path=path,
            file=file,
            count=len(session),
            key=session.surveyed.key[:8],
            unreadable=session.surveyed.unreadable[:200],
            lines=[command_line(["train", file]), command_line(["check", file]), command_line(["labels", file])],
        )

    def _choose_detector(self, session: Any) -> None:
        """Let the newest finished run on the boxes of this folder suggest more."""
        rows: RunRows = self._context.memory.setdefault("run_rows", RunRows(self._context.runs))
        places, task = {session.file.path, session.images}, task_for(BOXES).name
        fitting = (
            row
            for row in rows.all()
            if row.status == "finished" and row.task == task and Path(source_file(row.data)) in places
        )
        newest = next(fitting, None)
        session.suggest_with(None if newest is None else self._context.run_path(newest.name))

    async def again(self, request: Request) -> Response:
        """Read the folder again, with what has been added to it."""
        opened = self._sessions.opened(request.path_params["name"])
        self._sessions.open(Path(opened.images), kind=BOXES)
        return RedirectResponse(opened.address, 303)

    def _session(self, request: Request) -> Any:
        return self._sessions.ready(request.path_params["name"])

    async def names(self, request: Request) -> Response:
        """Return the names of all images."""
        return JSONResponse(self._session(request).names())

    async def rows(self, request: Request) -> Response:
        """Return the state, and of each image how many boxes it has."""
        return JSONResponse(await run_in_threadpool(self._session(request).rows))

    async def at(self, request: Request) -> Response:
        """Return the boxes of one image, and those that are suggested."""
        session, row = self._session(request), request.path_params["row"]
        pixels.rows_of(str(row), len(session))
        return JSONResponse(await run_in_threadpool(session.at, row))

    async def pixels(self, request: Request) -> Response:
        """Return some thumbnails."""
        session = self._session(request)
        return await pixels.thumbnails(request, len(session), session.thumbnails)

    async def image(self, request: Request) -> Response:
        """Return one image, large, as it is meant to be seen."""
        session, row = self._session(request), request.path_params["row"]
        pixels.rows_of(str(row), len(session))
        return await run_in_threadpool(lambda: pixels.jpeg(session.large(row, side=LARGE)))

    async def events(self, request: Request) -> Response:
        """Say whenever there is a box or a suggestion that is new, whoever made it."""
        session = self._session(request)

        def read() -> Json:
            state = session.state()
            seen = ("version", "suggested", "doing", "error")
            return {"label": {key: state[key] for key in seen}, "jobs": self._context.activity()}

        return events.watch(request, read, every=0.25)

    async def say(self, request: Request) -> Response:
        """Say all boxes of each of some images, [] for none, null to take back; on the disk when it answers."""
        session = self._session(request)
        words = _words(await request.body())
        await run_in_threadpool(session.say, words)
        return JSONResponse(await run_in_threadpool(session.state))


def _words(body: bytes) -> list[tuple[int, list[Any] | None]]:
    """Return what a page says of images; raises DataError for anything else."""
    try:
        found = [(row, said) for row, said in parse_json(body)["words"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(_EXPECTED) from error
    if not all(type(row) is int and isinstance(said, list | None) for row, said in found):
        raise DataError(_EXPECTED)
    return found
