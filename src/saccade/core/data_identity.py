"""What makes one data set the same as another."""

import re
from collections.abc import Mapping
from typing import Any

_AS_OF = re.compile(r"(.+\.jsonl)@\d+")


def source_hash(content_hash: str) -> str:
    """Return the hash of the data without their corrections, whose own hash stands behind a plus."""
    return content_hash.partition("+")[0]


def grew(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Say whether two runs learnt from one file of labels at two times: `labels.jsonl@60` and `labels.jsonl@67`.

    Args:
        first: what a run keeps of its data.
        second: likewise of the other run.
    """
    ours, theirs = (str(data.get("source", "")) for data in (first, second))
    return source_file(ours) == source_file(theirs) and source_file(ours) != ours and source_file(theirs) != theirs


def source_file(source: str) -> str:
    """Return the file of labels that a source names, without how many of them were there: "labels.jsonl@60"."""
    found = _AS_OF.fullmatch(source)
    return found[1] if found else source
