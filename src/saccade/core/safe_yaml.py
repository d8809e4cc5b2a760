"""Safe YAML: settings from files and options, read so that nothing in them can surprise what uses them."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

LARGEST = 200_000
"""Bytes of a file: room for a recipe that says of ten thousand columns what they are."""

DEEPEST = 20
"""Levels of lists and mappings; a recipe has three."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe one, without what grows as it is read (aliases) and what a later line hides (twice-named keys)."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node, refusing deep ones before they are read."""
        if self.check_event(yaml.AliasEvent):
            self._refuse("aliases (*name) are not read here: write the value itself")
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(f"nested too deeply, more than {DEEPEST} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_scalar(self, node: Any) -> Any:
        """Return a text, of whole characters only."""
        text = super().construct_scalar(node)
        str(text).encode()
        return text

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Return a mapping, refusing one that says something twice."""
        seen = set[str]()
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value in seen:
                said = f"it says '{name.value[:100]}' twice"
                raise yaml.constructor.ConstructorError(None, None, said, name.start_mark)
            seen.add(str(name.value))
        return super().construct_mapping(node, deep)

    def _refuse(self, why: str) -> None:
        raise yaml.composer.ComposerError(None, None, why, self.peek_event().start_mark)  # type: ignore[no-untyped-call]


def parse_yaml(text: str) -> Any:
    """Return what a YAML text says; raises ValueError when it is none or has what no settings have; says where."""
    try:
        content = _Loader(text).get_single_data()
        str(content)  # a whole number may be too long to be written
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"{error.problem or error.context}{line}") from None
    except UnicodeEncodeError:
        raise ValueError("it has half of a character (\\ud800 to \\udfff alone)") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError) as error:
        why = "a number of thousands of digits" if "digits" in str(error) else " ".join(str(error).split())
        raise ValueError(why) from None
    return content


def read_yaml(path: Path) -> Any:
    """Return what a YAML file says; raises OSError when it cannot be opened, ValueError as `parse_yaml`."""
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST // 1000} kB")
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
