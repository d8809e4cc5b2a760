"""The audit as one HTML page: no network, no script, with the pictures side by side."""

import base64
import io
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.auditing.finding import Audit, Finding
from saccade.data.cache import write_whole
from saccade.data.dataset import Dataset

SHOWN_ROWS = 12
"""Rows of pictures shown for a finding; the page says how many there are. Keeps it under 2 MB."""

LARGEST = 96  # pixels: larger pictures are shrunk to this

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
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    text = template.render(audit=audit, findings=[_shown(finding, dataset) for finding in audit.findings])
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
        "source": _embedded(dataset.images[row]),
    }


def _embedded(pixels: NDArray[np.uint8]) -> str:
    """Return a picture as a data address; PNG, because JPEG would blur what is to be compared."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else np.asarray(pixels))
    image.thumbnail((LARGEST, LARGEST))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
