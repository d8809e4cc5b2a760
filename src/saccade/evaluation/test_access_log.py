"""The sealed test split: who opened it and when, and which other runs opened the same one."""

import getpass
from typing import Any

from saccade.core.run import Run


def with_another(run: Run, *, when: str, **seen: Any) -> list[dict[str, Any]]:
    """Return every opening of the test split in this run so far and one more: when, who, and what was seen."""
    return [*_earlier(run), {"when": when, "who": _user(), **seen}]


def _earlier(run: Run) -> list[dict[str, Any]]:
    return list(run.evaluation.get("accesses", [])) if run.has_evaluation else []


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in a container
        return "unknown"


def siblings(run: Run, split_hash: str) -> list[Run]:
    """Return the runs in the same folder, this one left out, that were evaluated on the very same test images."""
    return [other for other in run.siblings() if other.evaluation.get("split_hash") == split_hash]
