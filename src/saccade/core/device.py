"""Device: the processor or a GPU, which computes; and how much memory it has free."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

from saccade.core import memory
from saccade.core.backend import keras
from saccade.core.errors import RecipeError

Device = Literal["auto", "cpu", "gpu"]
"""What shall compute: "auto" is a GPU where there is one."""

Given = ParamSpec("Given")
Result = TypeVar("Result")

_ACTIVE: ContextVar[Device] = ContextVar("device", default="auto")


@dataclass(frozen=True)
class Gpu:
    """A graphics card that the backend can use.

    Attributes:
        name: as its driver gives it: "NVIDIA H100".
        capability: NVIDIA's compute capability, such as (9, 0); (0, 0) where it is not known.
    """

    name: str
    capability: tuple[int, int] = (0, 0)

    @property
    def precision(self) -> str:
        """The fastest number format that it has arithmetic for: "bfloat16", "float16" or "float32".

        From compute capability 8.0 (Ampere) on it is bfloat16, from 7.0 (Volta) on float16.
        """
        return "bfloat16" if self.capability >= (8, 0) else "float16" if self.capability >= (7, 0) else "float32"


def gpus() -> list[Gpu]:
    """Return the GPUs that the backend can use."""
    found: dict[str, Callable[[], list[Gpu]]] = {"tensorflow": _of_tensorflow, "jax": _of_jax, "torch": _of_torch}
    return found[keras.backend.backend()]()


def active_gpus() -> list[Gpu]:
    """Return the GPUs that compute here: none where the processor was asked for."""
    return [] if _ACTIVE.get() == "cpu" else gpus()


def describe() -> str:
    """Return what computes here, for people: "NVIDIA H100" or "CPU, 8 cores"."""
    found = active_gpus()
    return found[0].name if found else f"CPU, {os.cpu_count()} cores"


@contextmanager
def device_scope(device: Device) -> Iterator[None]:
    """Compute on a device: variables, tensors and graphs that are made within it lie there.

    Args:
        device: "cpu", "gpu", or "auto": what the backend takes, a GPU where it sees one.

    Raises:
        RecipeError: a GPU is asked for and there is none.
    """
    found = gpus()
    if device == "gpu" and not found:
        raise RecipeError(
            f"There is no GPU that {keras.backend.backend()} can use. Train with --device cpu, or with auto, which "
            "takes a GPU where there is one."
        )
    _prepare(device)
    token = _ACTIVE.set(device)
    try:
        if device == "auto":
            yield
        else:
            with keras.device(f"{device}:0"):
                yield
    finally:
        _ACTIVE.reset(token)


def on_its_device(device_of: Callable[..., Device]) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Return a decorator that runs a function on the device that `device_of` finds in its first argument."""

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        @wraps(function)
        def run(*args: Given.args, **named: Given.kwargs) -> Result:
            with device_scope(device_of(args[0])):
                return function(*args, **named)

        return run

    return decorate


def free_memory() -> int:
    """Return the bytes that are free where the data of a training lie: on the GPU, or in memory."""
    free = _free_on_gpu() if active_gpus() else None
    return memory.free() if free is None else min(free, memory.free())


def _prepare(device: Device) -> None:
    """Before TensorFlow starts: hide the GPUs from who wants none, and take of their memory only what is needed."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf  # noqa: PLC0415

    cards = tf.config.list_physical_devices("GPU")
    with suppress(RuntimeError):  # it runs already: `keras.device` places all the same
        if cards and device == "cpu":
            tf.config.set_visible_devices([], "GPU")
        for card in cards:
            tf.config.experimental.set_memory_growth(card, True)


def _of_tensorflow() -> list[Gpu]:
    import tensorflow as tf  # noqa: PLC0415

    details = [tf.config.experimental.get_device_details(card) for card in tf.config.list_physical_devices("GPU")]
    return [Gpu(str(each.get("device_name", "GPU")), each.get("compute_capability", (0, 0))) for each in details]


def _of_jax() -> list[Gpu]:
    import jax  # noqa: PLC0415

    try:
        return [_named(each.device_kind, getattr(each, "compute_capability", "")) for each in jax.devices("gpu")]
    except RuntimeError:  # how JAX says that there is none
        return []


def _named(name: str, capability: Any) -> Gpu:
    major, _, minor = str(capability).partition(".")
    return Gpu(name, (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0))


def _of_torch() -> list[Gpu]:
    import torch  # noqa: PLC0415

    cards = range(torch.cuda.device_count())
    return [Gpu(torch.cuda.get_device_name(card), torch.cuda.get_device_capability(card)) for card in cards]


def _free_on_gpu() -> int | None:
    """Return the bytes that are free on the first GPU, as NVIDIA's own tool says; None where it does not say."""
    card = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0] or "0"
    asked = ["nvidia-smi", f"--id={card}", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout
        return int(said.split()[0]) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
