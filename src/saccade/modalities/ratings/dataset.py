"""RatingsDataset: what users are known to have rated, and what they are asked for, in splits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saccade.core.dataset import SPLITS, SkippedItem
from saccade.core.safe_json import Json
from saccade.modalities.ratings.dense_rows import DenseRows
from saccade.modalities.ratings.ratings import Ratings
from saccade.modalities.ratings.scale import RatingScale

__all__ = ["PARTS", "RatingScale", "Ratings", "RatingsDataset"]

PARTS = ("", "train", "validation", "test", "validation known", "test known")
"""Where a rating can be: a number is its place here. What is known of a user who is held out is never asked for."""

_KNOWN = {"train": ("train",), "validation": ("train", "validation known"), "test": ("train", "test known")}


@dataclass(frozen=True)
class RatingsDataset:
    """Ratings in splits. A row is a case: a user in a split, with what is known and what is asked.

    In every split the same ratings of a user are known: those of training. So the input of a test case never holds
    what it is judged by, nor that of validation.

    For example::

        known, asked = dataset.known("test"), dataset.asked("test")   # csr, (users_in_test, items), the same users
        dataset.ratings.users[dataset.users_of("test")[0]]            # who the first row is

    Attributes:
        name: what the user calls it.
        source: where it came from, as given.
        ratings: all of them.
        parts: (n,) uint8, the place in `PARTS` of each rating.
        part_reasons: (n,) uint8, places in `reason_texts`, why; None.
        reason_texts: the reasons that there are.
        content_hash: equal ratings, equal hash.
        skipped_items: what is not used, and why.
        notes: what the user should know, a sentence each.
        licence: of the data; "" when not known.
    """

    name: str
    source: str
    ratings: Ratings
    parts: NDArray[np.uint8]
    content_hash: str
    part_reasons: NDArray[np.uint8] | None = None
    reason_texts: tuple[str, ...] = ()
    skipped_items: tuple[SkippedItem, ...] = ()
    notes: tuple[str, ...] = ()
    licence: str = ""

    modality: ClassVar[str] = "ratings"
    noun: ClassVar[str] = "users"

    # for everyone who counts in ratings

    @property
    def scale(self) -> RatingScale:
        """The ratings that there can be."""
        return self.ratings.scale

    @cached_property
    def _users_of(self) -> dict[str, NDArray[np.int64]]:
        return {split: np.unique(self.ratings.user[self.is_in(split)]).astype(np.int64) for split in SPLITS}

    def users_of(self, split: str) -> NDArray[np.int64]:
        """Return (k,) places in `ratings.users` of the users who are asked for something in a split, ascending."""
        return self._users_of.get(split, np.zeros(0, np.int64))

    def known(self, split: str) -> sparse.csr_matrix:
        """Return (k, items) float32, the ratings that are known of the users of a split: those of training.

        A rating of 0 is stored too: what is rated is what the matrix stores.
        """
        return self._matrix(split, *_KNOWN[split])

    def asked(self, split: str) -> sparse.csr_matrix:
        """Return (k, items) float32, the ratings that are to be foretold of the users of a split; as `known`."""
        return self._matrix(split, split)

    def known_to_all(self) -> sparse.csr_matrix:
        """Return (all users, items) float32, all ratings but those that the test split asks for."""
        return self._csr(np.arange(len(self.ratings.users)), ~self.is_in("", "test"), self.ratings.rating)

    def _matrix(self, split: str, *parts: str) -> sparse.csr_matrix:
        return self._csr(self.users_of(split), self.is_in(*parts), self.ratings.rating)

    def _csr(self, users: NDArray[np.int64], chosen: NDArray[np.bool_], values: NDArray[Any]) -> sparse.csr_matrix:
        row = np.full(len(self.ratings.users), -1, np.int64)
        row[users] = np.arange(len(users))
        at = np.flatnonzero(chosen & (row[self.ratings.user] >= 0))  # in the order of users and of their items
        counts = np.bincount(row[self.ratings.user[at]], minlength=len(users))
        pointers = np.concatenate([[0], np.cumsum(counts)])
        shape = (len(users), len(self.ratings.items))
        return sparse.csr_matrix((values[at], self.ratings.item[at], pointers), shape)

    def is_in(self, *parts: str) -> NDArray[np.bool_]:
        """Return (n,), whether each rating is in one of some parts."""
        return np.isin(self.parts, [PARTS.index(part) for part in parts])

    def share(self, split: str) -> float:
        """Return the part of all ratings that is asked for in a split."""
        return float(self.is_in(split).mean())

    # as every stage asks

    @cached_property
    def inputs(self) -> Any:
        """(cases, items) uint8, codes of what is known: 0 is not rated, else 1 + the place in the scale."""
        return self._dense(_KNOWN)

    @cached_property
    def labels(self) -> Any:
        """(cases, items) uint8, codes of what is asked."""
        return self._dense({split: (split,) for split in SPLITS})

    def _dense(self, parts: Mapping[str, tuple[str, ...]]) -> DenseRows:
        codes = self.scale.codes(self.ratings.rating)
        blocks = [self._csr(self.users_of(split), self.is_in(*parts[split]), codes) for split in SPLITS]
        return DenseRows(sparse.csr_matrix(sparse.vstack(blocks, format="csr", dtype=np.uint8)))

    @cached_property
    def splits(self) -> NDArray[np.str_]:
        """(cases,) "train", "validation" or "test"."""
        return np.repeat(SPLITS, [len(self.users_of(split)) for split in SPLITS])

    @property
    def reasons(self) -> None:
        """None: they are said of each rating."""
        return

    @property
    def overrides(self) -> tuple[Any, ...]:
        """None are corrected."""
        return ()

    def __len__(self) -> int:
        return sum(len(self.users_of(split)) for split in SPLITS)

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the numbers of the cases of a split, in the order of `users_of`."""
        return np.flatnonzero(self.splits == split)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how often each rating was given in each split: {"train": {"1": 4,719, …}, …}."""
        codes = self.scale.codes(self.ratings.rating)
        names = [self.scale.text(level) for level in self.scale.levels]
        found = {}
        for split in SPLITS:
            counts = np.bincount(codes[self.is_in(split)], minlength=len(names) + 1)[1:]
            if counts.any():
                found[split] = dict(zip(names, counts.tolist(), strict=True))
        return found

    def rating_names(self) -> Iterator[str]:
        """Yield what split.csv calls each rating, its user and item: "42|1193"."""
        own = self.ratings
        users, items = ([_quoted(name) for name in names] for names in (own.users, own.items))
        return (f"{users[u]}|{items[i]}" for u, i in zip(own.user.tolist(), own.item.tolist(), strict=True))

    def split_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (user|item, rating, split, reason) a rating, as split.csv keeps them."""
        reasons = self.part_reasons
        for at, name in enumerate(self.rating_names()):
            why = "" if reasons is None else self.reason_texts[reasons[at]]
            yield name, self.scale.text(float(self.ratings.rating[at])), PARTS[self.parts[at]], why

    def with_split(self, splits: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self:
        """Return the same ratings with whole cases in other splits; "" leaves a case out.

        A user whose cases come into the same split is one case there. What is known of a user who is held out goes
        along.

        Args:
            splits: (cases,) "train", "validation", "test" or "".
            reasons: (cases,) why.
        """
        names = np.array(PARTS)[self.parts]
        base, part = np.char.partition(names, " ")[:, 0], np.char.partition(names, " ")
        case = np.full(len(names), -1)
        for split in SPLITS:
            chosen = np.flatnonzero((base == split) & np.isin(self.ratings.user, self.users_of(split)))
            case[chosen] = self.rows(split)[np.searchsorted(self.users_of(split), self.ratings.user[chosen])]
        moved = np.where(case >= 0, np.asarray(splits)[case], "")
        held_out = (part[:, 2] == "known") & np.isin(moved, SPLITS[1:])
        why = np.where(case >= 0, np.asarray(reasons)[case], "left out")
        return self.with_parts(np.where(held_out, np.char.add(moved, " known"), moved), why)

    def with_parts(self, splits: NDArray[np.str_], reasons: NDArray[np.str_]) -> Self:
        """Return the same ratings in other splits: (n,) names of `PARTS`, a rating each, and why."""
        texts, numbers = np.unique(reasons, return_inverse=True)
        parts = np.zeros(len(splits), np.uint8)
        for number, part in enumerate(PARTS):
            parts[splits == part] = number
        return replace(
            self, parts=parts, part_reasons=numbers.astype(np.uint8), reason_texts=tuple(map(str, texts.tolist()))
        )

    def record(self) -> Json:
        """Return what data.json says of the ratings."""
        ratings = self.ratings
        return {
            "modality": self.modality,
            "name": self.name,
            "source": self.source,
            "content_hash": self.content_hash,
            "ratings": len(ratings),
            "users": len(ratings.users),
            "items": len(ratings.items),
            "scale": list(self.scale.levels),
            "cases": {split: len(self.users_of(split)) for split in SPLITS},
            "counts": self.counts(),
            "notes": list(self.notes),
            "skipped_items": [
                {"name": item.name, "reason": item.reason, "count": item.count} for item in self.skipped_items
            ],
            "licence": self.licence,
        }


def _quoted(name: str) -> str:
    """Return a name in which a bar is no mark: another user or item has another one."""
    return name.replace("\\", "\\\\").replace("|", "\\|")
