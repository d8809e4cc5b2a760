"""Passport: what travels in an exported file, so that one file is enough to answer with it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, cast, get_args

from saccade.calibration import Calibration
from saccade.errors import RunError

Fit = Literal["pad", "crop", "stretch"]

LARGEST_SIDE = 2048
"""As in a recipe: a file that claims more was not exported by us."""


@dataclass(frozen=True)
class Passport:
    """What an exported network takes, what it answers, and where it comes from.

    Attributes:
        name: of the run.
        task: what the outputs mean, a file of `tasks/`.
        classes: class names, in the order of the outputs.
        image_shape: (height, width, channels) of a picture; uint8, 0 to 255, channels last.
        fit: how pictures of another shape become this one: "pad", "crop" or "stretch".
        precision: in which it computes: "float32", "float16" or "int8".
        network_hash: of the run's model.keras, sha256.
        data_hash: of the data it was trained on.
        licence: of these data; "" when not known.
        recipe: every setting of the run, YAML; the data by their name.
        made_by: name and version of the program.
        calibration: what is known of the probabilities: the temperature, by which those in the file are corrected
            already, and the thresholds under which an answer had better be left undecided; None when nothing is.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    fit: Fit
    precision: str
    network_hash: str
    data_hash: str
    licence: str
    recipe: str
    made_by: str
    calibration: Calibration | None = None

    @property
    def colour_order(self) -> str:
        """Of the last axis of a picture: "grey" or "rgb"."""
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
        if self.calibration:
            values["calibration"] = self.calibration.to_dict()
        return {
            key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in values.items()
            if value is not None
        }


def read(metadata: Mapping[str, str]) -> Passport:
    """Return the passport in a file's metadata.

    Raises:
        RunError: there is none, or it says what cannot be.
    """
    try:
        passport = _parse(metadata)
    except KeyError as error:
        raise RunError(f"it says nothing of its {error.args[0]}, so Saccade did not export it.") from error
    except (ValueError, TypeError) as error:
        raise RunError(f"what it says of itself is damaged: {error}.") from error
    wrong = _wrong(passport)
    if wrong:
        raise RunError(f"what it says of itself is damaged: {wrong}.")
    return passport


def _parse(metadata: Mapping[str, str]) -> Passport:
    height, width, channels = (int(side) for side in json.loads(metadata["image_shape"]))
    calibration = json.loads(metadata.get("calibration", "null"))
    text = ("name", "task", "precision", "network_hash", "data_hash", "licence", "recipe", "made_by")
    return Passport(
        **{key: metadata[key] for key in text},
        classes=tuple(map(str, json.loads(metadata["classes"]))),
        image_shape=(height, width, channels),
        fit=cast(Fit, metadata["fit"]),
        calibration=Calibration.from_dict(calibration) if calibration else None,
    )


def _wrong(passport: Passport) -> str:
    """Say what no export of ours has, "" when all is well."""
    height, width, channels = passport.image_shape
    if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE and channels in {1, 3}):
        return f"pictures of {height}×{width}×{channels}"
    if len(set(passport.classes)) < max(2, len(passport.classes)):
        return f"{len(passport.classes)} classes of {len(set(passport.classes))} names"
    return "" if passport.fit in get_args(Fit) else f"fit '{passport.fit}'"
