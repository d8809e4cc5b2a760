"""The audit as one HTML page: no network, no script, with the pictures side by side."""

from pathlib import Path
from typing import Any

from saccade import pages
from saccade.auditing.findings import Audit
from saccade.data.cache import write_whole
from saccade.data.dataset import Dataset
from saccade.finding import Finding

SHOWN_ROWS = 12
"""Rows of pictures shown for a finding; the page says how many there are. Keeps it under 2 MB."""

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def write_page(audit: Audit, dataset: Dataset, path: Path) -> None:
    """Write the page.

    Args:
        audit: of the data.
        dataset: the data, for their pictures.
        path: the file to write, whatever its ending.

    Raises:
        DataError: the file cannot be written.
    """
    text = pages.render(_TEMPLATE, audit=audit, findings=[_shown(finding, dataset) for finding in audit.findings])
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _shown(finding: Finding, dataset: Dataset) -> dict[str, Any]:
    row_of = _rows_by_name(dataset)
    rows = [[_picture(dataset, row_of[name]) for name in names if name in row_of] for names in finding.examples]
    rows = [row for row in rows if row][:SHOWN_ROWS]
    left = max(0, finding.count - len(rows)) if rows else 0
    return {"finding": finding, "rows": rows, "left_out": left}


def _rows_by_name(dataset: Dataset) -> dict[str, int]:
    return {name: row for row, name in enumerate(dataset.names.tolist())}


def _picture(dataset: Dataset, row: int) -> dict[str, str]:
    return {
        "name": str(dataset.names[row]),
        "label": dataset.classes[dataset.labels[row]],
        "part": str(dataset.parts[row]),
        "source": pages.embedded(dataset.images[row]),
    }
