"""Live: a run while it is trained, whoever began that: its curves, and pictures of what it has learnt so far."""

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.core.live_pictures import LivePictures
from saccade.core.run import Run
from saccade.studio import events
from saccade.studio.context import Context
from saccade.studio.job import ENDED
from saccade.studio.looking_on import LookingOn, shown_pictures
from saccade.studio.run_rows import is_training
from saccade.studio.screens.run.opened import commands, open_run, run_page
from saccade.studio.training_view import curves_of

EVERY = 1.0
"""Seconds between two looks at the files of a run."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of a run in training."""

    async def page(request: Request) -> Response:
        opened = open_run(context, request)
        job = context.jobs.for_run(opened.name)
        if job is not None and job.state not in ENDED:
            return RedirectResponse(f"/train/{job.name}", 303)
        if not is_training(opened.run):
            return RedirectResponse(opened.address(), 303)
        lines = commands(["train", "--resume", opened.path])
        return run_page(context, request, "run/live.html.j2", opened, part="live", lines=lines)

    async def curves(request: Request) -> Response:
        return JSONResponse({"charts": curves_of(_run(context, request).history), "best": None})

    async def pictures(request: Request) -> Response:
        run = _run(context, request)
        return JSONResponse(await asyncio.to_thread(shown_pictures, run, is_training=is_training(run)))

    async def picture(request: Request) -> Response:
        found = _run(context, request).load(LivePictures)
        number = request.path_params["number"]
        if found is None or number >= len(found.pictures):
            raise HTTPException(404)
        return Response(found.pictures[number].png, media_type="image/png")

    async def changes(request: Request) -> Response:
        run, looking = _run(context, request), LookingOn()

        def read() -> dict[str, Any]:
            trains = is_training(run)
            known = {"training": f"{trains} {len(run.history)}", "pictures": looking.stamp(run, is_training=trains)}
            return {**known, "jobs": context.activity()}

        return events.watch(request, read, every=EVERY)

    return [
        Route("/runs/{name}/live", page),
        Route("/runs/{name}/live/curves", curves),
        Route("/runs/{name}/live/pictures", pictures),
        Route("/runs/{name}/live/pictures/{number:int}", picture),
        Route("/runs/{name}/live/events", changes),
    ]


def _run(context: Context, request: Request) -> Run:
    return Run.open(context.run_path(request.path_params["name"]))
