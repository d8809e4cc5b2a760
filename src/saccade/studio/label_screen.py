"""What screens have in common that label the images of a folder: names, thumbnails, news, and words that are kept."""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.core.errors import DataError
from saccade.core.safe_json import Json, parse_json
from saccade.studio import events, pixels
from saccade.studio.context import Context
from saccade.studio.label_sessions import LabelSessions, Opened
from saccade.studio.writing import command_line


class LabelScreen:
    """Answers at the addresses of a session.

    Attributes:
        kind: of labels.
        said: the class of what is said of an image, beside None.
        expected: how a page says it, for one that does not.
    """

    kind: str
    said: type
    expected: str

    def __init__(self, context: Context) -> None:
        self._context, self._sessions = context, LabelSessions.of(context)

    def routes(self, one: str) -> list[Route]:
        """Return the addresses of a session below `one`."""
        return [
            Route(f"{one}/names", self.names),
            Route(f"{one}/pixels", self.pixels),
            Route(f"{one}/events", self.events),
            Route(f"{one}/again", self.again),
            Route(f"{one}/words", self.say, methods=["POST"]),
        ]

    async def names(self, request: Request) -> Response:
        """Return the names of all images."""
        return JSONResponse(self._session(request).names())

    async def pixels(self, request: Request) -> Response:
        """Return some thumbnails."""
        session = self._session(request)
        return await pixels.thumbnails(request, len(session), session.thumbnails)

    async def events(self, request: Request) -> Response:
        """Say whenever there is a word or a suggestion that is new, whoever made it."""
        session = self._session(request)

        def read() -> Json:
            state = session.state()
            seen = ("version", "suggested", "doing", "error")
            return {"label": {key: state[key] for key in seen}, "jobs": self._context.activity()}

        return events.watch(request, read, every=0.25)

    async def again(self, request: Request) -> Response:
        """Read the folder again, with what has been added to it."""
        opened = self._sessions.opened(request.path_params["name"])
        self._sessions.open(opened.folder, use_folders=opened.use_folders, kind=self.kind)
        return RedirectResponse(opened.address, 303)

    async def say(self, request: Request) -> Response:
        """Say something of each of some images, null to take it back; on the disk when it answers."""
        session = self._session(request)
        words = self._words(await request.body())
        await run_in_threadpool(session.say, words)
        return JSONResponse(await run_in_threadpool(session.state))

    def _words(self, body: bytes) -> list[tuple[int, Any]]:
        """Return what a page says of images; raises DataError for anything else."""
        try:
            found = [(row, said) for row, said in parse_json(body)["words"]]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(self.expected) from error
        if not all(type(row) is int and (said is None or isinstance(said, self.said)) for row, said in found):
            raise DataError(self.expected)
        return found

    def _session(self, request: Request) -> Any:
        return self._sessions.ready(request.path_params["name"])

    def _row(self, request: Request) -> tuple[Any, int]:
        """Return session and image of an address; raises DataError where there is no such image."""
        session, row = self._session(request), request.path_params["row"]
        pixels.rows_of(str(row), len(session))
        return session, row

    async def _page(
        self, request: Request, template: str, ready: Callable[[Any], dict[str, Any]] = lambda session: {}
    ) -> Response:
        """Show a session by its template with what `ready` adds, or that its images are being read."""
        name = request.path_params["name"]
        opened = self._sessions.opened(name)
        if not self._sessions.session(name).done():
            path = self._context.shown_path(opened.folder)
            return self._context.render(request, "label/opening.html.j2", path=path)
        try:
            session = self._sessions.ready(name)
        except DataError as error:
            return start_page(self._context, request, opened, message=str(error))
        more = await run_in_threadpool(ready, session)
        file = self._context.shown_path(session.file.path)
        return self._context.render(
            request,
            template,
            name=name,
            path=self._context.shown_path(session.images),
            file=file,
            count=len(session),
            unreadable=session.surveyed.unreadable[:200],
            lines=[command_line([verb, file]) for verb in ("train", "check", "labels")],
            **more,
        )


def start_page(context: Context, request: Request, asked: Opened, *, message: str = "") -> Response:
    """Return the page that asks for a folder, with what was asked for and why that cannot be."""
    every = LabelSessions.of(context).all()
    opened = [{"address": each.address, "path": context.shown_path(each.folder), "kind": each.kind} for each in every]
    values = {"opened": opened, "asked": asked, "message": message}
    return context.render(request, "label/start.html.j2", status=422 if message else 200, **values)
