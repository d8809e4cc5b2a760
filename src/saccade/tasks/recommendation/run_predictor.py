"""A run, with what it knows of its users, as what answers."""

import numpy as np

from saccade.core.backend import Model
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.core.shell_words import shell_word
from saccade.core.signature import Signature
from saccade.inference.opening import file_or_keras
from saccade.tasks.recommendation.catalogue import Catalogue
from saccade.tasks.recommendation.known_ratings import KnownRatings
from saccade.tasks.recommendation.predictor import RecommendationPredictor, of_keras, signature


def known_ratings(run: Run) -> KnownRatings:
    """Return what a run knows of its users; raises RunError where its training did not come to its end."""
    found = run.load(KnownRatings)
    if found is None:
        raise RunError(
            f"{run.path} does not say which items its network knows: its training did not come to its end. Go on with: "
            f"saccade train --resume {shell_word(run.path)}"
        )
    return found


def catalogue_of(known: KnownRatings) -> Catalogue:
    """Return the items of what a run knows."""
    counts = np.bincount(known.ratings.indices, minlength=len(known.items)).tolist()
    return Catalogue(known.items, known.titles, tuple(counts), known.scale)


def run_signature(run: Run) -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return signature(catalogue_of(known_ratings(run)))


def to_metadata(run: Run) -> Json:
    """Return what an exported file says of the items: their names, titles and scale; nothing of any user."""
    return catalogue_of(known_ratings(run)).to_dict()


def open_predictor(run: Run, *, model: Model = None) -> RecommendationPredictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.
    """
    known = known_ratings(run)
    catalogue = catalogue_of(known)
    outputs, engine = file_or_keras(
        run, model, of_file=lambda outputs: outputs, of_keras=lambda network: of_keras(network, catalogue)
    )
    return RecommendationPredictor(str(run.path), outputs, catalogue, engine, known)
