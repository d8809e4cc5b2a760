"""Pages: self-contained HTML, readable on a phone, in the dark and on paper; needs no network.

A page is a template that extends `base.html.j2` and lies beside the module that fills it.
"""

import base64
import io
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray
from PIL import Image

LARGEST = 96
"""Pixels a side that an image has in a page at most, if nothing else is said."""

EXACT_BELOW = 40
"""Pixels a side up to which an image is always PNG: each of its pixels is seen."""


def render(template: Path, **values: Any) -> str:
    """Return a page.

    Args:
        template: a Jinja file, in whose folder parts of it may lie; names and texts are escaped.
        **values: everything that the template names.
    """
    return _environment(template.parent).get_template(template.name).render(**values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    """Return what renders the templates of a folder; each is compiled once, and anew when its file changes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["file_name"] = file_name
    return environment


KEPT_WHOLE = 4
"""Characters before a file's ending that stay on one line with it: the number of a photo."""


def file_name(name: str) -> Markup:
    """Return a file's name for a page, escaped, that is never broken within its ending: not "IMG_1234.j" and "pg"."""
    stem, dot, ending = name.rpartition(".")
    if not dot or "/" in ending:
        return escape(name)
    kept = stem.rpartition("/")[2][-KEPT_WHOLE:]
    return Markup('{}<span class="file-end">{}.{}</span>').format(stem[: len(stem) - len(kept)], kept, ending)


def embedded(pixels: NDArray[np.uint8], *, largest: int = LARGEST, exact: bool = True) -> str:
    """Return an image as a data address.

    Args:
        pixels: (h, w, c), uint8, c = 1 or 3.
        largest: a larger image is shrunk to so many pixels a side.
        exact: PNG, because JPEG would blur what is to be looked at. Else the smaller of the two: a photo of 96 pixels
            takes a quarter of the room as JPEG, and its blur is not seen; a digit or a drawing stays PNG.
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else np.asarray(pixels))
    image.thumbnail((largest, largest))
    picture, kind = _encoded(image, "PNG"), "png"
    if not exact and min(image.size) > EXACT_BELOW:
        picture, kind = min((picture, kind), (_encoded(image, "JPEG"), "jpeg"), key=lambda found: len(found[0]))
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _encoded(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, optimize=True, quality=85)
    return file.getvalue()


def as_frame(text: str) -> str:
    """Return a page within a page, as a notebook shows it; its styles and scripts do not touch the notebook's."""
    escaped = text.replace("&", "&amp;").replace('"', "&quot;")
    return f'<iframe srcdoc="{escaped}" style="width:100%;height:50rem;border:0"></iframe>\n'
