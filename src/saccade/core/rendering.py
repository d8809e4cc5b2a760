"""Text as a terminal would show it, and names of strangers so that they cannot command it."""

import io
from collections.abc import Iterable
from typing import Any

from rich import console
from rich.segment import Segment

from saccade.core.errors import escaped


class Console(console.Console):
    """Rich's, which shows control characters in names and messages instead of obeying them."""

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Yield what is to be printed; colours and movements of Rich's own are no part of its texts."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else escaped(text), style, control)


def as_text(shown: Any, *, width: int) -> str:
    """Return what a terminal of so many columns shows of something that Rich can print, as plain text."""
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(shown)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
