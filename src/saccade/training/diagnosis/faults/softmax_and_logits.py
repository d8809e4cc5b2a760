"""Softmax or sigmoid applied twice, or not at all: the last layer and the loss do not agree on what passes between."""

from collections.abc import Iterator

import numpy as np

from saccade.core.backend import keras
from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence
from saccade.training.diagnosis.loss_gradient import BINARY, Minimised


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield at most one finding for a model that is compiled with a cross-entropy of Keras."""
    loss, ends_in = evidence.loss, evidence.ends_in
    if not loss or not loss.classifies or not ends_in:
        return
    if ends_in == "softmax" and evidence.units == 1:
        yield _finding(
            "severe",
            "A softmax over one unit is always 1.",
            "Use a sigmoid, with binary_crossentropy on labels 0 and 1.",
        )
    elif loss.from_logits and ends_in != "raw":
        yield _twice(evidence, loss)
    elif not loss.from_logits and ends_in == "raw":
        yield _never(evidence, loss)
    elif ends_in == "sigmoid" and loss.name not in BINARY and evidence.units > 1:
        yield _finding(
            "warning",
            f"The answers of {evidence.units} sigmoids do not exclude one another, but {loss.name} takes them for "
            "probabilities of one choice.",
            "Use softmax; or binary_crossentropy, if an image can have several classes.",
        )


def _twice(evidence: Evidence, loss: Minimised) -> Finding:
    advice = "Drop the activation of the last layer, or from_logits=True."
    said = f"The model ends in a {evidence.ends_in}, but {loss.name} has from_logits=True and applies one again"
    on_tensorflow = keras.backend.backend() == "tensorflow"
    if on_tensorflow and (evidence.look.keeps_logits or evidence.look.last_layer is None):
        # Keras' losses on TensorFlow look for the numbers before a softmax, in the graph or on the tensor
        return _finding("warning", f"{said}. On TensorFlow Keras mends it for you, on JAX it does not.", advice)
    if evidence.units == 1 or loss.name in BINARY:
        return _finding("severe", f"{said}: no answer gets more than 73% or less than 50%.", advice)
    floor = np.log1p((evidence.units - 1) / np.e)
    return _finding("severe", f"{said}: the loss cannot fall below {floor:.2f}.", advice)


def _never(evidence: Evidence, loss: Minimised) -> Finding:
    answers = evidence.look.answers
    assert answers is not None
    activation = "a sigmoid" if loss.name in BINARY and evidence.units == 1 else "a softmax"
    activation = "sigmoids" if loss.name in BINARY and evidence.units > 1 else activation
    return _finding(
        "severe",
        f"{loss.name} expects probabilities, but the model answers with any number ({answers.min():.3g} to "
        f"{answers.max():.3g} here).",
        f"Give the loss from_logits=True, or end the model in {activation}.",
    )


def _finding(severity: str, title: str, advice: str) -> Finding:
    return Finding(kind="softmax_and_logits", severity=severity, title=title, advice=advice)
