"""Text as a terminal would show it."""

import io
from typing import Any

from rich.console import Console


def as_text(shown: Any, *, width: int) -> str:
    """Return what a terminal of so many columns shows of something that Rich can print, as plain text."""
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(shown)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
