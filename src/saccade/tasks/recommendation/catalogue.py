"""Catalogue: the items that a network knows, found by what people write, and the ratings that they can be given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, UnknownNameError
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked
from saccade.modalities.ratings.scale import RatingScale

MOST_ITEMS = 2**24

SEARCHED = 20_000
"""Of more titles only those that begin alike are compared with a misspelt one: each costs a microsecond or several."""

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Catalogue:
    """The items that a network knows, in the order of its inputs; an exported file carries it.

    Attributes:
        items: what the source calls each.
        titles: what to show of each.
        counts: how many ratings of each the network learnt from.
        scale: the ratings that there can be.
    """

    items: tuple[str, ...]
    titles: tuple[str, ...]
    counts: tuple[int, ...]
    scale: RatingScale

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {item: place for place, item in enumerate(self.items)}

    @cached_property
    def _places_of_title(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, title in enumerate(self.titles):
            found.setdefault(title.casefold(), []).append(place)
        return found

    def place(self, word: str) -> int:
        """Return the place of an item that somebody calls by its name in the source or by its title.

        Raises:
            UnknownNameError: there is none; names the nearest title. Or several have this title; names them.
        """
        if word in self._place:
            return self._place[word]
        places = self._places_of_title.get(word.casefold().strip(), [])
        if len(places) == 1:
            return places[0]
        if places:
            named = " and ".join(f"'{self.items[each]}'" for each in places[:5])
            raise UnknownNameError(
                f"{len(places)} items are called '{word[:200]}': {named}. Name the one that is meant."
            )
        raise self._unknown(word)

    def _unknown(self, word: str) -> UnknownNameError:
        near = self._nearest(word)
        if near is None:
            return UnknownNameError(f"There is no item '{word[:200]}' among the {len(self):,} that this network knows.")
        same = "" if self.titles[near] == self.items[near] else f" (item {self.items[near]})"
        return UnknownNameError(f"There is no item '{word[:200]}'. Did you mean '{self.titles[near]}'{same}?")

    def _nearest(self, word: str) -> int | None:
        """Return the place of the title that is most like a word; the shortest that it is the beginning of, if any."""
        written = word.casefold().strip()[:200]
        begun = [title for title in self._places_of_title if written and title.startswith(written)]
        if begun:
            return self._places_of_title[min(begun, key=len)][0]
        titles: Iterable[str] = self._places_of_title
        if len(self) > SEARCHED:
            titles = (title for title in self._places_of_title if title[:1] == written[:1])
        near = get_close_matches(written, titles, n=1, cutoff=0.5)
        return self._places_of_title[near[0]][0] if near else None

    def search(self, text: str, *, count: int) -> list[int]:
        """Return the places of at most `count` items whose title has a text in it, those with most ratings first."""
        written = text.casefold().strip()
        found = [place for place in self.by_popularity if written in self.titles[place].casefold()]
        return found[:count]

    @cached_property
    def by_popularity(self) -> list[int]:
        """Places of all items, those with most ratings first."""
        return [int(place) for place in np.argsort(-np.asarray(self.counts), kind="stable")]

    def code(self, rating: float) -> int:
        """Return the code of a rating; raises DataError when it is none of the scale."""
        levels = self.scale.values.astype(np.float64)
        nearest = int(np.abs(levels - rating).argmin()) if np.isfinite(rating) else 0
        off = abs(float(levels[nearest]) - rating) if np.isfinite(rating) else np.inf
        # of a scale that was made, such as of 0 to 100, each rating counts as its nearest level
        if off > (1e-6 if _is_even(levels) else float(np.diff(levels).max())):
            raise DataError(f"{rating:g} is no rating here. {self.ratings_in_words}.")
        return nearest + 1

    @property
    def ratings_in_words(self) -> str:
        """What a rating can be: "Ratings are 1, 2, 3, 4, 5"."""
        texts = [self.scale.text(level) for level in self.scale.levels]
        if self.scale.is_implicit:
            return f"An item counts as taken by the rating {texts[0]}, and is left out otherwise"
        return f"Ratings are {', '.join(texts)}"

    def codes(self, ratings: Mapping[str, float]) -> Codes:
        """Return (items,) codes of ratings by item, as people call it; 0 where nothing is rated.

        For example::

            catalogue.codes({"Toy Story (1995)": 5, "50": 4})

        Raises:
            DataError: a rating is none of the scale, or an item is rated twice under two names.
            UnknownNameError: there is no such item; names the nearest.
        """
        codes = np.zeros(len(self), np.uint8)
        for word, rating in ratings.items():
            place = self.place(word)
            if codes[place]:
                raise DataError(f"'{self.titles[place]}' is rated twice, the second time as '{word[:200]}'.")
            codes[place] = self.code(rating)
        return codes

    def read(self, words: Sequence[str]) -> dict[str, float]:
        """Return ratings by item of words such as "50=4"; raises DataError for what is none."""
        ratings: dict[str, float] = {}
        for word in words:
            item, equals, text = word.rpartition("=")
            rating = _number(text)
            if not equals or not item.strip() or rating is None:
                raise DataError(
                    f"Expected an item and its rating, such as {self.items[0]}={self.scale.text(self.scale.highest)}, "
                    f"found '{word[:200]}'."
                )
            if item in ratings:
                raise DataError(f"'{item[:200]}' is rated twice.")
            ratings[item.strip()] = rating
        return ratings

    def to_dict(self) -> Json:
        """Return plain values for JSON, by name."""
        return {
            "items": list(self.items),
            "titles": list(self.titles),
            "counts": list(self.counts),
            "scale": list(self.scale.levels),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises ValueError or KeyError for what cannot be."""
        items = checked(content["items"], list[str], "items")
        titles = checked(content["titles"], list[str], "titles")
        counts = checked(content["counts"], list[int], "counts")
        levels = [float(each) for each in checked(content["scale"], list[float], "scale")]
        if not 0 < len(items) <= MOST_ITEMS or not len(items) == len(titles) == len(counts) == len(set(items)):
            raise ValueError(f"{len(items)} items, {len(titles)} titles and {len(counts)} counts")
        if min(counts) < 0:
            raise ValueError("items with less than no rating")
        if not 0 < len(levels) < 256 or sorted(set(levels)) != levels or not np.isfinite(levels).all():
            raise ValueError("a scale that does not ascend")
        return cls(tuple(items), tuple(titles), tuple(counts), RatingScale(tuple(levels)))


def _is_even(levels: NDArray[np.float64]) -> bool:
    """Say whether levels stand in equal steps, as those do that people are offered."""
    steps = np.diff(levels)
    return len(steps) < 2 or bool(np.allclose(steps, steps[0]))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
