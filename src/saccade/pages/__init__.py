"""Pages: self-contained HTML, readable on a phone, in the dark and on paper; needs no network.

A page is a template that extends `base.html.j2` and lies beside the module that fills it.
"""

import base64
import io
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

LARGEST = 96
"""Pixels a side that a picture has in a page at most, if nothing else is said."""


def render(template: Path, **values: Any) -> str:
    """Return a page.

    Args:
        template: a Jinja file, in whose folder parts of it may lie; names and texts are escaped.
        **values: everything that the template names.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, Path(__file__).parent]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template.name).render(**values)


def embedded(pixels: NDArray[np.uint8], *, largest: int = LARGEST) -> str:
    """Return a picture as a data address; PNG, because JPEG would blur what is to be looked at.

    Args:
        pixels: (h, w, c), uint8, c = 1 or 3.
        largest: a larger picture is shrunk to so many pixels a side.
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else np.asarray(pixels))
    image.thumbnail((largest, largest))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def as_frame(text: str) -> str:
    """Return a page within a page, as a notebook shows it; its styles and scripts do not touch the notebook's."""
    escaped = text.replace("&", "&amp;").replace('"', "&quot;")
    return f'<iframe srcdoc="{escaped}" style="width:100%;height:50rem;border:0"></iframe>\n'
