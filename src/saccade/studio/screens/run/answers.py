"""Answers: what the run says of each input of a split: what is taken for what, and which images those are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saccade.core.answered_split import AnsweredSplit, AnswerGroup, Matrix
from saccade.studio import makings
from saccade.studio.context import Context, form_of
from saccade.studio.job import FINISHED
from saccade.studio.screens.run.opened import OpenedRun, commands, open_run, run_page

MOST_CLASSES = 30
"""Of a matrix that is shown: with more, those that are confused most."""

SEEN_FROM = 0.4
"""Exponent of the share that becomes a colour: two mistakes in a hundred must be seen beside the diagonal."""

DEPTHS = 10
"""Steps of colour, classes of the style sheet."""


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix as the page shows it: the key of its group, its count, and how deep its colour is."""

    key: str
    count: int
    title: str
    depth: int
    right: bool


def routes(context: Context) -> list[Route]:
    """Return the addresses of the answers of a run."""

    async def page(request: Request) -> Response:
        return _page(context, request)

    async def again(request: Request) -> Response:
        opened, form = open_run(context, request), await form_of(request)
        split = form.get("split", "validation")
        _make(context, opened, split, again=True)
        return RedirectResponse(opened.address(f"?split={split}"), 303)

    async def evaluate(request: Request) -> Response:
        opened = open_run(context, request)
        title = f"Evaluating {opened.name} on its test split"
        makings.make(context, "evaluate", opened.name, _evaluate(opened), title=title, again=True)
        return RedirectResponse(opened.address("?split=test"), 303)

    return [
        Route("/runs/{name}", page),
        Route("/runs/{name}/answers", again, methods=["POST"]),
        Route("/runs/{name}/evaluate", evaluate, methods=["POST"]),
    ]


def _page(context: Context, request: Request) -> Response:
    opened = open_run(context, request)
    split, key = request.query_params.get("split", "validation"), request.query_params.get("group", "")
    evaluating = _active(context, opened, _evaluate(opened))
    found = _found(opened, split) if not evaluating and _can_show(opened, split) else None
    job = evaluating or (_make(context, opened, split) if found is None and _can_show(opened, split) else None)
    if found:
        makings.forget(context, opened.name, _ask(opened, split))
    group = (found.group(key) or _first(found)) if found else None
    return run_page(
        context,
        request,
        "run/answers.html.j2",
        opened,
        part="answers",
        split=split,
        splits=_splits(opened),
        found=found,
        job=job,
        group=group,
        lists=[each for each in found.groups if "," not in each.key] if found else [],
        matrix=_matrix(found.matrix) if found and found.matrix else None,
        lines=commands(*_asking(opened, split), _evaluate(opened)),
    )


def _asking(opened: OpenedRun, split: str) -> list[list[str]]:
    """Return the command that shows the answers of a split; none where the task has no way to show them."""
    return [["answers", opened.path, *_of_split(split)]] if opened.task.shows_answers else []


def _can_show(opened: OpenedRun, split: str) -> bool:
    """Say whether there is a network, and the split is open: the test split is, once it was evaluated."""
    return opened.has_network and opened.task.shows_answers and (split != "test" or opened.run.has_evaluation)


def _found(opened: OpenedRun, split: str) -> AnsweredSplit | None:
    from saccade.evaluation.answered_split import kept_answers

    return kept_answers(opened.run, split)


def _make(context: Context, opened: OpenedRun, split: str, *, again: bool = False) -> Any:
    title = f"Asking {opened.name} for its {split} answers"
    return makings.make(context, "answers", opened.name, _ask(opened, split), title=title, again=again)


def _ask(opened: OpenedRun, split: str) -> list[str]:
    return ["answers", opened.path, *_of_split(split), "--json"]


def _of_split(split: str) -> list[str]:
    return [] if split == "validation" else ["--split", split]


def _evaluate(opened: OpenedRun) -> list[str]:
    return ["evaluate", opened.path]


def _active(context: Context, opened: OpenedRun, arguments: Sequence[str]) -> Any:
    """Return the job of a command that is not done, or failed; one that is done is forgotten."""
    job = makings.newest(context, opened.name, arguments)
    if job is not None and job.state == FINISHED:
        makings.forget(context, opened.name, arguments)
        return None
    return job


def _splits(opened: OpenedRun) -> list[str]:
    """Return the splits of the run that have inputs, the test last."""
    counts = opened.run.data.get("counts", {})
    found = [name for name, of in counts.items() if name and sum(of.values())]
    return sorted(found, key=lambda name: (name == "test", name != "validation", name))


def _first(found: AnsweredSplit) -> AnswerGroup | None:
    return next(iter(found.groups), None)


def _matrix(matrix: Matrix) -> dict[str, Any]:
    """Return names and cells of the classes that are confused most, in their order."""
    counts, wrong, of = dict[tuple[int, int], int](), Counter[int](), Counter[int]()
    for true, said, count in matrix.cells:
        counts[true, said] = count
        of[true] += count
        if true != said:
            wrong.update({true: count, said: count})
    every = range(len(matrix.names))
    shown = sorted(sorted(every, key=lambda at: -wrong[at])[:MOST_CLASSES])
    rows = [
        (matrix.names[true], [_cell(matrix.names, (true, said), counts, of[true]) for said in shown]) for true in shown
    ]
    return {"names": [matrix.names[at] for at in shown], "rows": rows, "left": len(every) - len(shown)}


def _cell(names: Sequence[str], place: tuple[int, int], counts: Mapping[tuple[int, int], int], of: int) -> Cell:
    (true, said), count = place, counts.get(place, 0)
    depth = round(DEPTHS * (count / of) ** SEEN_FROM) if of else 0
    title = f"{names[true]}, recognised" if true == said else f"{names[true]}, taken for {names[said]}"
    return Cell(f"{true},{said}", count, f"{title}: {count} of {of}", depth, true == said)
