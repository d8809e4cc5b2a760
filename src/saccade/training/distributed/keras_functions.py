"""Keras's own functions that draw random numbers and take statistics of a batch, replaced for a while.

Keras has no public way to it: its layers draw and average by functions of its TensorFlow backend, and neither a layer
nor a context can say that a batch is a part of a larger one (`BatchNormalization(synchronized=True)` could, of the
layers, within a distribution strategy of TensorFlow; nothing could for what is drawn). So this is the one place that
knows where they are, and `require_replaceable` says clearly, before anything is trained, when a version of Keras has
them elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from saccade.core.backend import keras
from saccade.core.errors import RecipeError

Function = Callable[..., Any]

PLACES = {"random": "keras.src.backend.tensorflow.random", "statistics": "keras.src.backend.tensorflow.nn"}

PAIR = np.ones((2, 1), np.float32)

PUBLIC: Mapping[tuple[str, str], Callable[[], Any]] = {
    ("random", "uniform"): lambda: keras.random.uniform((2,), seed=0),
    ("random", "normal"): lambda: keras.random.normal((2,), seed=0),
    ("random", "truncated_normal"): lambda: keras.random.truncated_normal((2,), seed=0),
    ("random", "randint"): lambda: keras.random.randint((2,), 0, 2, seed=0),
    ("random", "gamma"): lambda: keras.random.gamma((2,), 1.0, seed=0),
    ("random", "beta"): lambda: keras.random.beta((2,), 1.0, 1.0, seed=0),
    ("random", "dropout"): lambda: keras.random.dropout(PAIR, 0.5, seed=0),
    ("random", "categorical"): lambda: keras.random.categorical(PAIR, 1, seed=0),
    ("random", "binomial"): lambda: keras.random.binomial((2,), 1.0, 0.5, seed=0),
    ("random", "shuffle"): lambda: keras.random.shuffle(PAIR, seed=0),
    ("statistics", "moments"): lambda: keras.ops.moments(PAIR, axes=[0]),
}
"""What is replaced, and a public call that has to arrive there."""


class _Arrived(Exception):
    """A public function of Keras has called what was put in its place."""


@contextmanager
def replaced(functions: Mapping[tuple[str, str], Callable[[Function], Function]]) -> Iterator[None]:
    """Put something in the place of Keras's functions, in this process, until the end of the block.

    Args:
        functions: of (place, name), as in `PUBLIC`: makes what stands there, of the function that did.

    Raises:
        RecipeError: Keras has no such function there.
    """
    with ExitStack() as undone:
        for (place, name), make in functions.items():
            module, before = _found(place, name)
            undone.callback(setattr, module, name, before)
            setattr(module, name, make(before))
        yield


def require_replaceable() -> None:
    """Make sure that what Keras draws and averages goes through the functions that are replaced.

    Raises:
        RecipeError: this version of Keras does it in another way, with which several processes would differ from one.
    """
    for (place, name), call in PUBLIC.items():
        with replaced({(place, name): lambda before: _arrive}):
            try:
                call()
            except _Arrived:
                continue
        raise _elsewhere(place, name)


def _arrive(*given: Any, **named: Any) -> Any:
    raise _Arrived


def _found(place: str, name: str) -> tuple[Any, Function]:
    try:
        module = import_module(PLACES[place])
        return module, getattr(module, name)
    except (ImportError, AttributeError) as error:
        raise _elsewhere(place, name) from error


def _elsewhere(place: str, name: str) -> RecipeError:
    return RecipeError(
        f"Several processes cannot train with Keras {keras.__version__}: its {name} is not that of {PLACES[place]}, "
        "which ranks share. Install a version that Saccade names (pip install --upgrade saccade), or train by one."
    )
