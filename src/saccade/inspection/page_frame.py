"""The frame of pages on the inside of a network: sections in order, and a folder to write into."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.core import pages
from saccade.core.atomic_files import write_whole
from saccade.core.errors import RunError

PAGE = "index.html"

Sections = Mapping[str, tuple[str, str]]
"""By the name of its block in the template, what a section is called in the list of contents, and its heading."""


def compose(template: Path, sections: Sections, **values: Any) -> str:
    """Return a page.

    Args:
        template: extends `inspection.html.j2`, with a block for each section, and "heading", "about" and "lead".
        sections: those that the page has, from top to bottom.
        **values: everything that the template names.
    """
    return pages.render(template, sections=sections, **values)


def write(text: str, folder: Path) -> Path:
    """Write a page into a folder and return its path; raises RunError when that cannot be done."""
    try:
        write_whole(folder / PAGE, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise RunError(f"Cannot write {folder}: {error.strerror or error}. Choose another folder.") from error
    return folder / PAGE
