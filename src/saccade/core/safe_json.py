"""Safe JSON: what comes from files and requests of strangers, read so that nothing in it can surprise what uses it."""

import json
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
"""An object of plain values, as JSON has them."""

DEEPEST = 60
"""Levels of lists and objects; ours have ten at most, and functions that call themselves a level bear some hundreds."""


def parse_json(text: str | bytes, *, unique: bool = False) -> Any:
    """Return what a JSON text says, of at most `DEEPEST` levels and of whole characters.

    Args:
        text: JSON; bytes as UTF-8, or UTF-16 and UTF-32 as the standard allowed them once.
        unique: refuse an object that names something twice; else the last one counts, as in most programs.

    Raises:
        ValueError: it is no such JSON; the message says why, for a sentence after a colon.
    """
    try:
        whole = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
        content = json.loads(whole.removeprefix("\ufeff"), object_pairs_hook=_once if unique else None)
        if "\\ud" in whole or "\\uD" in whole:
            json.dumps(content, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except UnicodeEncodeError:
        raise ValueError("it has half of a character (\\ud800 to \\udfff alone)") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError as error:
        raise (ValueError("a number of thousands of digits") if "digits" in str(error) else error) from None
    if _is_deep(whole, content):
        raise ValueError(_TOO_DEEP)
    return content


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

_TOO_DEEP = f"nested too deeply, more than {DEEPEST} levels"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it says {twice[:100]!r} twice")
    return content


def _is_deep(text: str, content: Any) -> bool:
    """Say whether there are too many levels; most texts show it by their brackets alone, which is quicker to see."""
    brackets, before = text.encode(errors="replace").translate(None, _NO_BRACKETS), -1
    for _ in range(DEEPEST):
        if not brackets:
            return False
        if len(brackets) == before:
            break  # some are within texts
        before = len(brackets)
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    level = [content] if isinstance(content, list | dict) else []
    for _ in range(DEEPEST):
        level = [each for parent in level for each in _within(parent)]
    return bool(level)


def _within(parent: Any) -> Iterable[Any]:
    values = parent.values() if isinstance(parent, dict) else parent
    return (each for each in values if isinstance(each, list | dict))
