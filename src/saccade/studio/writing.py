"""How pages write numbers, times and names."""

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from saccade.core.data_identity import source_file
from saccade.core.naming import readable

MINUTE, HOUR = 60, 3600


def duration(seconds: float) -> str:
    """Return a time as a person says it: "45 s", "3 min 05 s", "2 h 10 min"."""
    whole = max(0, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02d} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"


def number(value: float | None) -> str:
    """Return "0.0412", "56.69", "3.1e-05" for what four places would show as nothing, "–" for None."""
    if value is None:
        return "–"
    if abs(value) >= 10:
        return f"{value:,.2f}"
    return f"{value:.4f}" if not 0 < abs(value) < 0.001 else f"{value:.1e}"


def count(value: int) -> str:
    """Return "60,000"."""
    return f"{value:,}"


def size(bytes_: int) -> str:
    """Return "2.69 MB", "47.1 kB"."""
    return f"{bytes_ / 1e6:.2f} MB" if bytes_ >= 1e5 else f"{bytes_ / 1e3:.1f} kB"


def when(moment: str) -> str:
    """Return an ISO time in the time zone of this machine: "27 Nov 2026, 08:05"; a text that is no time as it is."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%d %b %Y, %H:%M}".removeprefix("0")
    except ValueError:
        return moment


def command_line(words: Sequence[Any]) -> str:
    """Return a command as one types it into a shell: `saccade train 'my photos' epochs=3`."""
    return shlex.join(["saccade", *map(str, words)])


def file_end(path: str) -> str:
    """Return the end of a path, which says the most: "photos", "leaves.csv", "photos/labels.jsonl@60"."""
    parts = path.rstrip("/\\").replace("\\", "/").split("/")
    return "/".join(parts[-1:] if source_file(path) == path else parts[-2:]) or path


def with_code(text: str) -> Markup:
    """Return a text for a page, escaped, in which what stands in `backticks` is code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))


def breaking(path: str) -> Markup:
    """Return a path for a page, escaped, which may go on in the next line behind each of its folders."""
    return Markup("/<wbr>").join(path.split("/"))


FILTERS: dict[str, Callable[..., str]] = {
    "duration": duration,
    "readable": readable,
    "number": number,
    "count": count,
    "when": when,
    "command_line": command_line,
    "file_end": file_end,
    "with_code": with_code,
    "breaking": breaking,
}
"""What templates write with: `{{ seconds | duration }}`."""
