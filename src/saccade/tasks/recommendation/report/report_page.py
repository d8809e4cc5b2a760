"""What the page of a recommender adds: scores beside the baselines', what to use, cold starts, popularity, examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saccade.modalities.images.audit.page import shown
from saccade.report import page
from saccade.report.numbers import as_number, percent, signed
from saccade.report.page import Section, TaskContent
from saccade.tasks.recommendation.evaluation import RecommendationEvaluation
from saccade.tasks.recommendation.evaluation_text import NAMES, PURPOSES
from saccade.tasks.recommendation.report import figures
from saccade.tasks.recommendation.report.material import JudgedUser, RecommendationMaterial

MOST_RATINGS = 8
"""The highest ratings of a user that an example shows."""

_FOLDER = Path(__file__).parent


def compose_page(material: RecommendationMaterial) -> str:
    """Return the page."""
    evaluation = material.evaluation
    content = TaskContent(
        says=_sentences(material),
        lead=page.fill(_FOLDER / "lead.html.j2", evaluation=evaluation, uses=_uses(evaluation) if evaluation else []),
        sections=list(_sections(material, evaluation)) if evaluation else (),
        facts=_facts(material),
        data=page.fill(_FOLDER / "data.html.j2", counts=material.data["counts"], scale=material.data["scale"]),
        findings=shown(material.audit, None) if material.audit else [],
        evaluated=evaluation.when if evaluation else "",
        accesses=evaluation.accesses if evaluation else 0,
        style=(_FOLDER / "recommendation_page.css").read_text(encoding="utf-8"),
    )
    return page.compose_page(material, content)


def _sentences(material: RecommendationMaterial) -> dict[str, str]:
    """Return what is the task's own in the sections that every page has."""
    chosen = (
        "By validation ratings the best moment was chosen."
        if material.sizes.get("validation")
        else "There were no validation ratings to choose the best moment by."
    )
    return {
        "data": f"The network learnt from the training ratings. {chosen} The test ratings were kept sealed for the "
        "end, and none of them was ever an input: of every user it is told the same ratings of training.",
        "audit": "Before it was taught, the data were looked through for what spoils a test.",
        "learning": "While both curves fall, it still learns what helps with ratings that it has not seen. When only "
        "the training curve falls, it learns its ratings by heart.",
        "network": "What a user has rated passes through these layers from top to bottom.",
        "exports": "take what somebody has rated and give an expected rating and a score of every item",
        "differences": "that between two scores of one item, “same answer” the share of the users with the very same "
        "first ten items",
    }


def _facts(material: RecommendationMaterial) -> list[tuple[str, str]]:
    data = material.data
    counts = f"{data['ratings']:,} ratings by {data['users']:,} users of {data['items']:,} items"
    share = data["ratings"] / max(1, data["users"] * data["items"])
    return [("ratings", f"{counts}: {percent(share)} of all pairs")]


def _uses(evaluation: RecommendationEvaluation) -> list[dict[str, str]]:
    """Return what to use for what: "To foretell ratings: item-kNN"."""
    titles = {"network": "this network", **{each.name: each.title for each in evaluation.baselines}}
    return [{"purpose": PURPOSES[measure], "what": titles[name]} for measure, name in evaluation.use.items()]


def _sections(material: RecommendationMaterial, evaluation: RecommendationEvaluation) -> Iterator[Section]:
    compared = [measure for measure in PURPOSES if measure in evaluation.metrics]
    values = {"evaluation": evaluation, "names": NAMES, "as_number": as_number, "signed": signed, "percent": percent}
    charts = [figures.beside(evaluation, measure) for measure in compared]
    yield Section("scores", "Scores", page.fill(_FOLDER / "scores.html.j2", **values, charts=charts))
    yield Section("cold", "Cold start", page.fill(_FOLDER / "cold.html.j2", **values, parts=_cold(evaluation)))
    if "coverage" in evaluation.metrics:
        yield Section("popularity", "Popularity", page.fill(_FOLDER / "popularity.html.j2", **values))
    if material.users and material.known:
        examples = [_example(material, each) for each in material.users]
        yield Section("examples", "Examples", page.fill(_FOLDER / "examples.html.j2", **values, examples=examples))


def _cold(evaluation: RecommendationEvaluation) -> list[dict[str, Any]]:
    """Return for users and for items their groups, and a figure a measure."""
    titles = {each.name: each.title for each in evaluation.baselines}
    found = []
    for kind, measures in (("users", ("rmse", "ndcg")), ("items", ("rmse", "recall"))):
        groups = [each for each in evaluation.cold if each.kind == kind]
        known = [name for name in measures if any(name in each.network for each in groups)]
        best = {name: titles.get(groups[0].of.get(name, ""), "best baseline") for name in known}
        charts = [figures.cold(groups, name, title=best[name]) for name in known]
        found.append({"kind": kind, "groups": groups, "measures": known, "best": best, "charts": charts})
    return [each for each in found if each["groups"]]


def _example(material: RecommendationMaterial, user: JudgedUser) -> dict[str, Any]:
    """Return what a test user has rated highest, and what was recommended, with the rating where it was asked."""
    known, evaluation = material.known, material.evaluation
    assert known and evaluation
    titles, asked = dict(zip(known.items, known.titles, strict=True)), material.asked.get(user.user, {})
    row = known.ratings[[known.users.index(user.user)]]
    rated = sorted(zip(row.data.tolist(), row.indices.tolist(), strict=True), key=lambda each: (-each[0], each[1]))
    return {
        "user": user.user,
        "ndcg": f"{user.ndcg:.2f}",
        "rated": [(known.titles[item], known.scale.text(rating)) for rating, item in rated[:MOST_RATINGS]],
        "more": max(0, len(rated) - MOST_RATINGS),
        "recommended": [
            {
                "title": titles.get(item, item),
                "rating": known.scale.text(asked[item]) if item in asked else "",
                "liked": asked.get(item, -1.0) >= evaluation.liked_from,
            }
            for item in user.recommended
        ],
        "liked": sum(rating >= evaluation.liked_from for rating in asked.values()),
    }
