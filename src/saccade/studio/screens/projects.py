"""Projects: all runs of the workspace: find, tag, choose to compare, remove and put back."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade.core.errors import RecipeError, RunError
from saccade.core.run import Run
from saccade.core.run_tags import RunTags
from saccade.studio import events
from saccade.studio.context import Context
from saccade.studio.removed_runs import RemovedRuns
from saccade.studio.run_filter import RunFilter
from saccade.studio.run_rows import RunRows
from saccade.studio.tabs import Tab

TAB = Tab("Projects", "/")

AT_ONCE = 0.25
"""Seconds of reading after which the list is shown as far as it is; the rest comes by itself."""

EVERY = 1.5
"""Seconds between two looks at the folder of runs."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Projects(context)
    return [
        Route("/", screen.page),
        Route("/projects/rows", screen.rows),
        Route("/projects/events", screen.events),
        Route("/projects/tag", screen.tag, methods=["POST"]),
        Route("/projects/remove", screen.remove, methods=["POST"]),
        Route("/projects/restore", screen.restore, methods=["POST"]),
        Route("/projects/destroy", screen.destroy, methods=["POST"]),
        Route("/projects/removed", screen.removed),
    ]


class _Projects:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = RunRows(context.runs, memory=context.own / "rows.json")
        self._removed = RemovedRuns(context.own / "removed", runs=context.runs)

    async def page(self, request: Request) -> Response:
        """The whole list."""
        return self._context.render(request, "projects/page.html.j2", **await self._values(request))

    async def rows(self, request: Request) -> Response:
        """The table alone, for htmx."""
        return self._context.render(request, "projects/rows.html.j2", **await self._values(request))

    async def _values(self, request: Request) -> dict[str, Any]:
        wanted = RunFilter.of(request.query_params)
        rows, left = await asyncio.to_thread(self._rows.soon, within=AT_ONCE)
        return {
            "wanted": wanted,
            "rows": wanted.apply(rows),
            "count": len(rows) + left,
            "left": left,
            "tasks": sorted({row.task for row in rows if row.task}),
            "statuses": sorted({row.status for row in rows}),
        }

    async def events(self, request: Request) -> Response:
        """What changes: the runs, and what is done."""
        return events.watch(request, lambda: {"runs": self._rows.stamp, "jobs": self._context.activity()}, every=EVERY)

    async def tag(self, request: Request) -> Response:
        """Give runs tags, or take one away."""
        form = await request.form()
        added, dropped = str(form.get("add", "")).replace(",", " ").split(), str(form.get("drop", ""))
        if not added and not dropped:
            raise RecipeError("Write a tag: one word, or several with spaces between them.")
        for run in await self._named(request):
            known = run.load(RunTags) or RunTags(())
            run.save(RunTags.of([tag for tag in (*known.tags, *added) if tag != dropped]))
        return JSONResponse({"said": f"Tagged {', '.join(added)}." if added else f"Took {dropped} away."})

    async def remove(self, request: Request) -> Response:
        """Take runs out of the list."""
        names = [run.path.name for run in await self._named(request)]
        keys = [await asyncio.to_thread(self._removed.remove, name) for name in names]
        said = f"Removed {names[0]}." if len(names) == 1 else f"Removed {len(names)} runs."
        return JSONResponse({"said": said, "keys": keys})

    async def restore(self, request: Request) -> Response:
        """Put removed runs back."""
        keys = (await request.form()).getlist("key")
        names = [await asyncio.to_thread(self._removed.restore, str(key)) for key in keys]
        return JSONResponse({"said": f"Put back: {', '.join(names)}."})

    async def destroy(self, request: Request) -> Response:
        """Remove a run for good."""
        key = str((await request.form()).get("key", ""))
        await asyncio.to_thread(self._removed.destroy, key)
        return JSONResponse({"said": "Removed for good."})

    async def removed(self, request: Request) -> Response:
        """The list of removed runs."""
        found = await asyncio.to_thread(self._removed.all)
        return self._context.render(request, "projects/removed.html.j2", found=found)

    async def _named(self, request: Request) -> list[Run]:
        names = (await request.form()).getlist("run")
        if not names:
            raise RunError("Choose at least one run.")
        return [Run(self._context.run_path(str(name))) for name in names]
