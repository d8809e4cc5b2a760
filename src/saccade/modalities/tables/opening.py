"""Which reader a file needs."""

from pathlib import Path

from saccade.core.errors import DataError
from saccade.modalities.tables.csv_files import open_csv
from saccade.modalities.tables.endings import ENDINGS
from saccade.modalities.tables.frames import Opened
from saccade.modalities.tables.npz_files import open_npz
from saccade.modalities.tables.parquet_files import open_parquet


def open_table(source: str | Path, *, header: bool | None = None) -> Opened:
    """Return a table's file, ready to be read; its ending says what it is.

    Args:
        source: a .csv, .csv.gz, .parquet or .npz file.
        header: whether the first line of a CSV file names the columns; None to find out.

    Raises:
        DataError: there is no such file, it is of another kind, or it cannot be read.
    """
    path = Path(source).expanduser()
    if not path.is_file():
        what = "is a folder, not a table" if path.is_dir() else "does not exist"
        raise DataError(f"{source} {what}. Expected a file: .csv, .csv.gz, .parquet or .npz.")
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            return open_parquet(path)
        if name.endswith(".npz"):
            return open_npz(path)
        if name.endswith(ENDINGS):
            return open_csv(path, header=header)
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror or error}.") from error
    if name.endswith((".xlsx", ".xls", ".xlsm", ".ods")):
        raise DataError(f"{source} is a spreadsheet. Export the sheet as CSV (UTF-8), and give that.")
    raise DataError(f"{source} is of no kind that can be read as a table. Expected .csv, .csv.gz, .parquet or .npz.")


def table_name(source: str | Path) -> str:
    """Return a file's name without its ending."""
    name = Path(source).expanduser().resolve().name
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]
