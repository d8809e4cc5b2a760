"""RunTags: words that people give a run, to find it again."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from saccade.core.errors import RecipeError

LONGEST = 40
MOST = 20


@dataclass(frozen=True)
class RunTags:
    """The tags of a run; `run.save(RunTags.of(["baseline"]))`.

    Attributes:
        tags: each once, in the order in which they were given.
    """

    FILE: ClassVar[str] = "tags.json"

    tags: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> "RunTags":
        """Return tags made of words; raises RecipeError where one is no tag."""
        tags = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
        wrong = next((tag for tag in tags if len(tag) > LONGEST or not re.fullmatch(r"[\w.+:/-]+", tag)), None)
        if wrong is not None:
            raise RecipeError(
                f"'{wrong[:LONGEST]}' is no tag: one word of at most {LONGEST} letters, digits and .+:/-_"
            )
        if len(tags) > MOST:
            raise RecipeError(f"A run has at most {MOST} tags; these are {len(tags)}.")
        return cls(tags)

    def to_dict(self) -> Mapping[str, Any]:
        """Return plain values for JSON."""
        return {"tags": list(self.tags)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "RunTags":
        """Return what `to_dict` described; raises KeyError or ValueError where something is missing or wrong."""
        tags = content["tags"]
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise ValueError("tags should be a list of words")
        return cls(tuple(tags))
