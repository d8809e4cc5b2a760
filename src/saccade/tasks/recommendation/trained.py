"""A trained recommender with the verbs on it."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from saccade.tasks import base
from saccade.tasks.recommendation.catalogue import Catalogue
from saccade.tasks.recommendation.inspection import looking
from saccade.tasks.recommendation.inspection.views import ItemInspection, UnitsOverview, UserInspection
from saccade.tasks.recommendation.known_ratings import KnownRatings
from saccade.tasks.recommendation.predictor import COUNT, REASONS, RecommendationPredictor
from saccade.tasks.recommendation.recommendations import Recommendations
from saccade.tasks.recommendation.run_predictor import known_ratings, open_predictor
from saccade.tasks.trained import TrainedRun


class TrainedRecommender(TrainedRun):
    """A run that recommends items to users, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def catalogue(self) -> Catalogue:
        """The items that the network knows: `.items`, `.titles`, `.scale`; `.place("Nine Moons")` finds one."""
        return self._predictor.catalogue

    @property
    def users(self) -> tuple[str, ...]:
        """The users of the run, whom it knows by their ratings of training and validation."""
        return self._known.users

    @cached_property
    def _known(self) -> KnownRatings:
        return known_ratings(self)

    @cached_property
    def _predictor(self) -> RecommendationPredictor:
        return open_predictor(self, model=self.model)

    def recommend(
        self,
        user: object = None,
        ratings: Mapping[str, float] | None = None,
        *,
        count: int = COUNT,
        reasons: int = REASONS,
    ) -> Recommendations:
        """Return what a user of the run, or somebody new, may like, best first; never what they have rated.

        For example::

            for each in run.recommend(user=42).items:
                print(each.rank, each.title, each.expected, [reason.title for reason in each.reasons])

            run.recommend(ratings={"Nine Moons": 5, "17": 2})

        Args:
            user: a user of the run, by the name that the data have.
            ratings: by item, its name or title: of somebody new, or besides what the user is known to have rated.
            count: items, at most.
            reasons: ratings that are named for each item, at most; 0 is quicker.

        Raises:
            DataError: neither is given, or a rating is none of the scale.
            UnknownNameError: there is no such user or item; names the nearest.
        """
        codes = self._predictor.codes_of("" if user is None else str(user), ratings or {})
        name = "" if user is None else str(user)
        (found,) = self._predictor.recommend(codes[None], count=count, reasons=reasons, names=[name])
        return found

    def recommend_to(
        self, users: Iterable[object] | None = None, *, count: int = COUNT, reasons: int = 0
    ) -> list[Recommendations]:
        """Return what several users of the run may like, or all of them, in their order.

        Args:
            users: by their names in the data; all when left out.
            count: items for each, at most.
            reasons: ratings that are named for each item; the network is asked once for each rating then.
        """
        known = self._known
        names = list(known.users) if users is None else [str(user) for user in users]
        places = {user: place for place, user in enumerate(known.users)}
        missing = [name for name in names if name not in places]
        if missing:
            self._predictor.codes_of_user(missing[0])  # which says that there is none
        codes = known.codes[[places[name] for name in names]]
        return list(self._predictor.recommend(codes, count=count, reasons=reasons, names=names))

    def evaluate(self, *, split: str | None = None, data: str | None = None) -> Any:
        """Open a split, the sealed test by default, and return how well its ratings are foretold, with intervals.

        Args:
            split: "test", "validation" or "train"; left out: the test.
            data: where the data lie now, when they or the run have moved.
        """
        return base.for_run(self).evaluate(self, split=split, data=data, model=self.model)

    def overview(self) -> UnitsOverview:
        """Return what each hidden unit stands for: the items that switch it on and off; shows itself in a notebook."""
        return looking.overview(self.model, self._predictor, self._known, title=self.path.name)

    def inspect_item(self, item: str) -> ItemInspection:
        """Return an item's neighbours, by the cosine of their weights, and the hidden units that it moves.

        Args:
            item: its name or title; an unknown one is refused with the nearest.
        """
        return looking.inspect_item(self.model, self._predictor, self._known, item, title=self.path.name)

    def inspect_user(self, user: object) -> UserInspection:
        """Return the hidden units by which a user of the run differs most, and the ratings that do it."""
        return looking.inspect_user(self.model, self._predictor, self._known, str(user), title=self.path.name)
