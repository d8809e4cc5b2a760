"""Metadata: what travels in an exported file, so that one file is enough to answer with it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, cast, get_args

from saccade.core.errors import RunError, SaccadeError
from saccade.core.safe_json import parse_json
from saccade.core.typed import checked
from saccade.modalities.tables.schema import Schema
from saccade.tasks.anomaly_detection.anomaly import ReferenceContributions
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.classification.calibration import Calibration

Fit = Literal["pad", "crop", "stretch"]

LARGEST_SIDE = 2048
"""As in a recipe: a file that claims more was not exported by us."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an exported network comes from.

    Attributes:
        name: of the run.
        task: what the outputs mean, a file of `tasks/`.
        precision: in which it computes: "float32", "float16" or "int8".
        network_hash: of the run's model.keras, sha256.
        data_hash: of the data it was trained on.
        licence: of these data; "" when not known.
        recipe: every setting of the run, YAML; the data by their name.
        made_by: name and version of the program.
    """

    name: str
    task: str
    precision: str
    network_hash: str
    data_hash: str
    licence: str
    recipe: str
    made_by: str


@dataclass(frozen=True, kw_only=True)
class ModelMetadata(Origin):
    """What a network for images takes, and what it answers.

    Attributes:
        classes: class names, in the order of the outputs.
        image_shape: (height, width, channels) of an image; uint8, 0 to 255, channels last.
        fit: how images of another shape become this one: "pad", "crop" or "stretch".
        calibration: what is known of the probabilities: the temperature, by which those in the file are corrected
            already, and the thresholds under which an answer had better be left undecided; None when nothing is.
    """

    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    fit: Fit
    calibration: Calibration | None = None

    @property
    def colour_order(self) -> str:
        """Of the last axis of an image: "grey" or "rgb"."""
        return "grey" if self.image_shape[2] == 1 else "rgb"

    @property
    def temperature(self) -> float:
        """By which the probabilities in the file are calibrated already; 1 when they are the network's own."""
        return self.calibration.temperature if self.calibration else 1.0

    def to_metadata(self) -> dict[str, str]:
        """Return it as text by text, as the formats keep it: plain strings as they are, all else as JSON.

        Colour order and temperature can be found from the rest; they are there for who reads the file without us.
        """
        values = {**asdict(self), "colour_order": self.colour_order, "temperature": self.temperature}
        return _as_text({**values, "calibration": self.calibration.to_dict() if self.calibration else None})


@dataclass(frozen=True, kw_only=True)
class TableModelMetadata(Origin):
    """What a network for rows of a table takes, and what its answers mean.

    Attributes:
        schema: the columns, in the order of the input; how their cells become numbers.
        threshold: above which score a row is an alarm, as it was when the file was made.
        reference_contributions: what each column adds to the score of normal rows; None when not known.
    """

    schema: Schema
    threshold: Threshold
    reference_contributions: ReferenceContributions | None = None

    def to_metadata(self) -> dict[str, str]:
        """Return it as text by text, as the formats keep it: plain strings as they are, all else as JSON."""
        parts = {name: each.to_dict() if (each := getattr(self, name)) else None for name in _PARTS_OF_TABLE}
        return _as_text({**{field: getattr(self, field) for field in _ORIGIN}, **parts})


_ORIGIN = tuple(field.name for field in fields(Origin))
_PARTS_OF_TABLE = ("schema", "threshold", "reference_contributions")


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in values.items()
        if value is not None
    }


def read(metadata: Mapping[str, str]) -> ModelMetadata | TableModelMetadata:
    """Return the metadata in a file's metadata.

    Raises:
        RunError: there is none, or it says what cannot be.
    """
    try:
        about = _parse_table(metadata) if "schema" in metadata else _parse(metadata)
    except KeyError as error:
        raise RunError(f"it says nothing of its {error.args[0]}, so Saccade did not export it.") from error
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, SaccadeError) as error:
        raise RunError(f"what it says of itself is damaged: {error}.") from error
    wrong = _wrong_table(about) if isinstance(about, TableModelMetadata) else _wrong(about)
    if wrong:
        raise RunError(f"what it says of itself is damaged: {wrong}.")
    return about


def _parse(metadata: Mapping[str, str]) -> ModelMetadata:
    height, width, channels = checked(parse_json(metadata["image_shape"]), tuple[int, int, int], "image_shape")
    calibration = parse_json(metadata.get("calibration", "null"))
    return ModelMetadata(
        **{key: metadata[key] for key in _ORIGIN},
        classes=tuple(checked(parse_json(metadata["classes"]), list[str], "classes")),
        image_shape=(height, width, channels),
        fit=cast(Fit, metadata["fit"]),
        calibration=Calibration.from_dict(calibration) if calibration else None,
    )


def _parse_table(metadata: Mapping[str, str]) -> TableModelMetadata:
    reference = parse_json(metadata.get("reference_contributions", "null"))
    return TableModelMetadata(
        **{key: metadata[key] for key in _ORIGIN},
        schema=Schema.from_dict(parse_json(metadata["schema"])),
        threshold=Threshold.from_dict(parse_json(metadata["threshold"])),
        reference_contributions=ReferenceContributions.from_dict(reference) if reference else None,
    )


def _wrong(about: ModelMetadata) -> str:
    """Say what no export of ours has, "" when all is well."""
    height, width, channels = about.image_shape
    if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE and channels in {1, 3}):
        return f"images of {height}×{width}×{channels}"
    if len(set(about.classes)) < max(2, len(about.classes)):
        return f"{len(about.classes)} classes of {len(set(about.classes))} names"
    return "" if about.fit in get_args(Fit) else f"fit '{about.fit}'"


def _wrong_table(about: TableModelMetadata) -> str:
    width, reference = len(about.schema.columns), about.reference_contributions
    if reference and not len(reference.middle) == len(reference.high) == width:
        return f"{len(reference.middle)} reference contributions of {width} columns"
    return "" if len(set(about.schema.names)) == width > 0 else f"{width} columns"
