"""Inside: what `saccade inspect` shows: of one input, or of the network over its data; made once, kept in the run."""

import re
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saccade.core.answered_split import AnsweredInput
from saccade.core.errors import DataError
from saccade.studio import makings
from saccade.studio.context import Context
from saccade.studio.job import Job
from saccade.studio.screens.run.documents import document
from saccade.studio.screens.run.opened import OpenedRun, commands, open_run, run_page

LONGEST = 80
"""Characters of a page's folder, as `saccade inspect` has it."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the inside of a run."""

    async def page(request: Request) -> Response:
        return _page(context, request)

    async def html(request: Request) -> Response:
        opened = open_run(context, request)
        folder = opened.run.inspections_path
        return document(context.opened.within(folder, request.path_params["file"]))

    async def again(request: Request) -> Response:
        opened, words = open_run(context, request), request.query_params.getlist("input")
        _look_up(opened, words)
        _make(context, opened, words, again=True)
        return RedirectResponse(opened.address(f"/inside?{_query(words)}"), 303)

    return [
        Route("/runs/{name}/inside", page),
        Route("/runs/{name}/inside", again, methods=["POST"]),
        Route("/runs/{name}/inspected/{file:path}", html),
    ]


def _page(context: Context, request: Request) -> Response:
    opened, words = open_run(context, request), request.query_params.getlist("input")
    looked_at = _look_up(opened, words)
    made = _made(opened, words)
    if made:
        makings.forget(context, opened.name, _arguments(context, opened, words))
    job = None if made or not opened.has_network else _make(context, opened, words)
    return run_page(
        context,
        request,
        "run/inside.html.j2",
        opened,
        part="inside",
        words=words,
        looked_at=looked_at,
        query=_query(words),
        made=made.relative_to(opened.run.inspections_path) if made else None,
        job=job,
        lines=commands(["inspect", opened.path, *words]),
    )


def _look_up(opened: OpenedRun, words: list[str]) -> AnsweredInput | None:
    """Return the input that is to be looked at, None for the whole network.

    Raises:
        DataError: it is none that the answers of the run show: what an address says becomes part of a command.
    """
    from saccade.evaluation.answered_split import kept_answers

    if not words:
        return None
    for split in (path.stem for path in sorted((opened.run.path / "answers").glob("*.json"))):
        found = kept_answers(opened.run, split) if split != "test" else None
        for group in found.groups if found else ():
            for each in group.inputs:
                if each.inspect == tuple(words):
                    return each
    raise DataError("This is no input that the answers of the run show. Choose one there.")


def _folder(words: list[str]) -> str:
    """Return the name of a page's folder: "validation-00012", "overview"."""
    named = "-".join(re.sub(r"[^\w.-]+", "-", word).strip("-.") for word in words if word)
    return named[:LONGEST].strip("-.") or "overview"


def _made(opened: OpenedRun, words: list[str]) -> Path | None:
    """Return the page, where it is there and of the network as it is now."""
    folder = opened.run.inspections_path / _folder(words)
    pages = sorted(folder.glob("*.html"), key=lambda path: path.name != "index.html")
    return next((path for path in pages if makings.is_newer(path, opened.run.model_path)), None)


def _make(context: Context, opened: OpenedRun, words: list[str], *, again: bool = False) -> Job:
    title = f"Looking into {opened.name}" + (f": {words[-1]}" if words else "")
    arguments = _arguments(context, opened, words)
    return makings.make(context, "inspect", opened.name, arguments, title=title, again=again)


def _arguments(context: Context, opened: OpenedRun, words: list[str]) -> list[str]:
    to = f"{context.shown_path(opened.run.inspections_path)}/{_folder(words)}"
    # options first: the name of an image may begin with a dash
    arguments = ["inspect", "--to", to, *(words if words[:1] == ["--row"] else []), "--", opened.path]
    return [*arguments, *([] if words[:1] == ["--row"] else words)]


def _query(words: list[str]) -> str:
    return urlencode([("input", word) for word in words])
