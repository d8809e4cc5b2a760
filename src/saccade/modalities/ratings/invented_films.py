"""Invented films: 400 people with a latent taste who rated some of 240 films that do not exist; nothing to download."""

from itertools import product

import numpy as np

from saccade.modalities.ratings.building import Built
from saccade.modalities.ratings.ratings import Ratings
from saccade.modalities.ratings.scale import RatingScale

NAME = "invented_films"
LICENCE = "CC0"
USERS, TASTES = 400, 6
_SEED = 7
_FIRST, _YEARS = 1_600_000_000, 3 * 365 * 86_400  # seconds
_KINDS = {
    "Space": ("The Last Orbit", "Ashes of Io", "Signal from Nowhere", "The Quiet Engine", "Nine Moons"),
    "Love": ("A Letter in June", "The Second Waltz", "Rain on Rosewood Street", "Before the Ferry", "Two Coats"),
    "Crime": ("The Broken Ledger", "Midnight at Pier 9", "A Fair Alibi", "The Glass Witness", "Dead Letter Box"),
    "Laughs": ("My Cousin the Mayor", "Goat for Sale", "The Worst Wedding", "Half a Plan", "Uncle on the Roof"),
    "Fright": ("The Cellar Door", "It Knows Your Name", "Black Orchard", "The Lodger Below", "Thirteen Candles"),
    "Drawn": ("The Tin Sparrow", "Otto and the Tide", "A Hat for the Moon", "The Paper Fox", "Seven Small Bears"),
}  # fmt: skip
_SEQUELS = ("", " II", " III", ": The Return", ": Origins", " Forever", ": Reckoning", ": The Lost Reel")


def build() -> Built:
    """Return the ratings, always the same: 1 to 5 stars, with titles and times.

    Each film belongs to one of six kinds, each person likes some of them, some films are better than others, some
    people are more generous, and who likes a kind watches more of it.
    """
    random = np.random.default_rng(_SEED)
    titles = [f"{name}{part}" for part, names in product(_SEQUELS, _KINDS.values()) for name in names]
    kinds = np.tile(np.repeat(np.arange(TASTES), [len(names) for names in _KINDS.values()]), len(_SEQUELS))
    loading = np.eye(TASTES)[kinds] + random.normal(0, 0.25, (len(titles), TASTES))
    taste = random.normal(0, 0.8, (USERS, TASTES))
    liking = taste @ loading.T
    wanted = 3.5 + random.normal(0, 0.4, USERS)[:, None] + random.normal(0, 0.4, len(titles)) + liking
    popular = random.normal(0, 1, len(titles)) + 0.8 * liking + random.gumbel(size=liking.shape)
    counts = np.clip(random.lognormal(3.3, 0.6, USERS), 8, 150).astype(int)
    seen = np.argsort(np.argsort(-popular, axis=1), axis=1) < counts[:, None]
    user, item = np.nonzero(seen)
    noisy = wanted[user, item] + random.normal(0, 0.6, len(user))
    begun = random.integers(0, _YEARS, USERS)[user]
    made = Ratings(
        users=tuple(str(number) for number in range(1, USERS + 1)),
        items=tuple(str(number) for number in range(1, len(titles) + 1)),
        titles=tuple(titles),
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        rating=np.clip(np.rint(noisy), 1, 5).astype(np.float32),
        time=_FIRST + begun + random.integers(0, 30 * 86_400, len(user)),
        scale=RatingScale((1.0, 2.0, 3.0, 4.0, 5.0)),
    )
    return Built(made, (), ("These people, films and ratings are invented.",))
