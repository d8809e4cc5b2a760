"""Build an architecture with its options checked and its size known before memory is taken."""

import inspect
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import RecipeError, unknown

MOST_PARAMETERS = 200_000_000
"""Larger networks are refused: 800 MB of weights, and three times that to train them."""

_counted: dict[tuple[Callable[..., Any], str, str], int] = {}
"""Parameters of what this process has built, by architecture, arguments and options."""


def build(kind: str, name: str, where: str, *arguments: Any, options: Mapping[str, Any]) -> Any:
    """Return a fresh Keras model of an architecture.

    Args:
        kind: the drop-in folder: "models" or "autoencoders".
        name: a file of it.
        where: what it is built for, in words.
        arguments: of the architecture's `build`.
        options: its keyword arguments.

    Raises:
        UnknownNameError: no such architecture or option; names the nearest.
        RecipeError: an option has a value that cannot work, the inputs are too small for the network, or the network
            has more than `MOST_PARAMETERS`.
    """
    architecture = registry.load(kind, name).build
    _refuse_unknown_options(kind, name, options)
    _refuse_text_for_truth(kind, name, options)
    try:
        _refuse_too_large(name, _parameters(architecture, arguments, options))
        return architecture(*arguments, **options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"The model '{name}' cannot be built for {where}: {error}") from error


def options(kind: str, name: str) -> dict[str, Any]:
    """Return the options of an architecture and their defaults."""
    parameters = inspect.signature(registry.load(kind, name).build).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}


def _refuse_unknown_options(kind: str, name: str, given: Mapping[str, Any]) -> None:
    known = options(kind, name)
    for option in given:
        if option not in known:
            raise unknown(f"option of model {name}", option, known)


def _refuse_text_for_truth(kind: str, name: str, given: Mapping[str, Any]) -> None:
    """Raise RecipeError where an option that is true or false is anything else: the text "false" would be true."""
    known = options(kind, name)
    for option, value in given.items():
        if isinstance(known[option], bool) and not isinstance(value, bool):
            raise RecipeError(
                f"model.{option} of '{name}' is true or false; found {value!r}. In Python write True or False."
            )


def _refuse_too_large(name: str, parameters: int) -> None:
    if parameters > MOST_PARAMETERS:
        raise RecipeError(
            f"The model '{name}' would have {parameters:,} parameters, more than {MOST_PARAMETERS:,}. "
            "Use fewer filters or units, smaller images (--image-size), or more pooling."
        )


def _parameters(architecture: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]) -> int:
    """Return how many a network would have; one that is built again, for a fold or a trial, was counted before."""
    asked = (architecture, repr(arguments), repr(sorted(options.items())))
    if asked not in _counted:
        _counted[asked] = _count_parameters(lambda: architecture(*arguments, **options))
    return _counted[asked]


def _count_parameters(make: Callable[[], Any]) -> int:
    """Build a network without memory for its weights, and count them.

    In a stateless scope Keras knows the shape of a variable but does not fill it. This happens in a thread of
    its own because Keras keeps the list of unfilled variables, and the counters of layer names, by thread.
    The seeds that layers draw from `random` are put back, so that the real network starts as if there had
    been no dry run.
    """
    seeds = random.getstate()
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="count-parameters") as thread:
            return thread.submit(_dry_run, make).result()
    finally:
        random.setstate(seeds)


def _dry_run(make: Callable[[], Any]) -> int:
    with keras.StatelessScope(initialize_variables=False):
        return int(make().count_params())
