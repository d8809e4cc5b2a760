"""Images that can be read but are odd: blank, of a wrong scale, very long, or much smaller than the rest."""

from collections.abc import Iterator
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import Finding, plural
from saccade.modalities.images.audit.evidence import Evidence

FULL_SCALE = 64
"""When no pixel of a whole data set is brighter, of 255, the numbers are of another scale: 0 to 1, 0 to 16."""

LONG = 3
"""Longer than so many times its width, an image that is made square is mostly padding."""

SMALL = 0.5
"""Part of the side in use below which an image is mostly invented by enlarging."""

FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""What a file of this ending should be."""

ODD_MODES = {
    "printing colours (CMYK)": ("CMYK",),
    "16 or 32 bits a pixel": ("I", "I;16", "I;16B", "I;16L"),
    "transparent parts": ("RGBA", "LA", "PA"),
}
"""Kinds of pixels, by their names in Pillow, that are noteworthy when only some files have them."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each kind of oddity."""
    yield from _blank(evidence)
    yield from _scale(evidence)
    yield from _colourless(evidence)
    if evidence.files:
        yield from _long(evidence, evidence.files.sizes)
        yield from _small(evidence, evidence.files.sizes)
        yield from _endings(evidence, evidence.files.formats)
        yield from _modes(evidence, evidence.files.modes)


def _blank(evidence: Evidence) -> Iterator[Finding]:
    rows = np.flatnonzero(evidence.measures.blank)
    if len(rows):
        advice = "What shows nothing teaches nothing and cannot be answered. Remove it."
        yield _finding(
            evidence, rows, "warning", f"{plural(len(rows), 'image is', 'images are')} of one colour all over.", advice
        )


def _scale(evidence: Evidence) -> Iterator[Finding]:
    brightest = int(evidence.measures.brightest.max())
    if 0 < brightest < FULL_SCALE:
        yield Finding(
            kind="unusual_images",
            severity="warning",
            title=f"No pixel of any image is brighter than {brightest} of 255: the scale seems to be another one.",
            advice="Save the images with values from 0 to 255, or networks learn from almost black images.",
            share=1.0,
            values={"brightest": brightest},
        )


def _colourless(evidence: Evidence) -> Iterator[Finding]:
    grey = evidence.measures.colourless & (evidence.dataset.image_shape[2] == 3)
    if grey.any():
        rows = np.flatnonzero(grey)
        everything = " Try --channels 1." if grey.all() else ""
        yield _finding(
            evidence,
            rows,
            "note",
            f"{plural(len(rows), 'colour image has', 'colour images have')} no colours.{everything}",
            "",
        )


def _long(evidence: Evidence, sizes: NDArray[np.int32]) -> Iterator[Finding]:
    rows = np.flatnonzero(sizes.max(axis=1) > LONG * sizes.min(axis=1))
    if len(rows):
        what = plural(len(rows), "image is", "images are")
        title = f"{what} more than {LONG} times as long as wide: made square, mostly padding."
        yield _finding(evidence, rows, "note", title, "Cut out what matters, or try --fit crop.")


def _small(evidence: Evidence, sizes: NDArray[np.int32]) -> Iterator[Finding]:
    side = evidence.dataset.image_shape[0]
    rows = np.flatnonzero(sizes.max(axis=1) < SMALL * side)
    if len(rows):
        what = plural(len(rows), "image is", "images are")
        title = f"{what} smaller than half of the {side} pixels that all are brought to."
        yield _finding(evidence, rows, "note", title, "Try a smaller --image-size.")


def _endings(evidence: Evidence, formats: NDArray[np.str_]) -> Iterator[Finding]:
    names = evidence.dataset.names.tolist()
    wrong = [
        row
        for row, (name, found) in enumerate(zip(names, formats.tolist(), strict=True))
        if FORMATS.get(PurePath(name).suffix.lower(), found) != found
    ]
    if wrong:
        title = (
            f"{plural(len(wrong), 'file is', 'files are')} not what the name says: "
            f"{names[wrong[0]]} is {formats[wrong[0]]}."
        )
        yield _finding(evidence, np.array(wrong), "note", title, "It is read by its content; other programs may not.")


def _modes(evidence: Evidence, modes: NDArray[np.str_]) -> Iterator[Finding]:
    for what, named in ODD_MODES.items():
        rows = np.flatnonzero(np.isin(modes, named))
        if 0 < len(rows) < len(modes):
            title = f"{plural(len(rows), 'image has', 'images have')} {what}, the others do not."
            yield _finding(evidence, rows, "note", title, "Look whether they are of another source than the rest.")


def _finding(evidence: Evidence, rows: NDArray[np.int64], severity: str, title: str, advice: str) -> Finding:
    return Finding(
        kind="unusual_images",
        severity=severity,
        title=title,
        advice=advice,
        share=len(rows) / len(evidence.dataset.labels),
        values={"images": len(rows)},
        examples=evidence.names(rows),
        count=len(rows),
    )
