"""RecommendationPredictor: a network and all that is needed to ask it what somebody may like."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata
from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.errors import RunError, UnknownNameError, unknown
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import parse_json
from saccade.core.signature import Outputs, Signature, TensorSpec
from saccade.inference.keras_network import Network, at_once
from saccade.tasks.recommendation import reasons as reasoning
from saccade.tasks.recommendation.catalogue import Catalogue, Codes
from saccade.tasks.recommendation.recommendations import Reason, Recommendation, Recommendations

if TYPE_CHECKING:  # what a run knows of users is read with SciPy, which a machine that only predicts has not
    from saccade.tasks.recommendation.known_ratings import KnownRatings

COUNT = 10
"""Items that are recommended where nobody says how many."""

REASONS = 3
"""Ratings that are named for each."""

ROWS = 256
"""Persons that the network is given at once, at most: their ratings are dense then."""

RATINGS, EXPECTED, SCORES = "ratings", "expected", "scores"

Answers = NDArray[np.float32]


@dataclass(frozen=True)
class RecommendationPredictor:
    """A network that recommends, and all that is needed to ask it.

    Attributes:
        name: of the run or the file.
        outputs: gives "expected" and "scores", (n, items) each, for codes (n, items); any n.
        catalogue: the items.
        engine: what computes: "keras", or a file of `engines/`.
        known: what the run knows of its users; None of a file, which holds nobody's ratings.
    """

    name: str
    outputs: Outputs
    catalogue: Catalogue
    engine: str
    known: "KnownRatings | None" = None
    task: ClassVar[str] = "recommendation"
    modality: ClassVar[str] = "ratings"

    @property
    def signature(self) -> Signature:
        """Codes of ratings in, expected ratings and scores out."""
        return signature(self.catalogue)

    def codes_of_user(self, user: str) -> Codes:
        """Return (items,) codes of what the run knows of one of its users.

        Raises:
            RunError: an exported file holds nobody's ratings.
            UnknownNameError: there is no such user.
        """
        if self.known is None:
            raise RunError(f"{self.name} holds nobody's ratings, so it knows no user: say what they rated (--rate).")
        try:
            place = self.known.users.index(user)
        except ValueError:
            raise self._no_user(user, self.known.users) from None
        own, codes = self.known.ratings[[place]], np.zeros(len(self.catalogue), np.uint8)
        codes[own.indices] = self.known.scale.codes(own.data)
        return codes

    def codes_of(self, user: str, ratings: Mapping[str, float]) -> Codes:
        """Return (items,) codes of what is known of somebody: a user of the run, or "", and what else they rated.

        A rating of what the user had rated before counts in place of that.

        Raises:
            DataError: a rating is none of the scale, or an item is rated twice.
            RunError: an exported file holds nobody's ratings.
            UnknownNameError: there is no such user or item; names the nearest.
        """
        codes = self.catalogue.codes(ratings)
        return np.where(codes > 0, codes, self.codes_of_user(user)) if user else codes

    def _no_user(self, user: str, users: Sequence[str]) -> UnknownNameError:
        if len(users) <= ROWS:
            return unknown("user", user, users)
        return UnknownNameError(
            f"There is no user '{user[:100]}' among the {len(users):,} of this run, '{users[0]}' to '{users[-1]}'. For "
            "somebody new say what they rated (--rate)."
        )

    def expected(self, codes: Array) -> tuple[Answers, Answers]:
        """Return expected ratings and scores, (n, items) each, of all items for codes (n, items)."""
        blocks = [(found[EXPECTED], found[SCORES]) for _, found in self.answers(codes)]
        empty = np.zeros((0, len(self.catalogue)), np.float32)
        expected, scores = zip(*blocks, strict=True) if blocks else ((empty,), (empty,))
        return np.concatenate(expected), np.concatenate(scores)

    def answers(self, codes: Any) -> Iterator[tuple[Codes, Mapping[str, Array]]]:
        """Yield dense codes (b, items) and every output (b, items) by name, for some persons after the other.

        Args:
            codes: as `blocks` takes them.
        """
        for block in self.blocks(codes):
            yield block, self.outputs(block)

    def blocks(self, codes: Any) -> Iterator[Codes]:
        """Yield dense codes (b, items), so few that they fit in memory.

        Args:
            codes: (n, items), an array, or a sparse matrix by rows of which no more than a block is made dense.
        """
        most = min(ROWS, at_once(np.broadcast_to(np.float32(0), (1, len(self.catalogue)))))
        for start in range(0, codes.shape[0], most):
            some = codes[start : start + most]
            yield np.asarray(some.toarray() if hasattr(some, "toarray") else some, np.uint8)

    def recommend(
        self, codes: Any, *, count: int = COUNT, reasons: int = REASONS, names: Sequence[str] = ()
    ) -> Iterator[Recommendations]:
        """Yield what each person may like, in their order; never an item that they have rated.

        Args:
            codes: (n, items), what is known of them; an array, or a sparse matrix by rows.
            count: items for each, at most.
            reasons: ratings that are named for each item, at most; the network is asked once more for each rating of
                a person where it is not 0.
            names: of the persons, as many; left out: "".
        """
        place = 0
        for block, found in self.answers(codes):
            for row, own in enumerate(block):
                name = names[place] if names else ""
                yield self._of(own, found[EXPECTED][row], found[SCORES][row], name, count, reasons)
                place += 1

    def _of(self, codes: Codes, expected: Array, scores: Array, name: str, count: int, reasons: int) -> Recommendations:
        items = best(scores, codes, count)
        places, effects = np.zeros(0, np.int64), np.zeros((0, len(items)))
        if reasons:
            places, effects = reasoning.effects(lambda block: self.outputs(block)[SCORES], codes, scores, items)
        return composed(self.catalogue, codes, expected, scores, items, places, effects, name=name, reasons=reasons)


def best(scores: Array, codes: Codes, count: int) -> NDArray[np.int64]:
    """Return the places of the items with the highest scores (items,), of equal ones the first, that are not rated."""
    open_to = np.flatnonzero(codes == 0)
    return open_to[np.argsort(-scores[open_to], kind="stable")[:count]]


def composed(
    catalogue: Catalogue,
    codes: Codes,
    expected: Array,
    scores: Array,
    items: NDArray[np.int64],
    places: NDArray[np.int64],
    effects: NDArray[np.float64],
    *,
    name: str,
    reasons: int,
) -> Recommendations:
    """Return recommendations in words.

    Args:
        catalogue: the items.
        codes: (items,), of one person.
        expected: (items,), ratings that the network expects.
        scores: (items,).
        items: (k,), places of the recommended ones, best first.
        places: (r,), those of the ratings that were left out in turn.
        effects: (r, k), what each adds to the score of each recommended item.
        name: of the person.
        reasons: that are named for each, at most.
    """
    implicit = catalogue.scale.is_implicit
    found = [
        Recommendation(
            rank=rank,
            item=catalogue.items[item],
            title=catalogue.titles[item],
            score=float(scores[item]),
            expected=None if implicit else float(expected[item]),
            reasons=tuple(_reasons(catalogue, codes, places, effects[:, rank - 1], reasons)),
        )
        for rank, item in enumerate(items.tolist(), 1)
    ]
    return Recommendations(name, int(np.count_nonzero(codes)), len(places), tuple(found))


def _reasons(
    catalogue: Catalogue, codes: Codes, places: NDArray[np.int64], effects: NDArray[np.float64], most: int
) -> Iterator[Reason]:
    for at in np.argsort(-effects, kind="stable")[:most].tolist():
        if effects[at] > 0:
            place = int(places[at])
            rating = catalogue.scale.levels[codes[place] - 1]
            yield Reason(catalogue.items[place], catalogue.titles[place], rating, float(effects[at]))


def signature(catalogue: Catalogue) -> Signature:
    """Return what goes in and comes out of an exported recommender."""
    width = len(catalogue)
    top = len(catalogue.scale.levels)
    ratings = TensorSpec(
        RATINGS, "uint8", (None, width), f"what is rated: 0 is not, else the place in the scale, 1 to {top}"
    )
    expected = TensorSpec(EXPECTED, "float32", (None, width), "rating that the person would give each item")
    scores = TensorSpec(SCORES, "float32", (None, width), "by which items are ranked: higher is recommended sooner")
    return Signature((ratings,), (expected, scores))


def of_keras(network: Model, catalogue: Catalogue) -> Outputs:
    """Return outputs by name of a Keras model of codes, as runs keep them."""
    return signature(catalogue).named(Network(in_order(network)).outputs)


def in_order(network: Model) -> Model:
    """Return a Keras model with a list of its outputs, in the order of the signature; it has them by name."""
    return keras.Model(network.inputs[0], [network.output[name] for name in (EXPECTED, SCORES)], name=network.name)


def predictor_of_file(path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str) -> RecommendationPredictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        names = ("items", "titles", "counts", "scale")
        catalogue = Catalogue.from_dict({name: parse_json(metadata.texts[name]) for name in names})
    metadata.signature.refuse_other_tensors(signature(catalogue), needed=[EXPECTED, SCORES])
    return RecommendationPredictor(str(path), outputs, catalogue, engine)
