"""Reading: a file becomes a Table; `encoded_batches` gives a new file in a stream instead."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from saccade.core.cache import built_once, cache_folder, file_digest
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.tables.building import build
from saccade.modalities.tables.column_roles import choose
from saccade.modalities.tables.first_pass import collect
from saccade.modalities.tables.frames import Opened
from saccade.modalities.tables.opening import open_table, table_name
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.streaming import Batch, encoded_batches, encoded_rows
from saccade.modalities.tables.table import Table
from saccade.modalities.tables.times import checked_format
from saccade.modalities.tables.type_inference import checked_columns, first_plan, revised

__all__ = ["Batch", "encoded_batches", "encoded_rows", "load_table"]

_VERSION = 3
_PASSES = 3  # over a file: what all of it says of a column may change how it is read, and that what it says


def load_table(
    source: str | Path,
    *,
    label: str = "",
    normal: str = "",
    time: str = "",
    time_format: str = "",
    columns: Mapping[str, str] | None = None,
    header: bool | None = None,
    quiet: bool = False,
) -> Table:
    """Return a table that can be split; its encoded rows lie in the cache, so that any size fits.

    The file is read in a stream, twice where its first rows gave a wrong idea of a column; later starts find it
    in the cache. The categories' codes are those of the whole file until `fit_schema` makes them anew.

    Args:
        source: a .csv, .csv.gz, .parquet or .npz file (X, and if there are labels y).
        label: the column that says normal or anomaly; of an NPZ file it is y without being named.
        normal: the label that means normal; not needed where labels are 0 and 1, true and false, or words.
        time: a column of dates or numbers; it is no input then.
        time_format: what its cells are, where that shall not be found out: names of `times.UNITS` and `times.ORDERS`,
            or a form such as "%d/%m/%y %H:%M".
        columns: what columns are, where it shall not be guessed: "number", "number-comma" (1,5 is one and a half),
            "number-point" (1,500 is 1500), "category", "boolean" or "ignore".
        header: whether the first line of a CSV file names the columns (True) or is a row (False); None to find out.
        quiet: no progress bar.

    Raises:
        DataError: the file cannot be read, a column is not there, or nothing can be used.
    """
    if header is False and str(source).lower().endswith((".parquet", ".npz")):
        raise DataError(f"{source} names its columns itself: leave --no-header out, it is for CSV files.")
    opened, said = open_table(source, header=header), dict(columns or {})
    own, ignored = checked_columns(opened, str(source), label=label, time=time, columns=said)
    work = partial(
        _build, opened=opened, source=str(source), label=own, normal=normal, time=time,
        time_format=checked_format(time_format), ignored=ignored, said=said, header=header is not False, quiet=quiet,
    )  # fmt: skip
    key = json.dumps([_VERSION, own, normal, time, time_format, ignored, said, opened.names, header is not False])
    digest = file_digest(Path(source).expanduser())
    folder = cache_folder("tables") / hashlib.sha256(f"{digest} {key}".encode()).hexdigest()[:32]
    try:
        return _open(built_once(folder, work), str(source))
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        shutil.rmtree(folder, ignore_errors=True)  # damaged since it was built: read again
        return _open(built_once(folder, work), str(source))


def _build(
    folder: Path,
    *,
    opened: Opened,
    source: str,
    label: str,
    normal: str,
    time: str,
    time_format: str,
    ignored: tuple[str, ...],
    said: Mapping[str, str],
    header: bool,
    quiet: bool,
) -> None:
    raw = folder / "collected.f32"
    plan = first_plan(opened, label=label, time=time, ignored=ignored, columns=said, time_format=time_format)
    found = collect(opened, plan, raw, quiet=quiet)
    for _ in range(1, _PASSES):
        better = revised(found.plan, found, said)
        if better == found.plan:
            break
        found = collect(opened, better, raw, quiet=quiet)
    if not len(found.numbers):
        raise found.none_left(source)
    apart = {name: why for name, why in opened.apart.items() if name in ignored and name not in said}
    chosen = choose(found, source, normal=normal, ignored=ignored, apart=apart, said=said, header=header)
    build(found, chosen, raw, folder, source)
    raw.unlink()


def _open(folder: Path, source: str) -> Table:
    about = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    schema = Schema.from_dict(about["schema"])
    with (folder / "rows.npz").open("rb") as file, np.load(file) as arrays:
        rows = dict(arrays)
    shape = (len(rows["numbers"]), len(schema.columns))
    return Table(
        name=table_name(source),
        source=source,
        schema=schema,
        values=np.memmap(folder / "values.f32", np.float32, mode="r", shape=shape),
        labels=rows["labels"],
        numbers=rows["numbers"],
        splits=rows["splits"],
        content_hash=about["content_hash"],
        reasons=np.where(rows["splits"] == "", "", "given"),
        times=rows.get("times"),
        skipped_items=tuple(SkippedItem(name, reason) for name, reason in about["skipped_items"]),
        skipped_count=about["aside"],
        notes=tuple(about["notes"]),
    )
