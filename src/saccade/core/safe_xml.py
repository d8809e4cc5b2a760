"""Safe XML: what comes from files of strangers, read without entities, in which bombs and other files hide."""

from typing import Any
from xml.etree import ElementTree as Trees

MOST_BYTES = 1 << 25
"""Of a file; one that describes an image has some kilobytes."""


class _Builder(Trees.TreeBuilder):
    """Builds a tree, and refuses a document type, which alone can define entities."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse what defines entities, before any of it is read."""
        del name, public, system
        raise ValueError("it has a document type (<!DOCTYPE …>), which is not read: remove that line")


def parse_xml(content: bytes) -> Trees.Element:
    """Return the root of an XML text.

    Raises:
        ValueError: it is no XML, too long, or has a document type; the message says why, for a sentence after a colon.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES >> 20} megabytes")
    parser: Any = Trees.XMLParser(target=_Builder())
    try:
        parser.feed(content.lstrip())
        root: Trees.Element = parser.close()
    except Trees.ParseError as error:
        raise ValueError(_repaired(error)) from None
    except (LookupError, UnicodeError) as error:  # an encoding that is not known
        raise ValueError(str(error)) from None
    return root


def _repaired(error: Trees.ParseError) -> str:
    line, column = error.position
    return f"no XML at line {line}, column {column + 1} ({str(error).partition(':')[0]})"
