"""Inside: what `saccade inspect` shows: of one input, or of the network over its data; made once, kept in the run."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.core.answered_split import AnsweredInput
from saccade.core.errors import DataError
from saccade.studio import makings
from saccade.studio.context import Context
from saccade.studio.job import Job
from saccade.studio.screens.run.documents import document
from saccade.studio.screens.run.opened import OpenedRun, commands, open_run, run_page
from saccade.studio.tried_images import TriedImages

LONGEST = 80
"""Characters of a page's folder, as `saccade inspect` has it."""


@dataclass(frozen=True)
class Asked:
    """What is to be looked into.

    Attributes:
        words: what `saccade inspect RUN` takes: an image, a row; none: the network over its data.
        query: of the page's address.
        folder: of the page that is made, in the run.
        name: what to call it; "" for the network over its data.
        answer: what the run says of it, where its answers show it.
    """

    words: tuple[str, ...] = ()
    query: str = ""
    folder: str = "overview"
    name: str = ""
    answer: AnsweredInput | None = None


def routes(context: Context) -> list[Route]:
    """Return the addresses of the inside of a run."""
    tried = TriedImages(context)

    async def page(request: Request) -> Response:
        opened = open_run(context, request)
        return _page(context, request, opened, _asked(opened, request.query_params, tried))

    async def html(request: Request) -> Response:
        opened = open_run(context, request)
        folder = opened.run.inspections_path
        return document(context.opened.within(folder, request.path_params["file"]))

    async def again(request: Request) -> Response:
        opened = open_run(context, request)
        asked = _asked(opened, request.query_params, tried)
        _make(context, opened, asked, again=True)
        return RedirectResponse(opened.address(f"/inside?{asked.query}"), 303)

    async def keep(request: Request) -> Response:
        opened = open_run(context, request)
        key = await tried.keep(opened.name, request.query_params.get("name", ""), request.stream())
        return JSONResponse({"address": opened.address(f"/inside?{urlencode({'tried': key})}")})

    return [
        Route("/runs/{name}/inside", page),
        Route("/runs/{name}/inside", again, methods=["POST"]),
        Route("/runs/{name}/tried", keep, methods=["POST"]),
        Route("/runs/{name}/inspected/{file:path}", html),
    ]


def _page(context: Context, request: Request, opened: OpenedRun, asked: Asked) -> Response:
    made = _made(opened, asked)
    if made:
        makings.forget(context, opened.name, _arguments(context, opened, asked))
    job = None if made or not opened.has_network else _make(context, opened, asked)
    return run_page(
        context,
        request,
        "run/inside.html.j2",
        opened,
        part="inside",
        asked=asked,
        made=made.relative_to(opened.run.inspections_path) if made else None,
        job=job,
        lines=commands(["inspect", opened.path, *asked.words]),
    )


def _asked(opened: OpenedRun, query: QueryParams, tried: TriedImages) -> Asked:
    """Return what an address asks for.

    Raises:
        DataError: it is no input that the answers of the run show, and no image that was tried: what an address says
            becomes part of a command.
    """
    if key := query.get("tried"):
        file = tried.find(opened.name, key)
        path = tried.shown_path(file)
        return Asked((path,), urlencode({"tried": key}), f"tried-{key}", file.name)
    words = tuple(query.getlist("input"))
    if not words:
        return Asked()
    answer = _look_up(opened, words)
    return Asked(words, urlencode([("input", word) for word in words]), _folder(words), answer.name, answer)


def _look_up(opened: OpenedRun, words: tuple[str, ...]) -> AnsweredInput:
    from saccade.evaluation.answered_split import kept_answers

    for split in (path.stem for path in sorted((opened.run.path / "answers").glob("*.json"))):
        found = kept_answers(opened.run, split) if split != "test" else None
        for group in found.groups if found else ():
            for each in group.inputs:
                if each.inspect == words:
                    return each
    raise DataError("This is no input that the answers of the run show. Choose one there.")


def _folder(words: tuple[str, ...]) -> str:
    """Return the name of a page's folder: "validation-00012"."""
    named = "-".join(re.sub(r"[^\w.-]+", "-", word).strip("-.") for word in words if word)
    return named[:LONGEST].strip("-.") or "overview"


def _made(opened: OpenedRun, asked: Asked) -> Path | None:
    """Return the page, where it is there and of the network as it is now."""
    folder = opened.run.inspections_path / asked.folder
    written = (path for path in folder.glob("*.html") if not path.name.startswith("."))  # not one that is half there
    pages = sorted(written, key=lambda path: path.name != "index.html")
    return next((path for path in pages if makings.is_newer(path, opened.run.model_path)), None)


def _make(context: Context, opened: OpenedRun, asked: Asked, *, again: bool = False) -> Job:
    title = f"Looking into {opened.name}" + (f": {asked.name}" if asked.words else "")
    arguments = _arguments(context, opened, asked)
    return makings.make(context, "inspect", opened.name, arguments, title=title, again=again)


def _arguments(context: Context, opened: OpenedRun, asked: Asked) -> list[str]:
    to = f"{context.shown_path(opened.run.inspections_path)}/{asked.folder}"
    words = asked.words
    # options first: the name of an image may begin with a dash
    arguments = ["inspect", "--to", to, *(words if words[:1] == ("--row",) else ()), "--", opened.path]
    return [*arguments, *(() if words[:1] == ("--row",) else words)]
