"""Run → RecommendationMaterial: what a report on recommendations shows, read once."""

import json
from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, field

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.core.run_files import interpreting, read_csv
from saccade.report.material import OTHER_VERSION, RunMaterial, common, unseen_test
from saccade.tasks.recommendation.evaluation import RecommendationEvaluation
from saccade.tasks.recommendation.known_ratings import KnownRatings


@dataclass(frozen=True)
class JudgedUser:
    """A test user with what was recommended.

    Attributes:
        user: what the source calls this user.
        ndcg: of the ten recommendations, 0 to 1.
        recommended: what the source calls the items, the best first.
    """

    user: str
    ndcg: float
    recommended: tuple[str, ...]


@dataclass(frozen=True)
class RecommendationMaterial(RunMaterial):
    """Everything that a report on a recommender tells.

    Attributes:
        evaluation: of the test split; None when it was not opened for the network as it is now.
        known: what the run knows of its users; None where it is not to be had.
        users: some of the test split: served well, middling and badly.
        asked: what each of them was asked, ratings by item.
    """

    evaluation: RecommendationEvaluation | None
    known: KnownRatings | None
    users: tuple[JudgedUser, ...] = ()
    asked: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, int]:
        """How many users are asked for something in each split."""
        return {split: int(count) for split, count in self.data["cases"].items()}


def gather(run: Run, *, data: str | None, quiet: bool) -> RecommendationMaterial:
    """Return everything that a report tells of a run; it needs no data."""
    del data, quiet
    shared, known, unscored = common(run), run.load(KnownRatings), unseen_test(run, "users")
    if not unscored:
        try:
            evaluation = run.read_evaluation(RecommendationEvaluation.from_dict)
            users = _examples(run)
            asked = _asked(run, {each.user for each in users})
            return RecommendationMaterial(
                **shared, unscored="", evaluation=evaluation, known=known, users=users, asked=asked
            )
        except RunError:
            unscored = OTHER_VERSION
    return RecommendationMaterial(**shared, unscored=unscored, evaluation=None, known=known)


def _examples(run: Run) -> tuple[JudgedUser, ...]:
    """Return users who were served well, middling and badly: at nine, five and one tenth of all by their nDCG."""

    def parse(row: dict[str, str]) -> JudgedUser | None:
        return (
            JudgedUser(row["user"], float(row["ndcg"]), tuple(json.loads(row["recommended"]))) if row["ndcg"] else None
        )

    users = sorted(filter(None, run.read_predictions(parse)), key=lambda each: -each.ndcg)
    places = dict.fromkeys(int(share * (len(users) - 1)) for share in (0.1, 0.5, 0.9)) if users else {}
    return tuple(users[place] for place in places)


def _asked(run: Run, users: Container[str]) -> dict[str, dict[str, float]]:
    """Return the ratings by item that some users were asked for."""
    path = run.path / "asked.csv"
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with interpreting(path):
        for row in read_csv(path):
            if row["user"] in users:
                found[row["user"]][row["item"]] = float(row["rating"])
    return dict(found)
