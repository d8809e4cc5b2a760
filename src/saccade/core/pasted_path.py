"""Paths as people paste them: with quotation marks, as Windows copies them, or as the address of a file."""

from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

_MARKS = ('""', "''", "“”", "‘’")


def pasted_path(text: str) -> str:
    """Return a name or path without what surrounds it: `"my photos"`, `file:///home/me/my%20photos`, spaces."""
    text = text.strip()
    if len(text) > 2 and text[0] + text[-1] in _MARKS:
        text = text[1:-1].strip()
    address = urlsplit(text) if text.startswith("file://") else None
    return url2pathname(address.path) if address and unquote(address.path) else text
