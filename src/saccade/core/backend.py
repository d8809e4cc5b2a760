"""Keras backend, seeds, precision, device: the only global state.

Every module that needs Keras writes `from saccade.core.backend import keras`, so that the environment is set before
Keras and TensorFlow read it. They load when something of Keras is first asked for: who only reads answers, as
`saccade predict` does with an ONNX file, never waits for them.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from numpy.typing import NDArray

from saccade.core import preloading
from saccade.core.hidden_packages import without_packages

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextmanager
def without_native_log() -> Iterator[None]:
    """Drop what TensorFlow's C++ code prints while it loads: it comes before any setting can silence it."""
    _let_python_speak()
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(silence)
        os.close(kept)


def _let_python_speak() -> None:
    """Give Python's standard error a descriptor of its own, for good: what another thread says at any moment is heard.

    Turned there and back for each import, a sentence was lost that came in between.
    """
    if sys.stderr is None or sys.stderr is not sys.__stderr__:  # done before, captured, or turned elsewhere
        return
    encoding = os.device_encoding(2) or "utf-8"
    sys.stderr = open(os.dup(2), "w", buffering=1, encoding=encoding, errors="backslashreplace")  # noqa: SIM115, PTH123


LEFT_OUT = ("matplotlib", "matplotlib.pyplot", "pandas")
"""What Keras imports where it is installed, and we never ask it for: galleries of images, data frames."""

WRAPPERS = "keras.wrappers"
"""For scikit-learn, of which it imports a large part."""

_LOADING = Lock()


@cache
def _load_keras() -> Any:
    with _LOADING, without_native_log():
        import keras  # noqa: PLC0415

    # several trainings in one process retrace: nothing is wrong
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return keras


def load_ahead(*, alone: bool = False) -> None:
    """Begin to import Keras in a thread of its own, where it is not there yet; who needs it then waits for the rest.

    Packages that data are read with and that Keras imports too are imported before, so that two threads never import
    the same one.

    Args:
        alone: nobody else uses Keras in this process, so that it does without the packages that it takes for them: a
            third of its time to start.
    """
    if "keras" in sys.modules:
        return
    import scipy.sparse  # noqa: PLC0415

    if not alone:
        import scipy.stats  # noqa: F401, PLC0415
        import sklearn.base  # noqa: F401, PLC0415

    from saccade.core import blas  # noqa: PLC0415  (not where nothing is trained)

    blas.find()
    _let_python_speak()  # here, before there are two threads
    preloading.begin(_load_keras_alone if alone else _load_keras)


def _load_keras_alone() -> Any:
    with without_packages(LEFT_OUT, empty=[WRAPPERS]):
        return _load_keras()


class _Keras:
    """The package `keras`, which is imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_load_keras(), name)


keras: Any = _Keras()

Model = Any
"""A `keras.Model`: Keras has no types."""

Layer = Any
"""A `keras.Layer`."""

Tensor = Any
"""A tensor of Keras's backend, symbolic or not."""

Precision = Literal["auto", "float32", "bfloat16", "float16"]

__all__ = [
    "Precision",
    "describe",
    "fastest_precision",
    "gradients",
    "keras",
    "policy_for",
    "precision_scope",
    "seed_everything",
]


def seed_everything(seed: int) -> None:
    """Make initial weights, dropout and augmentation repeatable on this machine."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  (only when it is the backend)

        tf.config.experimental.enable_op_determinism()


def policy_for(precision: Precision) -> str:
    """Return the Keras dtype policy of a precision; "auto" is what the hardware is fastest in."""
    chosen = fastest_precision() if precision == "auto" else precision
    return chosen if chosen == "float32" else f"mixed_{chosen}"


@contextmanager
def precision_scope(policy: str) -> Iterator[None]:
    """Build layers under a dtype policy and put the old policy back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def fastest_precision() -> str:
    """Return the number format that what computes here has fast arithmetic for: as the GPU, or else the processor.

    On TensorFlow only: measured on a CPU, bfloat16 makes Keras on JAX slower.
    """
    from saccade.core import device  # noqa: PLC0415  (which stands on this module)

    if keras.backend.backend() != "tensorflow":
        return "float32"
    if gpus := device.active_gpus():
        return gpus[0].precision
    return "bfloat16" if _cpu_flags() & {"avx512_bf16", "amx_bf16"} else "float32"


def gradients(function: Callable[[list[Any]], Any], values: Sequence[Any]) -> list[NDArray[Any]]:
    """Return the derivatives of a function that gives one number, by each of its tensors, of their shapes.

    Keras computes on three backends but has no gradient of its own.

    Args:
        function: takes a list of tensors; zeros are returned for those that its number does not depend on.
        values: the place, arrays or tensors.
    """
    places = [keras.ops.convert_to_tensor(value) for value in values]
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415

        with tf.GradientTape() as tape:
            tape.watch(places)
            number = function(places)
        slopes = tape.gradient(number, places, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    elif keras.backend.backend() == "jax":
        import jax  # noqa: PLC0415

        slopes = jax.grad(function)(places)
    else:
        import torch  # noqa: PLC0415

        places = [place.detach().clone().requires_grad_(True) for place in places]
        with torch.enable_grad():
            found = torch.autograd.grad(function(places), places, allow_unused=True)
        slopes = [torch.zeros_like(at) if slope is None else slope for at, slope in zip(places, found, strict=True)]
    return [keras.ops.convert_to_numpy(slope) for slope in slopes]


def multiplies_tiles() -> bool:
    """Say whether the processor multiplies whole tiles of bfloat16 at once (Intel's AMX)."""
    return keras.backend.backend() == "tensorflow" and "amx_bf16" in _cpu_flags()


def describe() -> dict[str, str]:
    """Return versions and the device, for the record of a run."""
    import platform  # noqa: PLC0415
    from importlib.metadata import version  # noqa: PLC0415

    from saccade.core import device  # noqa: PLC0415  (which stands on this module)

    packages = ("saccade", "keras", "tensorflow", "numpy", "pillow")
    found = {name: version(name) for name in packages}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "backend": keras.backend.backend(),
        "device": device.describe(),
        **found,
    }


def _cpu_flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")  # Linux; elsewhere we do not know and stay with float32
    if not cpuinfo.exists():
        return set()
    lines = (line for line in cpuinfo.read_text().splitlines() if line.startswith("flags"))
    return set(next(lines, "").split())
