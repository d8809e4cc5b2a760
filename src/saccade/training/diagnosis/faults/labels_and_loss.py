"""Labels of a shape that the loss is not made for: class numbers where it wants one-hot rows, and the reverse."""

from collections.abc import Iterator

from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence, class_numbers
from saccade.training.diagnosis.loss_gradient import BINARY, DISTANCES, ONE_HOT, SPARSE


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield at most one finding; a loss of the user's own is not judged."""
    if evidence.all_labels is None or not evidence.loss or not evidence.loss.name or not evidence.units:
        return
    misfit = _misfit(evidence.loss.name, evidence)
    if misfit:
        title, advice = misfit
        yield Finding(kind="labels_and_loss", severity="severe", title=title, advice=advice)


def _misfit(loss: str, evidence: Evidence) -> tuple[str, str] | None:
    labels, units = evidence.all_labels, evidence.units
    assert labels is not None
    shape = "(" + ", ".join(["n", *map(str, labels.shape[1:])]) + ")"
    numbers = labels.ndim == 1 or labels.shape[1:] == (1,)
    misfits = (
        (
            loss in SPARSE and units == 1,
            f"{loss} on one output: there is nothing to choose between, and nothing is learned.",
            "Use binary_crossentropy on one sigmoid, or as many outputs as classes.",
        ),
        (
            loss in SPARSE and not numbers,
            f"{loss} wants class numbers (n,), found labels {shape}.",
            "Use categorical_crossentropy for one-hot labels.",
        ),
        (
            loss in ONE_HOT and numbers and units > 1,
            f"{loss} wants one-hot labels (n, {units}), found class numbers {shape}.",
            "Use sparse_categorical_crossentropy.",
        ),
        (
            loss in (*BINARY, *DISTANCES) and numbers and units > 1,
            f"{loss} compares {units} outputs with {units} targets, found one label an image, {shape}.",
            "For classes use sparse_categorical_crossentropy; for measurements use one output.",
        ),
        (
            loss not in SPARSE and not numbers and labels.ndim == 2 and labels.shape[1] != units,
            f"Labels {shape} do not fit {units} outputs.",
            f"Give the last layer {labels.shape[-1]} units.",
        ),
        (
            loss in ONE_HOT and not numbers and class_numbers(labels) is None,
            f"{loss} wants rows that sum to 1, found labels {shape} that do not: several classes an image?",
            "Use binary_crossentropy and sigmoid, or labels with one class an image.",
        ),
    )
    return next(((title, advice) for applies, title, advice in misfits if applies), None)
