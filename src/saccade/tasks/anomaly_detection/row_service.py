"""RowService: rows of a table in, alarms and their reasons out."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from saccade.core.requests import Problem
from saccade.modalities.tables.requests import describe_body, rows
from saccade.modalities.tables.unseen import changed_constants
from saccade.serving.example import Example
from saccade.serving.limits import Limits
from saccade.serving.middleware import print_log
from saccade.serving.openapi import Description, properties, query_parameter
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite
from saccade.tasks.anomaly_detection.row_predictor import REASONS, RowPredictor

BATCH = 1 << 14
"""Rows that the network is given at once."""


class RowService(Service):
    """An anomaly detector of rows behind addresses."""

    def __init__(self, predictor: RowPredictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor,
            name=name,
            ends=Ends(predictor.signature, "rows", _parameters(predictor)),
            limits=limits,
            batch=BATCH,
            most=limits.rows,
            waiting=8 * limits.rows,
            description=_describe(predictor, limits),
            token=token,
        )
        self.predictor = predictor
        self._answers = cache(self.measures.answers.labels)

    @property
    def example(self) -> Example:
        """A file with rows."""
        return Example("text/csv", file="new.csv")

    async def predict(self, request: Request) -> Response:
        """Answer rows: CSV, or JSON by rows or by columns."""
        reasons = _count(request.query_params.get("reasons", str(REASONS)))
        async with self.intake.body(request) as body:
            batch = await rows(request, body, self.predictor.schema, most=self.most)
            outputs = finite(await self.batcher.answer(batch.values))
        scored = self.predictor.judged(batch, outputs["contributions"])
        print_log(request, rows=len(scored.scores), alarms=int(scored.alarms.sum()))
        for alarm in scored.alarms.tolist():
            self._answers("alarm" if alarm else "normal").inc()
        return await asyncio.to_thread(self._answer, scored, reasons)

    def _answer(self, scored: Any, reasons: int) -> Response:
        changed = changed_constants(scored.batch.unseen, self.predictor.schema, len(scored.scores))
        return AsJson(
            {
                "model": self.name,
                "threshold": self.predictor.threshold.value,
                "rows": [anomaly.to_dict() for anomaly in self.predictor.explained(scored, reasons=reasons)],
                "skipped_items": [{"row": row.name, "reason": row.reason} for row in scored.batch.skipped_items],
                "notes": [*scored.batch.notes, *(sentence for _, sentence in changed)],
            }
        )

    def render_page(self) -> Response:
        """Return the page where a person pastes rows or drops a table."""
        return self.rendered(
            Path(__file__).with_name("row_service.html.j2"),
            columns=self.predictor.schema.columns,
            fitted=self.predictor.schema.rows,
            threshold=self.predictor.threshold,
            rows=self.limits.rows,
        )


def _parameters(predictor: RowPredictor) -> dict[str, Any]:
    """Return what clients of the Open Inference Protocol need: how columns are encoded, and from where is an alarm."""
    columns = [
        {"name": column.name, "kind": column.kind, "offset": column.offset, "categories": list(column.categories)}
        for column in predictor.schema.columns
    ]
    return {"columns": columns, "threshold": predictor.threshold.value}


def _describe(predictor: RowPredictor, limits: Limits) -> Description:
    reasons = "So many columns are named for each row; 3 when left out."
    return Description(
        about=f"Takes rows of a table with {len(predictor.schema.columns)} columns and says which are strange, and "
        f"why. At most {limits.body_bytes / 1e6:g} MB and {limits.rows:,} rows a request.",
        summary="Say which rows are strange, and which columns make them so: CSV, or JSON by rows or by columns.",
        parameters=[query_parameter("reasons", reasons, type="integer", minimum=0, maximum=99999)],
        body=describe_body(predictor.schema),
        answer=_anomalies(),
        returned="An answer a row, in order.",
    )


def _anomalies() -> dict[str, Any]:
    number, text, listed = {"type": "number"}, {"type": "string"}, {"type": "array"}
    reason = properties(column=text, value=text, typical=text, contribution=number, share=number)
    row = properties(
        row={"type": "integer"},
        score=number,
        alarm={"type": "boolean"},
        p_value=number,
        contributions={"type": "object", "additionalProperties": number},
        reasons={**listed, "items": reason},
    )
    return properties(
        model=text,
        threshold=number,
        rows={**listed, "items": row},
        skipped_items={**listed, "items": properties(row=text, reason=text)},
        notes={**listed, "items": text},
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Problem(422, f"reasons should be a whole number, found {text!r:.50}.")
    return int(text)
