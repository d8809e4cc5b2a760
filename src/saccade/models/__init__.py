"""Architectures, a file each: `build(input_shape, outputs, *, options) -> keras.Model`.

A network takes raw pixels, 0 to 255, and answers with one probability a class.
"""

import inspect
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from saccade import registry
from saccade.backend import keras
from saccade.errors import RecipeError, unknown

MOST_PARAMETERS = 200_000_000
"""Larger networks are refused: 800 MB of weights, and three times that to train them."""


def build(name: str, input_shape: tuple[int, int, int], outputs: int, options: Mapping[str, Any]) -> Any:
    """Return a fresh Keras model of an architecture.

    Args:
        name: a file of this folder: "convnet".
        input_shape: (height, width, channels) of the pictures.
        outputs: units of the last layer, one a class.
        options: keyword arguments of the architecture's `build`.

    Raises:
        UnknownNameError: no such architecture or option; names the nearest.
        RecipeError: an option has a value that cannot work, the pictures are too small for the network, or
            the network has more than `MOST_PARAMETERS`.
    """
    architecture = registry.load("models", name).build
    _refuse_unknown_options(name, architecture, options)
    height, width, channels = input_shape
    try:
        parameters = _count_parameters(lambda: architecture(input_shape, outputs, **options))
        _refuse_too_large(name, parameters)
        return architecture(input_shape, outputs, **options)
    except (TypeError, ValueError) as error:
        shape = f"{height}×{width}×{channels}"
        raise RecipeError(f"The model '{name}' cannot be built for {shape} pictures: {error}") from error


def options(name: str) -> dict[str, Any]:
    """Return the options of an architecture and their defaults."""
    parameters = inspect.signature(registry.load("models", name).build).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}


def _refuse_unknown_options(name: str, architecture: Callable[..., Any], given: Mapping[str, Any]) -> None:
    known = options(name)
    for option in given:
        if option not in known:
            raise unknown(f"option of model {name}", option, known)


def _refuse_too_large(name: str, parameters: int) -> None:
    if parameters > MOST_PARAMETERS:
        raise RecipeError(
            f"The model '{name}' would have {parameters:,} parameters, more than {MOST_PARAMETERS:,}. "
            "Use fewer filters or units, smaller pictures (--image-size), or more pooling."
        )


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
