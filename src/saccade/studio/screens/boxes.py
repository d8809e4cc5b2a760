"""Boxes: draw boxes around objects by mouse, finger or keys, with what a trained detector suggests."""

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade.core.data_identity import source_file
from saccade.studio import pixels
from saccade.studio.context import Context
from saccade.studio.label_screen import LabelScreen
from saccade.studio.label_sessions import BOXES, task_for
from saccade.studio.run_rows import RunRows

TAB = None

LARGE = 1600
"""The longer side of an image that is drawn on, in pixels, at most."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Screen(context)
    one = "/boxes/{name}"
    return [
        Route(one, screen.page),
        Route(f"{one}/rows", screen.rows),
        Route(f"{one}/at/{{row:int}}", screen.at),
        Route(f"{one}/image/{{row:int}}", screen.image),
        *screen.routes(one),
    ]


class _Screen(LabelScreen):
    """Answers at the addresses of the screen."""

    kind, said = BOXES, list
    expected = 'Expected {"words": [[row, [[class, left, top, right, bottom], …] or null], …]}.'

    async def page(self, request: Request) -> Response:
        """Show an image to draw on, or that the images are being read."""
        return await self._page(request, "label/boxes.html.j2", self._ready)

    def _ready(self, session: Any) -> dict[str, Any]:
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
        return {"key": session.surveyed.key[:8], "left_out": session.left_out}

    async def rows(self, request: Request) -> Response:
        """Return the state, and of each image how many boxes it has."""
        return JSONResponse(await run_in_threadpool(self._session(request).rows))

    async def at(self, request: Request) -> Response:
        """Return the boxes of one image, and those that are suggested."""
        session, row = self._row(request)
        return JSONResponse(await run_in_threadpool(session.at, row))

    async def image(self, request: Request) -> Response:
        """Return one image, large, as it is meant to be seen."""
        session, row = self._row(request)
        return await run_in_threadpool(lambda: pixels.jpeg(session.large(row, side=LARGE)))
