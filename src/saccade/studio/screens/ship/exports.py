"""Exports: the files made of a run, how each answers beside Keras, and the job that makes another."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from saccade.core import registry
from saccade.core.errors import unknown
from saccade.studio import makings
from saccade.studio.context import Context
from saccade.studio.job import FINISHED, Job
from saccade.studio.screens.run.opened import OpenedRun
from saccade.studio.writing import size

PRECISIONS = ("float32", "float16", "bfloat16", "int8")

WAYS = {"alone": "alone", "in_batch": "in a batch"}


@dataclass(frozen=True)
class ExportedRow:
    """A file beside Keras, as the table writes it.

    Attributes:
        name: in the run's folder export/.
        form: its format and precision.
        size: in words.
        difference: the largest between its answers and those of Keras, and what is allowed.
        agreement: on how many inputs it answers the same.
        alone, in_batch: microseconds an input; "" where that was not measured.
        current: whether it is of the network as it is now.
        folder: whether it is a folder.
        best: for which ways of asking it was found to be fastest on this machine; "" for none.
    """

    name: str
    form: str
    size: str
    difference: str
    agreement: str
    alone: str
    in_batch: str
    current: bool
    folder: bool
    best: str


def formats() -> dict[str, str]:
    """Return what each format is for, by its name."""
    return registry.descriptions("formats")


def table(opened: OpenedRun) -> list[ExportedRow]:
    """Return a row for each file that is there, those of the present network first."""
    folder = opened.run.path / "export"
    there = [(name, record) for name, record in opened.run.parity.items() if (folder / name).exists()]
    rows = [row for name, record in there if (row := _row(opened, folder / name, record))]
    return sorted(rows, key=lambda row: not row.current)


def _row(opened: OpenedRun, path: Path, record: Any) -> ExportedRow | None:
    from saccade.export import Exported

    noun = opened.task.noun
    try:
        found = Exported.from_record(path, record, noun=noun)
    except (KeyError, TypeError):  # of another version
        return None
    parity, speed = found.parity, found.speeds.get(f"{found.to} {found.precision}")
    return ExportedRow(
        name=path.name,
        form=f"{found.to} {found.precision}",
        size=size(found.bytes),
        difference=f"{parity.largest_difference:.1g}{parity.unit} ({parity.tolerance.difference:g} allowed)",
        agreement=f"{parity.agreement:.1%} of {parity.count} {parity.split} {noun}",
        alone=f"{speed.alone:,.0f}" if speed else "",
        in_batch=f"{speed.in_batch:,.0f}" if speed else "",
        current=has_current(opened, path.name),
        folder=path.is_dir(),
        best=_best(opened, path.name),
    )


def _best(opened: OpenedRun, name: str) -> str:
    recommended = opened.run.fastest.get("recommended", {})
    return " and ".join(title for way, title in WAYS.items() if recommended.get(way) == name)


def has_current(opened: OpenedRun, name: str) -> bool:
    """Say whether a file is there, of the network as it is now."""
    return opened.run.exported(name) is not None


def order(context: Context, opened: OpenedRun, to: str, precision: str) -> Job:
    """Order an export; raises UnknownNameError for a format or precision that there is not."""
    if to not in formats():
        raise unknown("format", to, formats())
    if precision not in PRECISIONS:
        raise unknown("precision", precision, PRECISIONS)
    title = f"Exporting {opened.name} to {to}"
    arguments = ["export", opened.path, "--to", to, "--precision", precision, "--json"]
    return makings.make(context, "export", opened.name, arguments, title=title, again=True)


def order_fastest(context: Context, opened: OpenedRun) -> Job:
    """Order that every format and precision is compared and timed."""
    arguments = ["export", opened.path, "--fastest", "--json"]
    title = f"Looking for the fastest export of {opened.name}"
    return makings.make(context, "export", opened.name, arguments, title=title, again=True)


def job(context: Context, opened: OpenedRun) -> Job | None:
    """Return the export that is being made, or failed last; None where there is none."""
    found = [each for each in context.jobs.all(kind="export") if each.order.run == opened.name]
    for done in (each for each in found if each.state == FINISHED):
        context.jobs.remove(done.name)
    left = [each for each in found if each.state != FINISHED]
    return left[-1] if left else None


def download(context: Context, opened: OpenedRun, name: str) -> Response:
    """Return an exported file, a folder as an archive; raises HTTPException (404) where there is none."""
    folder = opened.run.path / "export"
    path = context.opened.within(folder, name)
    if name not in opened.run.parity or not path.exists():
        raise HTTPException(404)
    own = re.sub(r"[^\w.-]+", "-", f"{opened.name}-{name}")
    if path.is_file():
        return FileResponse(path, filename=own)
    import shutil

    kept = tempfile.TemporaryDirectory()
    archive = shutil.make_archive(str(Path(kept.name) / name), "zip", folder, name)
    return FileResponse(archive, filename=f"{own}.zip", background=BackgroundTask(kept.cleanup))
