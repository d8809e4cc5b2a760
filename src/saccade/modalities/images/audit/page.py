"""The audit as one HTML page: no network, no script, with the images side by side."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.atomic_files import write_text
from saccade.core.audit import Audit
from saccade.core.finding import Finding
from saccade.modalities.images.dataset import ImageDataset

SHOWN_ROWS = 12
"""Rows of images shown for a finding; the page says how many there are. Keeps it under 2 MB."""

Embed = Callable[[NDArray[np.uint8]], str]

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def write_page(audit: Audit, dataset: ImageDataset, path: Path) -> None:
    """Write the findings with their images.

    Args:
        audit: of the data.
        dataset: the data, for their images.
        path: the file to write, whatever its ending.

    Raises:
        DataError: the file cannot be written.
    """
    _write(audit, dataset.strata(), path)


def write_page_without_images(audit: Audit, dataset: object, path: Path) -> None:
    """Write the findings on data that are no images; raises DataError as `write_page`."""
    _write(audit, None, path)


def _write(audit: Audit, dataset: ImageDataset | None, path: Path) -> None:
    write_text(path, pages.render(_TEMPLATE, audit=audit, findings=shown(audit, dataset)))


def shown(
    audit: Audit, dataset: ImageDataset | None, *, rows: int = SHOWN_ROWS, embed: Embed = pages.embedded
) -> list[dict[str, Any]]:
    """Return the findings as `findings.html.j2` lists them, with their images.

    Args:
        audit: of the data.
        dataset: the data; None shows no images.
        rows: so many rows of images a finding at most.
        embed: makes a data address of an image, or "" to leave its row out.
    """
    if dataset is None:
        return [{"finding": finding, "rows": [], "left_out": 0} for finding in audit.findings]
    row_of = _rows_by_name(dataset)
    return [_shown(finding, dataset, row_of, rows, embed) for finding in audit.findings]


def _shown(
    finding: Finding, dataset: ImageDataset, row_of: Mapping[str, int], most: int, embed: Embed
) -> dict[str, Any]:
    known = [[row_of[name] for name in names if name in row_of] for names in finding.examples]
    rows = [[_image(dataset, row, embed) for row in each] for each in known if each][:most]
    rows = [row for row in rows if all(image["source"] for image in row)]
    left = max(0, finding.count - len(rows)) if known else 0
    return {"finding": finding, "rows": rows, "left_out": left}


def _rows_by_name(dataset: ImageDataset) -> dict[str, int]:
    return {name: row for row, name in enumerate(dataset.names.tolist())}


def _image(dataset: ImageDataset, row: int, embed: Embed) -> dict[str, str]:
    return {
        "name": str(dataset.names[row]),
        "label": dataset.classes[dataset.labels[row]],
        "split": str(dataset.splits[row]),
        "source": embed(dataset.images[row]),
    }
