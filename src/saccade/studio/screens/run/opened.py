"""OpenedRun: the run of an address, with what stands at the head of each of its pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from saccade.core.data_identity import source_file
from saccade.core.run import Run
from saccade.core.safe_yaml import read_yaml
from saccade.studio.context import Context
from saccade.studio.label_sessions import CLASSES
from saccade.studio.run_row import RunRow
from saccade.studio.run_rows import RunRows
from saccade.studio.writing import command_line

PARTS = (
    ("answers", "Answers", ""),
    ("report", "Report", "/report"),
    ("inside", "Inside", "/inside"),
    ("try", "Try it", "/try"),
    ("ship", "Ship", "/ship"),
)
"""Key, name and address of the pages of a run."""


@dataclass(frozen=True)
class OpenedRun:
    """The run of an address.

    Attributes:
        run: the run.
        row: what a list shows of it.
        path: as a command in the workspace has it.
    """

    run: Run
    row: RunRow
    path: str

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.row.name

    @property
    def task(self) -> Any:
        """What its network is asked."""
        from saccade.tasks import base

        return base.for_run(self.run)

    @property
    def has_network(self) -> bool:
        """Whether it can be asked something."""
        return self.run.model_path.is_file()

    def correcting(self, text: str = "") -> str:
        """Return the address where labels of images with a text in their name are corrected, "" where none can be."""
        path = Path(source_file(self.row.data))
        by_file = str(path) != self.row.data  # labels.jsonl@60
        folder = path.parent if by_file else path
        if type(self.task).label_session is None or not folder.is_absolute() or not folder.is_dir():
            return ""
        kind = self.task.label_kind
        folders = "classes" if kind == CLASSES and not by_file else ""
        asked = {"path": str(folder), "text": text, "folders": folders, "kind": "" if kind == CLASSES else kind}
        return f"/label/at?{urlencode({name: value for name, value in asked.items() if value})}"

    def address(self, rest: str = "") -> str:
        """Return an address of the run: "/runs/quick-1/report"."""
        return f"/runs/{quote(self.name)}{rest}"


def open_run(context: Context, request: Request) -> OpenedRun:
    """Return the run that an address names; raises RunError where there is none."""
    run = Run.open(context.run_path(request.path_params["name"]))
    rows: RunRows = context.memory.setdefault("run_rows", RunRows(context.runs))
    return OpenedRun(run, rows.get(run.path.name), context.shown_path(run.path))


def run_page(
    context: Context, request: Request, template: str, opened: OpenedRun, *, part: str, **values: Any
) -> Response:
    """Return a page of a run, with its head: status, task, score, recipe, date, and the way to its other pages."""
    return context.render(
        request,
        template,
        opened=opened,
        row=opened.row,
        part=part,
        parts=PARTS,
        facts=_facts(context, opened),
        **values,
    )


def _facts(context: Context, opened: OpenedRun) -> list[tuple[str, str]]:
    recipe = _recipe(opened.run.path)
    shown = {
        "task": opened.row.task.replace("_", " "),
        "data": _data(context, opened.row.data),
        "model": opened.row.model,
    }
    shown["recipe"] = str(recipe.get("name", ""))
    return [(name, text) for name, text in shown.items() if text]


def _data(context: Context, data: str) -> str:
    return context.shown_path(Path(data)) if Path(data).is_absolute() else data


def _recipe(path: Path) -> dict[str, Any]:
    try:
        return dict(read_yaml(path / "recipe.yaml"))
    except (OSError, ValueError):
        return {}


def commands(*lines: list[str]) -> list[str]:
    """Return commands as one types them."""
    return [command_line(words) for words in lines]
