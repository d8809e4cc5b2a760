"""Network and what a run knows of its users → what is shown of its inside."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.errors import DataError
from saccade.tasks.recommendation import reasons as reasoning
from saccade.tasks.recommendation.inspection.hidden_layer import HiddenLayer, Weighed, hidden_layer
from saccade.tasks.recommendation.inspection.views import (
    ItemInspection,
    SwitchedUnit,
    Unit,
    UnitsOverview,
    UserInspection,
)
from saccade.tasks.recommendation.known_ratings import KnownRatings
from saccade.tasks.recommendation.predictor import RecommendationPredictor

NAMED = 8
"""Items that are named for a unit, on or off."""

NEIGHBOURS = 12

UNITS_OF_ONE = 8
"""Units that are shown of an item or a user."""

DRAWN = 2000
"""Users over whom means are, at most: drawn at random, always the same ones."""

Numbers = NDArray[np.float64]


def overview(network: Model, predictor: RecommendationPredictor, known: KnownRatings, *, title: str) -> UnitsOverview:
    """Return what each hidden unit of a run stands for; raises RunError where the network has none by name."""
    layer = hidden_layer(network, predictor)
    answers = _of_users(layer, predictor, known)
    means, spreads = answers.mean(axis=0), answers.std(axis=0)
    units = tuple(
        Unit(
            number=unit,
            mean=float(means[unit]),
            spread=float(spreads[unit]),
            on=layer.strongest(unit, NAMED),
            off=layer.strongest(unit, NAMED, sign=-1),
        )
        for unit in np.argsort(-spreads, kind="stable").tolist()
    )
    return UnitsOverview(f"{title}: what the hidden units stand for", len(answers), layer.meaning, units)


def _of_users(layer: HiddenLayer, predictor: RecommendationPredictor, known: KnownRatings) -> Numbers:
    """Return what the units say, (users, units), of users of the run."""
    rows = np.sort(np.random.default_rng(0).permutation(len(known.users))[:DRAWN])
    blocks = [layer.answers(block) for block in predictor.blocks(known.codes[rows])]
    return np.concatenate(blocks).astype(np.float64)


def inspect_item(
    network: Model, predictor: RecommendationPredictor, known: KnownRatings, word: str, *, title: str
) -> ItemInspection:
    """Return an item, those that are alike, and the units that it moves; raises UnknownNameError where there is none.

    Args:
        network: of the run.
        predictor: of the run.
        known: what the run knows of its users.
        word: the item's name or title.
        title: of the run.
    """
    layer, place = hidden_layer(network, predictor), predictor.catalogue.place(word)
    cosines = layer.cosines(place)
    others = layer.common[layer.common != place]
    order = others[np.argsort(-cosines[others], kind="stable")]
    weights = layer.weights[place]
    units = np.argsort(-np.abs(weights), kind="stable")[:UNITS_OF_ONE].tolist()
    own = known.ratings[:, [place]].data
    return ItemInspection(
        title=f"{title}: {predictor.catalogue.titles[place]}",
        item=predictor.catalogue.items[place],
        ratings=len(own),
        mean=float(own.mean()) if len(own) and not predictor.catalogue.scale.is_implicit else None,
        meaning=layer.meaning,
        neighbours=tuple(layer.weighed(at, float(cosines[at])) for at in order[:NEIGHBOURS].tolist()),
        opposites=tuple(layer.weighed(at, float(cosines[at])) for at in order[::-1][:NEIGHBOURS].tolist()),
        units=tuple((unit, float(weights[unit]), layer.strongest(unit, NAMED)) for unit in units),
    )


def inspect_user(
    network: Model, predictor: RecommendationPredictor, known: KnownRatings, user: str, *, title: str
) -> UserInspection:
    """Return the hidden units that a user of the run moves most, and the ratings that do it.

    Raises:
        UnknownNameError: there is no such user.
        DataError: nothing is known of this one.
    """
    layer, codes = hidden_layer(network, predictor), predictor.codes_of_user(user)
    if not codes.any():
        raise DataError(f"Nothing is known of user '{user}', so there is nothing to see: name another one.")
    answers = _of_users(layer, predictor, known)
    means, spreads = answers.mean(axis=0), answers.std(axis=0)
    own = layer.answers(codes[None])[0]
    units = np.argsort(-np.abs(own - means), kind="stable")[:UNITS_OF_ONE]
    places, effects = reasoning.effects(layer.answers, codes, own, units)
    signs = np.sign(own - means)[units]
    return UserInspection(
        title=f"{title}: user {user}",
        user=user,
        rated=int(np.count_nonzero(codes)),
        users=len(answers),
        units=tuple(
            SwitchedUnit(
                number=unit,
                value=float(own[unit]),
                mean=float(means[unit]),
                spread=float(spreads[unit]),
                because=_because(layer, codes, places, effects[:, at], signs[at]),
                on=layer.strongest(unit, NAMED),
            )
            for at, unit in enumerate(units.tolist())
        ),
    )


def _because(
    layer: HiddenLayer, codes: NDArray[np.uint8], places: NDArray[np.int64], effects: Numbers, sign: float
) -> tuple[Weighed, ...]:
    """Return the ratings that move a unit up, or down with sign −1: each as its item, the rating behind its title."""
    scale, found = layer.catalogue.scale, []
    for at in np.argsort(-sign * effects, kind="stable")[:NAMED].tolist():
        if sign * effects[at] > 0:
            one = layer.weighed(int(places[at]), float(effects[at]))
            rating = "" if scale.is_implicit else f": {scale.text(scale.levels[codes[places[at]] - 1])}"
            found.append(Weighed(one.item, f"{one.title}{rating}", one.weight))
    return tuple(found)
