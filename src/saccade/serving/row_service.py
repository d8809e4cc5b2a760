"""RowService: rows of a table in, alarms and their reasons out."""

import asyncio
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.errors import DataError
from saccade.inference import REASONS, RowPredictor
from saccade.modalities.tables.memory import open_rows
from saccade.modalities.tables.streaming import Batch, batches, encoded_batches
from saccade.modalities.tables.unseen import changed_constants
from saccade.serving.describing import describe_rows
from saccade.serving.guarding import print_log
from saccade.serving.limits import Limits
from saccade.serving.problems import Problem
from saccade.serving.reading import parsed
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import finite, of_rows
from saccade.tasks.anomaly_detection.anomaly import scores_of

CSV = {"text/csv", "text/plain", "application/csv", "application/vnd.ms-excel"}
"""Types under which programs and browsers send CSV."""

EXPECTED = 'Expected a list of rows, {"rows": [{"column": value, …}, …]} or {"columns": {"column": [values], …}}.'

BATCH = 1 << 14
"""Rows that the network is given at once."""


class RowService(Service):
    """A network for rows of a table behind addresses."""

    def __init__(self, predictor: RowPredictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor.contributions,
            name=name,
            engine=predictor.engine,
            ends=of_rows(predictor),
            limits=limits,
            batch=BATCH,
            most=limits.rows,
            waiting=8 * limits.rows,
            description=describe_rows(predictor, name=name, limits=limits, token=token is not None),
        )
        self.predictor = predictor
        self._answers = cache(self.measures.answers.labels)

    def outputs(self, answers: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the contributions, (n, d), and the scores, (n,)."""
        return {"contributions": answers, "score": scores_of(answers)}

    async def predict(self, request: Request) -> Response:
        """Answer rows: CSV, or JSON by rows or by columns."""
        reasons = _count(request.query_params.get("reasons", str(REASONS)))
        async with self.intake.body(request) as body:
            batch = await self._read(request, body)
            answers = finite(await self.batcher.answer(batch.values))
        scored = self.predictor.judged(batch, answers)
        print_log(request, rows=len(scored.scores), alarms=int(scored.alarms.sum()))
        for alarm in scored.alarms.tolist():
            self._answers("alarm" if alarm else "normal").inc()
        return await asyncio.to_thread(self._told, scored, reasons)

    def _told(self, scored: Any, reasons: int) -> Response:
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

    async def _read(self, request: Request, body: bytes) -> Batch:
        """Return the rows of a body, as its content type says.

        Raises:
            Problem: 400 for damaged JSON, 413 for too many rows, 415 for another type, 422 for what are no such rows.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            read = partial(self._from_json, await parsed(body))
        elif kind in CSV:
            read = partial(self._from_csv, body)
        else:
            raise Problem(415, f"Found a body of type {kind[:100]}. Expected text/csv or application/json.")
        try:
            return await asyncio.to_thread(read)
        except DataError as error:
            raise Problem(422, str(error)) from error

    def _from_json(self, content: Any) -> Batch:
        rows = content
        if isinstance(content, dict) and len(content) == 1 and {"rows", "columns"} & set(content):
            ((key, rows),) = content.items()
            if not isinstance(rows, list if key == "rows" else dict):
                raise Problem(422, EXPECTED)
        if isinstance(rows, list) and not all(isinstance(row, dict) for row in rows):
            raise Problem(422, EXPECTED)
        if not isinstance(rows, list | dict):
            raise Problem(422, EXPECTED)
        opened = open_rows(rows, self.predictor.schema)
        return self._only(batches(opened, self.predictor.schema, "the request", rows=self.most))

    def _from_csv(self, body: bytes) -> Batch:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "the body.csv"
            path.write_bytes(body)
            try:
                return self._only(encoded_batches(path, self.predictor.schema, rows=self.most))
            except DataError as error:
                raise DataError(str(error).replace(str(path), "the body")) from error

    def _only(self, found: Any) -> Batch:
        """Return the only batch of rows; raises Problem (413) when there are more than may be in a request."""
        batch: Batch = next(found)
        if next(found, None) is not None:
            raise Problem(413, f"More than {self.most:,} rows in a request. Send them in several.")
        return batch

    def render_page(self) -> Response:
        """Return the page where a person pastes rows or drops a table."""
        return self.rendered(
            "rows.html.j2",
            columns=self.predictor.schema.columns,
            fitted=self.predictor.schema.rows,
            threshold=self.predictor.threshold,
            rows=self.limits.rows,
        )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Problem(422, f"reasons should be a whole number, found {text!r:.50}.")
    return int(text)
