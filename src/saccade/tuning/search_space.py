"""The settings that a search changes: those that the recipe names, or those of task, architecture and optimizer."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from saccade.core import registry
from saccade.core.dataset import Dataset
from saccade.core.errors import RecipeError, SaccadeError, unknown
from saccade.core.recipe import Recipe, nested
from saccade.tasks import base
from saccade.tuning.dimension import Choice, Dimension, Range, dimension, plain

WAY = "way"
"""Not a setting: which of the task's ways to train (see `training.contender`) a trial takes."""

FIXED = {
    **dict.fromkeys(("epochs", "steps", "budget"), "how long a trial trains is planned by the search"),
    **dict.fromkeys(
        ("data", "split", "validation", "test", "split_seed", "label", "overrides", "normal", "calibration"),
        "all settings are compared on the same rows",
    ),
    "threshold": "it changes no score by which settings are compared; choose another without a training: saccade "
    "threshold RUN",
    **dict.fromkeys(("name", "task", "seed", "asked", "search", "precision"), "it is no setting to be better by"),
}
"""Fields that no search changes, and why."""


def search_space(recipe: Recipe, dataset: Dataset) -> tuple[Dimension, ...]:
    """Return what is searched: what the recipe says, or else what task, architecture and optimizer offer.

    Raises:
        UnknownNameError: the recipe names a setting that does not exist; names the nearest.
        RecipeError: bounds or choices cannot work.
    """
    said = recipe.search or offered(recipe, dataset)
    found = tuple(dimension(name, values) for name, values in said.items())
    for each in found:
        _refuse(each, recipe)
    return found if recipe.search else tuple(_with_own(each, recipe) for each in found)


def offered(recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """Return what can be searched where the recipe does not say it, in the form of its `search`."""
    task = base.named(recipe.task, dataset.modality)
    ways = [each.name for each in task.contenders(recipe, dataset)]
    rate, batch = recipe.learning_rate, recipe.batch_size
    common: dict[str, Any] = {"learning_rate": [rate / 10, rate * 5, "log"]}
    if recipe.weight_decay:
        common["weight_decay"] = [recipe.weight_decay / 10, recipe.weight_decay * 10, "log"]
    common["batch_size"] = {"choices": sorted({max(8, batch // 2), batch, 2 * batch})}
    own = {name: said for name, said in task.search_space(recipe, dataset).items() if not (ways and "size" in name)}
    return {**({WAY: {"choices": ways}} if len(ways) > 1 else {}), **common, **_of_model(recipe), **own}


def value_of(recipe: Recipe, name: str) -> Any:
    """Return what a recipe says of a setting, its architecture's default where it says nothing; None of `WAY`."""
    field, _, inner = name.partition(".")
    if name == WAY:
        return None
    if field == "model" and inner:
        return plain(recipe.model.options.get(inner, _options(recipe).get(inner)))
    found = getattr(recipe, field)
    return plain(getattr(found, inner) if inner else found)


def _of_model(recipe: Recipe) -> dict[str, Any]:
    """Return what of an architecture's options is worth a search: what it says, else dropout, width, depth, units."""
    kind = str(registry.constant("tasks", recipe.task, "NETWORKS"))
    said = getattr(registry.load(kind, recipe.model.name), "SEARCH", None)
    if said is None:
        defaults = {**_options(recipe), **recipe.model.options}
        said = {name: found for name in defaults if (found := _around(name, defaults[name])) is not None}
    return {f"model.{name}": values for name, values in said.items()}


def _around(option: str, value: Any) -> Any:
    """Return values around that of a usual option; None for others."""
    if option == "dropout":
        return [0.0, 0.5]
    if option in ("width", "hidden") and isinstance(value, int | float) and value:
        return [type(value)(value / 2), type(value)(value * 2), "log"]
    if option == "hidden" and isinstance(value, list | tuple) and value:
        return {"choices": [[max(1, int(units * factor)) for units in value] for factor in (0.5, 1, 2)]}
    if option == "depth" and isinstance(value, int):
        return [max(1, value - 1), value + 1]
    return None


def _options(recipe: Recipe) -> Mapping[str, Any]:
    """Return the options of the recipe's architecture and their defaults."""
    kind = str(registry.constant("tasks", recipe.task, "NETWORKS"))
    parameters = inspect.signature(registry.load(kind, recipe.model.name).build).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}


def _refuse(each: Dimension, recipe: Recipe) -> None:
    """Raise SaccadeError where a setting does not exist, is not to be searched, or does not take its values."""
    field, _, inner = each.name.partition(".")
    if each.name == WAY:
        return
    if field in FIXED:
        raise RecipeError(f"search: '{field}' cannot be searched: {FIXED[field]}. Leave it out.")
    if field not in type(recipe).model_fields:
        raise unknown("setting to search", each.name, _names(recipe))
    if field == "model" and inner and inner not in _options(recipe):
        raise unknown(f"option of model {recipe.model.name}", inner, _options(recipe))
    for value in each.ends:
        try:
            recipe.changed(**{each.name: value})
        except SaccadeError as error:
            raise RecipeError(f"search: {error}") from error


def _names(recipe: Recipe) -> Iterable[str]:
    inner = (f"{name}.{field}" for name, kind in nested(type(recipe)).items() for field in kind.model_fields)
    return [
        *(name for name in type(recipe).model_fields if name not in FIXED),
        *inner,
        *(f"model.{option}" for option in _options(recipe)),
    ]


def _with_own(each: Dimension, recipe: Recipe) -> Dimension:
    """Return a dimension that reaches to the recipe's own value, so that the search can go on from there."""
    own = value_of(recipe, each.name)
    if own is None or each.holds(own):
        return each
    if isinstance(each, Choice):
        return Choice(each.name, (own, *each.values))
    if isinstance(own, int | float) and not isinstance(own, bool) and not (each.log and own <= 0):
        return Range(each.name, min(each.low, own), max(each.high, own), log=each.log)
    return each
