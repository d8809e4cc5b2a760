"""Compare: two to five runs beside each other: curves, differences with intervals, disagreements, recipes, sizes."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saccade.core.run import Run
from saccade.studio.comparing import Comparisons, curves, disagreements, recipe_differences, sizes, strangers, unasked
from saccade.studio.context import Context
from saccade.studio.run_rows import RunRows
from saccade.studio.tabs import Tab
from saccade.studio.writing import command_line

TAB = Tab("Compare", "/compare")

MOST = 5


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    rows, comparisons = RunRows(context.runs), Comparisons(context.shown_path)

    async def page(request: Request) -> Response:
        asked = request.query_params.getlist("run")
        names = list(dict.fromkeys(name for name in asked if name))
        if not 2 <= len(names) <= MOST or "" in asked:  # "" chooses others
            return context.render(request, "compare/choose.html.j2", rows=rows.all(), chosen=names, most=MOST)
        runs = [Run.open(context.run_path(name)) for name in names]
        values: dict[str, Any] = {
            "rows": [rows.get(run.path.name) for run in runs],
            "curves": curves(runs),
            "pairs": await asyncio.to_thread(comparisons.of, runs),
            "recipes": [
                (name, [_shown(context, value) for value in values]) for name, values in recipe_differences(runs)
            ],
            "sizes": [sizes(run) for run in runs],
            "disagreements": await asyncio.to_thread(disagreements, runs),
            "unasked": await asyncio.to_thread(unasked, runs),
            "strangers": await asyncio.to_thread(strangers, runs),
            "sealed": [run.path.name for run in runs if run.model_path.is_file() and not run.has_evaluation],
            "lines": _lines(context, runs),
        }
        return context.render(request, "compare/page.html.j2", **values)

    return [Route("/compare", page)]


def _shown(context: Context, value: str) -> str:
    """Return the value of a setting, a path as a command in the workspace has it."""
    return context.shown_path(Path(value)) if Path(value).is_absolute() else value


def _lines(context: Context, runs: list[Run]) -> list[str]:
    first = runs[0]
    return [
        command_line(["compare", context.shown_path(first.path), context.shown_path(other.path)]) for other in runs[1:]
    ]
