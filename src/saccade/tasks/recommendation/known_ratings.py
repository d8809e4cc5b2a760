"""What a run knows of its users: their ratings of training and validation, so that no data file is needed to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import sparse

from saccade.modalities.ratings.scale import RatingScale

if TYPE_CHECKING:  # a machine that only predicts has not all that runs need
    from saccade.core.run import Run
    from saccade.modalities.ratings.dataset import RatingsDataset


@dataclass(frozen=True)
class KnownRatings:
    """Users with what they rated; never a rating of the test split.

    Attributes:
        users: what the source calls each, in the order of the rows of `ratings`.
        items: what the source calls each, in the order of the network's inputs.
        titles: what to show of each item.
        scale: the ratings that there can be.
        ratings: csr (users, items) float32; what is rated is what it stores.
    """

    FILE: ClassVar[str] = "known_ratings.npz"

    users: tuple[str, ...]
    items: tuple[str, ...]
    titles: tuple[str, ...]
    scale: RatingScale
    ratings: sparse.csr_matrix

    @property
    def codes(self) -> sparse.csr_matrix:
        """Csr (users, items) uint8, codes as the network takes them."""
        own = self.ratings
        return sparse.csr_matrix((self.scale.codes(own.data), own.indices, own.indptr), own.shape)

    def to_dict(self) -> Mapping[str, Any]:
        """Return arrays by name."""
        return {
            "users": np.array(self.users, dtype=np.str_),
            "items": np.array(self.items, dtype=np.str_),
            "titles": np.array(self.titles, dtype=np.str_),
            "levels": np.array(self.scale.levels, np.float64),
            "ratings": self.ratings.data.astype(np.float32),
            "item": self.ratings.indices.astype(np.int32),
            "starts": self.ratings.indptr.astype(np.int64),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or ValueError."""
        users, items, titles = (tuple(map(str, content[name].tolist())) for name in ("users", "items", "titles"))
        shape = (len(users), len(items))
        ratings = sparse.csr_matrix((content["ratings"], content["item"], content["starts"]), shape)
        ratings.check_format(full_check=True)
        if len(titles) != len(items):
            raise ValueError(f"it has {len(titles)} titles of {len(items)} items")
        return cls(users, items, titles, RatingScale(tuple(map(float, content["levels"].tolist()))), ratings)


def keep(run: "Run", dataset: "RatingsDataset") -> None:
    """Write what is known of the users into a run: their ratings of training and validation."""
    run.save(of(dataset))


def of(dataset: "RatingsDataset") -> KnownRatings:
    """Return what may be known of the users: all but what the test split asks for."""
    own = dataset.ratings
    return KnownRatings(own.users, own.items, own.titles, own.scale, dataset.known_to_all())
