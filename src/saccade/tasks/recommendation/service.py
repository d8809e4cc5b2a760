"""RecommendationService: what somebody rated in, what they may like out, and a page where a person rates some items."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saccade.core.errors import SaccadeError
from saccade.core.requests import Problem, content_type, parsed
from saccade.core.safe_json import Json
from saccade.serving.example import Example
from saccade.serving.limits import Limits
from saccade.serving.middleware import print_log
from saccade.serving.openapi import JSON, Description, properties, query_parameter
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite
from saccade.tasks.recommendation import reasons as reasoning
from saccade.tasks.recommendation.catalogue import Codes
from saccade.tasks.recommendation.predictor import (
    COUNT,
    EXPECTED,
    REASONS,
    ROWS,
    SCORES,
    RecommendationPredictor,
    best,
    composed,
)

MOST_COUNT = 1000
"""Items that one request may ask for."""

MOST_REASONS = 100

SHOWN = 24
"""Items that the page begins with: those that most people rated."""

FOUND = 20
"""Items that a search returns."""

EXPECTED_BODY = (
    'Expected JSON such as {"ratings": {"ITEM": RATING, …}, "count": 10} or {"user": "NAME"}; an ITEM is called by its '
    "name or its title."
)


class RecommendationService(Service):
    """A recommender behind addresses."""

    def __init__(
        self, predictor: RecommendationPredictor, *, name: str, limits: Limits, token: str | None = None
    ) -> None:
        super().__init__(
            predictor,
            name=name,
            ends=Ends(predictor.signature, "users", _parameters(predictor)),
            limits=limits,
            batch=min(limits.batch, ROWS),
            most=ROWS,
            waiting=max(limits.waiting, ROWS),
            description=_describe(predictor, limits),
            token=token,
        )
        self.predictor = predictor
        self.description["paths"] |= _own_paths(self.description["paths"]["/predict"]["post"])

    def routes(self) -> list[Route]:
        """Return what it answers at besides: recommendations under their own name, and items by their titles."""
        return [Route("/recommend", self.predict, methods=["POST"]), Route("/items", self.items)]

    @property
    def example(self) -> Example:
        """The item that most people rated, liked as much as can be."""
        catalogue = self.predictor.catalogue
        item = catalogue.items[catalogue.by_popularity[0]]
        body = {"ratings": {item: float(catalogue.scale.levels[-1])}, "count": 3}
        return Example(JSON, text=json.dumps(body, ensure_ascii=False))

    async def predict(self, request: Request) -> Response:
        """Answer what one person may like, and which of their ratings speak for it."""
        async with self.intake.body(request) as body:
            kind = content_type(request.headers.get("content-type"))
            if kind not in ("", JSON):
                raise Problem(415, f"Found a body of type {kind[:100]}. Expected {JSON}.")
            asked = _read(await parsed(body), self.limits.rows)
            codes = self._codes(asked)
            answer = await self._recommended(codes, asked)
        print_log(request, rated=int(np.count_nonzero(codes)), count=asked["count"])
        return AsJson({"model": self.name, **answer})

    def _codes(self, asked: Json) -> Codes:
        try:
            return self.predictor.codes_of(asked["user"], asked["ratings"])
        except SaccadeError as error:
            raise Problem(422, str(error)) from error

    async def _recommended(self, codes: Codes, asked: Json) -> Json:
        outputs = finite(await self.batcher.answer(codes[None]))
        expected, scores = outputs[EXPECTED][0], outputs[SCORES][0]
        items = best(scores, codes, asked["count"])
        places, effects = np.zeros(0, np.int64), np.zeros((0, len(items)))
        if asked["reasons"]:
            places = reasoning.tried(codes)
            # block after block, so that other requests come between
            without = [
                finite(await self.batcher.answer(block))[SCORES][:, items]
                for block in reasoning.without_each(codes, places)
            ]
            effects = scores[items].astype(np.float64) - np.concatenate([effects, *without])
        found = composed(
            self.predictor.catalogue,
            codes,
            expected,
            scores,
            items,
            places,
            effects,
            name=asked["user"],
            reasons=asked["reasons"],
        )
        return found.to_dict()

    async def items(self, request: Request) -> Response:
        """Return items whose title has a text in it, those that most people rated first."""
        text = request.query_params.get("search", "")[:200]
        return AsJson({"items": self._named(self.predictor.catalogue.search(text, count=FOUND))})

    def _named(self, places: list[int]) -> list[Json]:
        catalogue = self.predictor.catalogue
        return [
            {"item": catalogue.items[at], "title": catalogue.titles[at], "ratings": catalogue.counts[at]}
            for at in places
        ]

    def render_page(self) -> Response:
        """Return the page where a person rates some items."""
        catalogue = self.predictor.catalogue
        return self.rendered(
            Path(__file__).with_name("service.html.j2"),
            begin=self._named(catalogue.by_popularity[:SHOWN]),
            count=len(catalogue),
            scale=[{"value": level, "text": catalogue.scale.text(level)} for level in catalogue.scale.levels],
            implicit=catalogue.scale.is_implicit,
            users=self.predictor.known is not None,
        )


def _read(content: Any, most: int) -> Json:
    """Return what a body asks for: user, ratings by item, count, reasons; raises Problem for another."""
    known = ("user", "ratings", "count", "reasons")
    if not isinstance(content, dict) or not {"user", "ratings"} & content.keys() or content.keys() - set(known):
        raise Problem(422, EXPECTED_BODY)
    user = content.get("user", "")
    if type(user) is int:
        user = str(user)
    if not isinstance(user, str) or ("user" in content and not user):
        raise Problem(422, "user should be the name of a user, a text.")
    return {
        "user": user,
        "ratings": _ratings(content.get("ratings", {}), most),
        "count": _whole(content, "count", COUNT, least=1, most=MOST_COUNT),
        "reasons": _whole(content, "reasons", REASONS, least=0, most=MOST_REASONS),
    }


def _ratings(content: Any, most: int) -> Mapping[str, float]:
    if not isinstance(content, dict):
        raise Problem(422, EXPECTED_BODY)
    if len(content) > most:
        raise Problem(413, f"More than {most} ratings in a request.")
    wrong = next((item for item, rating in content.items() if type(rating) not in (int, float)), None)
    if wrong is not None:
        raise Problem(422, f"The rating of '{wrong[:100]}' should be a number.")
    return {item: float(rating) if abs(rating) < 1e300 else float("inf") for item, rating in content.items()}


def _whole(content: Json, name: str, default: int, *, least: int, most: int) -> int:
    value = content.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise Problem(422, f"{name} should be a whole number from {least} to {most}.")
    return value


def _parameters(predictor: RecommendationPredictor) -> Json:
    """Return what clients of the Open Inference Protocol need: which item each number is for, and the scale."""
    catalogue = predictor.catalogue
    return {"items": list(catalogue.items), "titles": list(catalogue.titles), "scale": list(catalogue.scale.levels)}


def _describe(predictor: RecommendationPredictor, limits: Limits) -> Description:
    summary = "Recommend items to somebody, with those of their ratings that speak for each."
    about = (
        f"Recommends some of {len(predictor.catalogue):,} items, by what a person rated. "
        f"{predictor.catalogue.ratings_in_words}. At most {limits.body_bytes / 1e6:g} MB and {limits.rows:,} ratings a "
        "request. POST /recommend and POST /predict are the same."
    )
    answer, body = _answer_schema(), _body_schema()
    return Description(
        about=about,
        summary=summary,
        parameters=[],
        body={JSON: {"schema": body}},
        answer=answer,
        returned="What they may like, best first.",
    )


def _own_paths(predict: Json) -> Json:
    """Return what OpenAPI says of the addresses besides those of every service.

    Args:
        predict: what it says of POST /predict, which POST /recommend is too.
    """
    item = properties(item={"type": "string"}, title={"type": "string"}, ratings={"type": "integer"})
    schema = properties(items={"type": "array", "items": item})
    found = {"description": "At most 20, those that most people rated first.", "content": {JSON: {"schema": schema}}}
    search = {
        "summary": "Find items by a part of their title.",
        "operationId": "items",
        "parameters": [query_parameter("search", "A part of the title; all when left out.", type="string")],
        "responses": {"200": found, "401": predict["responses"]["401"]},
    }
    return {"/recommend": {"post": {**predict, "operationId": "recommend"}}, "/items": {"get": search}}


def _body_schema() -> Json:
    ratings = {"type": "object", "additionalProperties": {"type": "number"}, "description": "By item."}
    user = {"type": "string", "description": "One of the run's; ratings count besides, or in place of theirs."}
    count = {"type": "integer", "minimum": 1, "maximum": MOST_COUNT, "default": COUNT}
    reasons = {"type": "integer", "minimum": 0, "maximum": MOST_REASONS, "default": REASONS}
    every = {"user": user, "ratings": ratings, "count": count, "reasons": reasons}
    either = [{"required": ["user"]}, {"required": ["ratings"]}]
    return {"type": "object", "properties": every, "anyOf": either, "additionalProperties": False}


def _answer_schema() -> Json:
    number, text, whole = {"type": "number"}, {"type": "string"}, {"type": "integer"}
    reason = properties(item=text, title=text, rating=number, effect=number)
    one = properties(
        rank=whole,
        item=text,
        title=text,
        score=number,
        expected={"type": ["number", "null"]},
        reasons={"type": "array", "items": reason},
    )
    return properties(model=text, user=text, rated=whole, tried=whole, recommendations={"type": "array", "items": one})
