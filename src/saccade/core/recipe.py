"""Recipe: all settings of one run; validated; YAML in and out."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from saccade.core import registry
from saccade.core.errors import RecipeError, unknown
from saccade.core.safe_yaml import read_yaml
from saccade.tasks.anomaly_detection import threshold_criterion

OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw", "muon")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _direction(value: Any) -> Any:
    return {True: "horizontal", False: "none", None: "none"}.get(value, value)


class Augment(_Settings):
    """Random changes of the training images, in the order of these fields; 0 or none is off."""

    flip: Annotated[Literal["none", "horizontal", "vertical", "both"], BeforeValidator(_direction)] = Field(
        "none", description="mirror at random: horizontal, vertical or both"
    )
    shift: float = Field(0, ge=0, le=0.5, description="move by up to this fraction of the side")
    rotate: float = Field(0, ge=0, le=180, description="turn by up to so many degrees")
    zoom: float = Field(0, ge=0, lt=1, description="enlarge or shrink by up to this fraction")
    contrast: float = Field(0, ge=0, lt=1, description="change the contrast by up to this fraction")
    cutout: float = Field(0, ge=0, lt=1, description="blank out a square of this fraction of the side")
    mixup: float = Field(0, ge=0, description="alpha of mixup (Zhang et al. 2018); 0.2 is usual")


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Model(BaseModel):
    """An architecture and its options; `model: lenet5` is short for `model: {name: lenet5}`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str = Field(description="see `saccade list models`")

    @property
    def options(self) -> dict[str, Any]:
        """The options, as keyword arguments of the architecture's `build`."""
        return dict(self.model_extra or {})


def _seconds(value: Any) -> Any:
    """Read "90s", "5m", "1.5h" or a plain number of seconds."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([\d.]+)\s*(s|sec|m|min|h)?\s*", value)
    if match is None:
        raise ValueError("write a time as 90s, 5m or 1.5h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[(match[2] or "s")[0]]


def _text(value: Any) -> Any:
    """Read a number as text: the class of a digit, or a column that is called 7."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Recipe(_Settings):
    """All settings of one run. Every field is also an option of `saccade train`."""

    name: str = Field("run", pattern=r"^[\w.-]+$", description="the run's folder is named after it")
    task: str = Field("classification", description="see `saccade list tasks`")

    data: str = Field(
        "digits", description="a name (`saccade list data`), folder, archive, or a CSV, Parquet or NPZ file"
    )
    image_size: Annotated[int, Field(ge=4, le=2048)] | None = Field(
        None, description="side in pixels; left out: the images' own size if all agree and it is at most 128, else 96"
    )
    channels: Literal[1, 3] | None = Field(None, description="1 grey, 3 colour; left out: as the images are")
    fit: Literal["pad", "crop", "stretch"] = Field("pad", description="how other shapes become square")
    split: Literal["given", "pooled"] = Field("given", description="pooled: put all splits together and cut anew")
    validation: float = Field(
        0.1, ge=0, description="cut from training: a fraction below 1, or a number of images or rows"
    )
    test: float = Field(0.15, ge=0, description="likewise, when the data have no test split")
    duplicates: Literal["together", "ignored"] = Field(
        "together", description="together: images that show the same stay in one split when a split is cut"
    )
    split_seed: int = Field(0, ge=0, description="seed of the split, so that runs with other seeds stay comparable")
    overrides: Annotated[str | None, BeforeValidator(lambda path: path or None)] = Field(
        None, description="a CSV file of corrected labels: path, old, new; an empty new leaves the image out"
    )

    label: Annotated[str, BeforeValidator(_text)] = Field(
        "", description="of a table: the column that says which rows are anomalies, or the class of each image"
    )
    normal: Annotated[str, BeforeValidator(_text)] = Field(
        "",
        description="the label of normal rows (left out: 0, false, normal, or the more frequent one), or the class of "
        "normal images (left out: good, normal or ok)",
    )
    time: str = Field("", description="of a table: the column that says when; the split is then by time")
    time_format: str = Field(
        "",
        description="of that column, where it is not clear: day-first, month-first, milliseconds, yyyymmdd, "
        "serial-days, elapsed-hours, or as the cells look: %d/%m/%y %H:%M",
    )
    columns: dict[str, Literal["number", "number-comma", "number-point", "category", "boolean", "ignore"]] = Field(
        {},
        description="of a table: what a column is, number, number-comma (1,5 is one and a half), number-point (1,500 "
        "is 1500), category, boolean or ignore",
    )
    header: bool | None = Field(
        None,
        description="of a CSV file: whether its first line names the columns; left out: found; --no-header is short "
        "for false",
    )
    calibration: float = Field(0.15, ge=0, description="rows that the threshold is chosen on, cut as validation is")
    threshold: str = Field("alarms 10/1000", description="how the threshold is chosen: see `saccade threshold --help`")

    model: Annotated[Model, BeforeValidator(_named)] = Field(
        Model(name="quick"), description="see `saccade list models`; its options as model.dropout"
    )
    optimizer: Literal["sgd", "rmsprop", "adam", "adamw", "muon"] = Field("adam", description="how weights are updated")
    learning_rate: float = Field(0.001, gt=0, description="the (peak) learning rate")
    momentum: float = Field(0, ge=0, lt=1, description="for sgd, rmsprop and muon")
    nesterov: bool = Field(False, description="Nesterov's momentum, for sgd and muon")
    beta_2: float = Field(0.999, gt=0, lt=1, description="memory of the squared gradients, for adam, adamw and muon")
    weight_decay: float = Field(0, ge=0, description="decoupled decay of the kernels a step, times the learning rate")
    l1: float = Field(0, ge=0, description="L1 penalty on the kernels")
    l2: float = Field(0, ge=0, description="L2 penalty on the kernels")
    schedule: Literal["constant", "cosine", "one_cycle"] = Field("constant", description="of the learning rate, a step")
    warmup: float = Field(0.25, ge=0, le=1, description="part of the steps in which one_cycle rises to its peak")
    label_smoothing: float = Field(0, ge=0, lt=1, description="part of each target spread over all classes")
    class_weights: Literal["none", "balanced"] = Field("none", description="balanced: rare classes count more")
    ema: float = Field(0, ge=0, lt=1, description="momentum of the weights' moving average; 0 is off")
    augment: Augment = Field(Augment(), description="random changes of the training images")

    epochs: Annotated[int, Field(ge=1)] | None = Field(
        None, description="passes over the training split; left out: to see 300,000 images in all, in 5 to 30 passes"
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(None, description="stop after so many batches, instead of epochs")
    budget: Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(_seconds)] = Field(
        None, description="time for training (90s, 5m); epochs is then chosen by measuring"
    )
    batch_size: int = Field(64, ge=1, description="images or rows a step")
    early_stopping: Annotated[int, Field(ge=1)] | None = Field(
        None, description="stop after so many epochs without a better validation metric"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of weights, order, dropout and augmentation")
    precision: Literal["auto", "float32", "bfloat16"] = Field("auto", description="auto: bfloat16 where it is fast")

    @field_validator("threshold")
    @classmethod
    def _can_be_asked(cls, threshold: str) -> str:
        return str(threshold_criterion.read(threshold))

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        architectures = "autoencoders" if self.finds_anomalies else "models"
        for kind, name in (("tasks", self.task), (architectures, self.model.name)):
            if name not in registry.names(kind):
                raise unknown(kind.removesuffix("s"), name, registry.names(kind))
        return self

    @model_validator(mode="after")
    def _fits_the_task(self) -> Self:
        if self.finds_anomalies:
            for name in ("label_smoothing", "class_weights", "overrides"):
                if getattr(self, name) != type(self).model_fields[name].default:
                    raise ValueError(f"{name} is for classes, and anomalies have none")
            if self.augment.mixup:
                raise ValueError("augment.mixup is for classes: mixed images would be learnt as normal ones")
        return self

    @property
    def finds_anomalies(self) -> bool:
        """Whether its data are a table, or images of which one class is normal."""
        return self.task == "anomaly_detection"

    def changed(self, **changes: Any) -> "Recipe":
        """Return a copy with some fields replaced; dotted keys reach into `model` and `augment`."""
        return make(self.model_dump(mode="json"), changes)

    def to_yaml(self) -> str:
        """Return every setting as YAML, in the order of the class."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def read(name_or_path: str | Path, **changes: Any) -> Recipe:
    """Return a recipe by name or from a YAML file, with some fields changed.

    Raises:
        UnknownNameError: no such recipe, field, model or task; names the nearest.
        RecipeError: the file is not YAML, or a value cannot work.
    """
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = registry.recipe_path(str(name_or_path))
    try:
        settings = read_yaml(path)
    except OSError as error:
        raise RecipeError(f"Cannot read the recipe {path}: {error.strerror}.") from error
    except ValueError as error:
        raise RecipeError(f"{path} is not a YAML recipe: {error}") from error
    if not isinstance(settings, dict):
        raise RecipeError(f"{path} is not a recipe: expected lines like 'epochs: 5'.")
    if "epochs" in changes and "steps" not in changes:
        settings.pop("steps", None)  # they would outvote the epochs that are asked for
    return make({"name": path.stem, **settings}, changes)


def make(settings: dict[str, Any], changes: dict[str, Any] | None = None) -> Recipe:
    """Return a validated recipe from plain settings; errors as in `read`."""
    settings = dict(settings)
    # whole fields before their options: another model's name drops the options of the old one only
    for key, value in sorted((changes or {}).items(), key=lambda item: "." in item[0]):
        _set(settings, key, value)
    _refuse_unknown_fields(settings)
    try:
        return Recipe.model_validate(settings)
    except ValidationError as error:
        raise RecipeError("\n".join(_explain(problem) for problem in error.errors())) from error


def _set(settings: dict[str, Any], key: str, value: Any) -> None:
    """Set a field; `model.dropout` sets an option, and another model's name drops the old one's options."""
    field, _, option = key.partition(".")
    if option:
        inner = _named(settings.get(field)) or {}
        if not isinstance(inner, dict):
            raise RecipeError(f"'{field}' has no options, so '{key}' cannot be set.")
        settings[field] = {**inner, option: value}
    elif field == "model" and isinstance(value, str) and (_named(settings.get("model")) or {}).get("name") == value:
        pass  # the same architecture named again keeps its options
    else:
        settings[field] = value


def _refuse_unknown_fields(settings: dict[str, Any]) -> None:
    for field in settings:
        if field not in Recipe.model_fields:
            raise unknown("recipe field", str(field), Recipe.model_fields)
    augment = settings.get("augment")
    for field in augment if isinstance(augment, dict) else ():
        if field not in Augment.model_fields:
            raise unknown("augmentation", str(field), Augment.model_fields)
    if isinstance(settings.get("optimizer"), str) and settings["optimizer"] not in OPTIMIZERS:
        raise unknown("optimizer", settings["optimizer"], OPTIMIZERS)


def _explain(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if isinstance(part, str) and part.islower())
    return f"{where or 'recipe'}: {problem['msg'].removeprefix('Value error, ')} (found {problem['input']!r})."
