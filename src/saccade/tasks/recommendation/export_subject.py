"""A recommender as the subject of an export, and when a file answers like it."""

import numpy as np

from saccade.core.backend import Model, keras
from saccade.core.errors import ExportError
from saccade.core.run import Run
from saccade.export.parity import Criterion, Named, Tolerance
from saccade.export.subject import Subject, held_out_of, some_of
from saccade.tasks import base
from saccade.tasks.recommendation.predictor import RATINGS, SCORES, in_order, of_keras
from saccade.tasks.recommendation.run_predictor import catalogue_of, known_ratings

TOLERANCES = {  # relative to the spread of an output, and of the users to whom the very same ten are recommended
    "float32": Tolerance(difference=1e-3, agreement=0.98),
    "float16": Tolerance(difference=0.05, agreement=0.8),
}

TOP = 10


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a recommender is made of; codes of ratings go in, expected ratings and scores come out.

    The users that are compared are real ones: what is known of those of the validation split.

    Raises:
        ExportError: integers of 8 bits are asked for.
    """
    if precision not in TOLERANCES:
        raise ExportError(
            f"A network that recommends is exported in {' or '.join(TOLERANCES)}, not in {precision}: most of what it "
            "is given is 0, and what tells one item from the next is less than 8 bits hold."
        )
    dataset = base.reload(run, data=data, quiet=quiet)
    split, held_out = held_out_of(dataset, ("validation", "train"))
    return Subject(
        network=taking_codes(model),
        outputs=of_keras(model, catalogue_of(known_ratings(run))),
        criterion=Criterion(_differences, _agreement, TOLERANCES[precision], ", relative"),
        held_out=held_out,
        split=split,
        timed=held_out,
        samples=some_of(dataset, "train"),
    )


def taking_codes(model: Model) -> Model:
    """Return a Keras model around one that takes codes as float32: it takes them as uint8, (n, items)."""
    codes = keras.Input(model.input_shape[1:], dtype="uint8", name=RATINGS)
    return keras.Model(codes, in_order(model)(keras.ops.cast(codes, "float32")), name="shipped")


def _differences(found: Named, expected: Named) -> dict[str, float]:
    """Return the largest difference of each output, in standard deviations of that output over all items."""
    return {
        name: float(np.abs(found[name] - expected[name]).max() / max(float(expected[name].std()), 1e-6))
        for name in found
    }


def _agreement(found: Named, expected: Named) -> float:
    """Return the part of the users to whom both would recommend the same ten, in whatever order."""
    first, second = (np.sort(np.argsort(-each[SCORES], axis=1, kind="stable")[:, :TOP]) for each in (found, expected))
    return float((first == second).all(axis=1).mean())
