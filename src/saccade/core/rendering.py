"""Text as a terminal would show it, and names of strangers so that they cannot command it."""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from rich import console
from rich.console import Group, RenderableType
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


class Shown(ABC):
    """A result that a terminal shows, by Console().print(result), and that can be had as plain text."""

    def __rich__(self) -> RenderableType:
        """Return what Rich prints."""
        return Group(*self._shown())

    def to_text(self, *, width: int = 100) -> str:
        """Return what a terminal shows, as plain text of so many columns."""
        return as_text(self, width=width)

    @abstractmethod
    def _shown(self) -> Iterable[RenderableType]:
        """Yield what stands below each other."""
