"""Metadata: what travels in an exported file, so that one file is enough to answer with it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from saccade.core.errors import RunError, SaccadeError
from saccade.core.safe_json import parse_json
from saccade.core.signature import Signature


@dataclass(frozen=True, kw_only=True)
class ModelMetadata:
    """Where an exported network comes from, what it takes and gives, and what its task adds.

    Attributes:
        name: of the run.
        task: what the outputs mean, a folder of `tasks/`.
        modality: what goes in, as its task calls it.
        precision: in which it computes: "float32", "float16" or "int8".
        network_hash: of the run's model.keras, sha256.
        data_hash: of the data it was trained on.
        licence: of these data; "" when not known.
        recipe: every setting of the run, YAML; the data by their name.
        made_by: name and version of the program.
        signature: the tensors.
        texts: what the task adds, by its name: plain strings as they are, all else as JSON (see `as_texts`).
    """

    name: str
    task: str
    modality: str
    precision: str
    network_hash: str
    data_hash: str
    licence: str
    recipe: str
    made_by: str
    signature: Signature
    texts: Mapping[str, str] = field(default_factory=dict)

    def to_texts(self) -> dict[str, str]:
        """Return all of it text by text, as the formats keep it."""
        origin = {name: getattr(self, name) for name in _ORIGIN}
        return {**self.texts, **origin, **as_texts({"signature": self.signature.to_dict()})}


_ORIGIN = ("name", "task", "modality", "precision", "network_hash", "data_hash", "licence", "recipe", "made_by")


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return values as texts: plain strings as they are, all else as JSON; None is left out."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in values.items()
        if value is not None
    }


def read(texts: Mapping[str, str]) -> ModelMetadata:
    """Return what a file says of itself, text by text.

    Raises:
        RunError: it says nothing, or what cannot be.
    """
    with interpreting():
        others = {key: text for key, text in texts.items() if key not in (*_ORIGIN, "signature")}
        return ModelMetadata(
            **{key: texts[key] for key in _ORIGIN},
            signature=Signature.from_dict(parse_json(texts["signature"])),
            texts=others,
        )


@contextmanager
def interpreting() -> Iterator[None]:
    """Raise RunError in place of whatever is raised when what a file says of itself is missing or cannot be."""
    try:
        yield
    except KeyError as error:
        raise RunError(
            f"it says nothing of its {error.args[0]}, so Saccade did not export it, or an older version did."
        ) from error
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, SaccadeError) as error:
        raise RunError(f"what it says of itself is damaged: {error}.") from error
