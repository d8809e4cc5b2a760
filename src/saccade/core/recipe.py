"""Recipe: all settings of one run; validated; YAML in and out."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from saccade.core import registry
from saccade.core.errors import RecipeError, unknown
from saccade.core.safe_yaml import read_yaml
from saccade.core.target import as_target

SUFFIXES = (".yaml", ".yml")
"""Endings of the file of a recipe."""

OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw", "muon")


class Settings(BaseModel):
    """Validated settings that do not change; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


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


def as_text(value: Any) -> Any:
    """Read a number as text: the class of a digit, or a column that is called 7."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


NamedModel = Annotated[Model, BeforeValidator(_named)]
"""A setting that is an architecture."""


class Recipe(Settings):
    """Settings that every task has; a task and its modalities add theirs. Each is also an option of `saccade train`."""

    name: str = Field("run", pattern=r"^[\w.-]+$", description="the run's folder is named after it")
    task: str = Field(default_factory=registry.default_task, description="see `saccade list tasks`")

    data: str = Field(
        "digits", description="a name (`saccade list data`), folder, archive, or a CSV, Parquet or NPZ file"
    )
    split: Literal["given", "pooled"] = Field("given", description="pooled: put all splits together and cut anew")
    validation: float = Field(
        0.1, ge=0, description="cut from training: a fraction below 1, or a number of images or rows"
    )
    test: float = Field(0.15, ge=0, description="likewise, when the data have no test split")
    split_seed: int = Field(0, ge=0, description="seed of the split, so that runs with other seeds stay comparable")
    label: Annotated[str, BeforeValidator(as_text)] = Field(
        "", description="of a table: the column of labels, of its rows or of the images that it names"
    )
    model: NamedModel = Field(
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
    schedule: Literal["constant", "cosine", "one_cycle", "trapezoid"] = Field(
        "constant", description="of the learning rate, a step"
    )
    warmup: float = Field(0.25, ge=0, le=1, description="part of the steps in which one_cycle rises to its peak")
    ema: float = Field(0, ge=0, lt=1, description="momentum of the weights' moving average; 0 is off")
    epochs: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="passes over the training split; left out: 5 to 30, to see 300,000 images; at least 200 steps",
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(None, description="stop after so many batches, instead of epochs")
    budget: Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(_seconds)] = Field(
        None, description="time from the first look at the data to the trained network (90s, 5m), kept by the clock"
    )
    until: Annotated[str, BeforeValidator(as_target)] = Field(
        "", description="train until validation is there: .99, or a metric as accuracy=.99; see until_by"
    )
    until_by: Literal["interval", "checks"] = Field(
        "interval",
        description="interval: when the lower end of the 95% interval is there, for accuracy; checks: when the number "
        "itself is, at two checks in a row, as for all other metrics",
    )
    batch_size: int = Field(64, ge=1, description="images or rows a step")
    early_stopping: Annotated[int, Field(ge=1)] | None = Field(
        None, description="stop after so many epochs without a better validation metric"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of weights, order, dropout and augmentation")
    search: dict[str, Any] = Field(
        {},
        description="what `saccade tune` changes, and within what: {learning_rate: [1e-4, 1e-2, log]}; left out: found",
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto: bfloat16 where it is fast; of a GPU without it, float16"
    )
    device: Literal["auto", "cpu", "gpu"] = Field("auto", description="what computes; auto: a GPU where there is one")
    xla: Literal["auto", "on", "off"] = Field(
        "auto",
        description="compile each step with XLA; auto: on a GPU, where a measurement at the start finds it faster",
    )
    asked: tuple[str, ...] = Field(
        (),
        description="settings that a person gave, kept by Saccade: where several ways to train are tried, all obey",
        json_schema_extra={"kept_by": "saccade"},
    )

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a setting of a task or modality: only their own classes know them by name."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        networks = registry.constant("tasks", self.task, "NETWORKS")
        if self.model.name not in registry.names(str(networks)):
            raise unknown(str(networks).removesuffix("s"), self.model.name, registry.names(str(networks)))
        return self

    def changed(self, **changes: Any) -> Self:
        """Return a copy with some fields replaced; dotted keys reach into fields that have fields, such as `model`."""
        made: Self = make(self.model_dump(mode="json"), changes)
        return made

    def asked_for(self, **changes: Any) -> Self:
        """Return a copy with some fields replaced as `changed` does, because a person wants them so."""
        return self.changed(**changes, asked=_distinct(self.asked, changes))

    def to_yaml(self) -> str:
        """Return every setting as YAML, in the order of the class."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def read(name_or_path: str | Path, **changes: Any) -> Any:
    """Return a recipe by name or from a YAML file, with some fields changed; "" is none: all as when left out.

    The recipe's `asked` are the fields that are changed, and those of a file that is not one of Saccade's own.

    Raises:
        UnknownNameError: no such recipe, field, model or task; names the nearest.
        RecipeError: the file is not YAML, or a value cannot work.
    """
    if not str(name_or_path):
        return make({"asked": _distinct(changes)}, changes)
    path = Path(name_or_path)
    shipped = path.suffix not in SUFFIXES
    if shipped:
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
    asked = settings.get("asked", () if shipped else [*settings])
    return make({"name": path.stem, **settings, "asked": _distinct(asked, changes)}, changes)


def _distinct(*names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(str(name) for some in names for name in some))


def make(settings: dict[str, Any], changes: dict[str, Any] | None = None) -> Any:
    """Return a validated recipe of its task from plain settings; errors as in `read`."""
    settings = dict(settings)
    # whole fields before their options: another model's name drops the options of the old one only
    for key, value in sorted((changes or {}).items(), key=lambda item: "." in item[0]):
        _set(settings, key, value)
    kind = recipe_class(settings.get("task"))
    _refuse_unknown_fields(settings, kind)
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        raise RecipeError("\n".join(_explain(problem) for problem in error.errors())) from error


def recipe_class(task: Any = None) -> type[Recipe]:
    """Return the class of a task's recipes, with its settings and those of what goes in; None is the default task.

    Raises:
        UnknownNameError: there is no such task; names the nearest.
    """
    name = registry.default_task() if task is None else str(task)
    found: type[Recipe] = registry.load("tasks", name).TASKS[0]().recipe_class
    return found


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


def _refuse_unknown_fields(settings: dict[str, Any], kind: type[Recipe]) -> None:
    for field in settings:
        if field not in kind.model_fields:
            _refuse_field_of_others(str(field), settings)
            raise unknown("recipe field", str(field), kind.model_fields)
    for name, known in nested(kind).items():
        inner = settings.get(name)
        for each in inner if isinstance(inner, dict) else ():
            if each not in known.model_fields:
                raise unknown(
                    f"setting of {name}", f"{name}.{each}", [f"{name}.{field}" for field in known.model_fields]
                )
    if isinstance(settings.get("optimizer"), str) and settings["optimizer"] not in OPTIMIZERS:
        raise unknown("optimizer", settings["optimizer"], OPTIMIZERS)


def nested(kind: type[Recipe]) -> dict[str, type[Settings]]:
    """Return the fields that have fields of their own, which are known: "augment"."""
    defaults = {name: field.default for name, field in kind.model_fields.items()}
    return {name: type(default) for name, default in defaults.items() if isinstance(default, Settings)}


def _refuse_field_of_others(field: str, settings: dict[str, Any]) -> None:
    """Raise RecipeError when a field is one of other tasks."""
    others = [name for name in registry.names("tasks") if field in recipe_class(name).model_fields]
    if others:
        task = settings.get("task") or registry.default_task()
        raise RecipeError(f"'{field}' is a setting of {' and '.join(others)}; this recipe is of the task {task}.")


def _explain(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if isinstance(part, str) and part.islower())
    return f"{where or 'recipe'}: {problem['msg'].removeprefix('Value error, ')} (found {problem['input']!r})."
