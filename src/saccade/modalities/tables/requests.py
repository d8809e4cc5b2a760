"""The rows in the body of a request over HTTP, and how that is described."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request

from saccade.core.errors import DataError
from saccade.core.requests import Problem, content_type, parsed
from saccade.core.safe_json import Json
from saccade.modalities.tables.memory import open_rows
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.streaming import Batch, batches, encoded_batches

CSV = {"text/csv", "text/plain", "application/csv", "application/vnd.ms-excel"}
"""Types under which programs and browsers send CSV."""

EXPECTED = 'Expected a list of rows, {"rows": [{"column": value, …}, …]} or {"columns": {"column": [values], …}}.'


def describe_body(schema: Schema) -> Json:
    """Return what `rows` reads, as OpenAPI describes a body by its types."""
    cell = {"type": ["number", "string", "boolean", "null"]}
    names = schema.names
    row = {"type": "object", "properties": dict.fromkeys(names, cell), "additionalProperties": cell}
    column = {"type": "array", "items": cell, "minItems": 1}
    columns = {"type": "object", "properties": dict.fromkeys(names, column), "required": list(names)}
    listed = {"type": "array", "items": row, "minItems": 1}
    either = [_only(rows=listed), _only(columns=columns), listed]
    return {"text/csv": {"schema": {"type": "string"}}, "application/json": {"schema": {"anyOf": either}}}


def _only(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


async def rows(request: Request, body: bytes, schema: Schema, *, most: int) -> Batch:
    """Return the rows of a body, as its content type says: CSV, or JSON by rows or by columns.

    Args:
        request: its head.
        body: all of it.
        schema: the columns.
        most: so many rows may be in it.

    Raises:
        Problem: 400 for damaged JSON, 413 for too many rows, 415 for another type, 422 for what are no such rows.
    """
    kind = content_type(request.headers.get("content-type"))
    if kind == "application/json":
        read = partial(_from_json, await parsed(body), schema, most)
    elif kind in CSV:
        read = partial(_from_csv, body, schema, most)
    else:
        raise Problem(415, f"Found a body of type {kind[:100]}. Expected text/csv or application/json.")
    try:
        return await asyncio.to_thread(read)
    except DataError as error:
        raise Problem(422, str(error)) from error


def _from_json(content: Any, schema: Schema, most: int) -> Batch:
    found = content
    if isinstance(content, dict) and len(content) == 1 and {"rows", "columns"} & set(content):
        ((key, found),) = content.items()
        if not isinstance(found, list if key == "rows" else dict):
            raise Problem(422, EXPECTED)
    if isinstance(found, list) and not all(isinstance(row, dict) for row in found):
        raise Problem(422, EXPECTED)
    if not isinstance(found, list | dict):
        raise Problem(422, EXPECTED)
    return _only_batch(batches(open_rows(found, schema), schema, "the request", rows=most), most)


def _from_csv(body: bytes, schema: Schema, most: int) -> Batch:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "the body.csv"
        path.write_bytes(body)
        try:
            return _only_batch(encoded_batches(path, schema, rows=most), most)
        except DataError as error:
            raise DataError(str(error).replace(str(path), "the body")) from error


def _only_batch(found: Any, most: int) -> Batch:
    """Return the only batch of rows; raises Problem (413) when there are more than may be in a request."""
    batch: Batch = next(found)
    if next(found, None) is not None:
        raise Problem(413, f"More than {most:,} rows in a request. Send them in several.")
    return batch
