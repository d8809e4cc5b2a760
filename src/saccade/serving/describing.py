"""The OpenAPI description of the service: what programs generate clients from, and /docs shows to people."""

from typing import Any

from saccade import __version__
from saccade.inference import Predictor, RowPredictor
from saccade.serving.limits import Limits
from saccade.serving.tensors import Ends, of_images, of_rows

JSON = "application/json"
REFUSALS = {
    "400": "The body is no JSON or no form.",
    "401": "The token is missing or wrong.",
    "403": "It was sent by a page of another site, or under a name that is not this service's.",
    "404": "There is no such model.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large, or has too much in it.",
    "415": "A body of a type that is not read.",
    "422": "What was sent is not what is expected; the message says what.",
    "503": "Too much is waiting, or there is no network yet: come back after Retry-After seconds.",
}
OF_INPUTS = ("400", "401", "403", "408", "413", "415", "422", "503")


def describe(predictor: Predictor, *, name: str, limits: Limits, token: bool) -> dict[str, Any]:
    """Return the description, OpenAPI 3.1."""
    about = (
        f"Takes images of {'×'.join(map(str, predictor.image_shape))} and names one of {len(predictor.classes)} "
        f"classes. At most {limits.body_bytes / 1e6:g} MB and {limits.images} images a request, "
        f"{limits.image_pixels / 1e6:g} megapixels an image."
    )
    predict, answer = _predict(limits), _predictions(predictor)
    return _whole(about, predict, answer, of_images(predictor), name=name, token=token)


def describe_rows(predictor: RowPredictor, *, name: str, limits: Limits, token: bool) -> dict[str, Any]:
    """Return the description of a network for rows, OpenAPI 3.1."""
    about = (
        f"Takes rows of a table with {len(predictor.schema.columns)} columns and says which are strange, and why. At "
        f"most {limits.body_bytes / 1e6:g} MB and {limits.rows:,} rows a request."
    )
    return _whole(about, _predict_rows(predictor), _anomalies(), of_rows(predictor), name=name, token=token)


def _whole(
    about: str, predict: dict[str, Any], answer: dict[str, Any], ends: Ends, *, name: str, token: bool
) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{name}, served by Saccade", "version": __version__, "description": about},
        "paths": {"/predict": {"post": predict}, **_health(), **_inference(ends, name)},
        "components": {
            "schemas": {"Error": _object(error={"type": "string"}), "Predictions": answer},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}] if token else [],
    }


def _predict(limits: Limits) -> dict[str, Any]:
    base64 = {"type": "array", "minItems": 1, "maxItems": limits.images, "items": {"type": "string"}}
    file = {"type": "string", "format": "binary"}
    files = {"type": "array", "minItems": 1, "maxItems": limits.images, "items": file}
    return {
        "summary": "Say what images show: an image file as the body, a form with files, or base64 in JSON.",
        "operationId": "predict",
        "parameters": [
            {
                "name": "abstain",
                "in": "query",
                "description": "Leave undecided (class null) what would be wrong more often than this.",
                "schema": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "image/*": {"schema": file},
                "application/octet-stream": {"schema": file},
                "multipart/form-data": {"schema": _object(file=files)},
                JSON: {"schema": _object(images=base64)},
            },
        },
        "responses": {"200": _answer("An answer an image, in order.", _reference("Predictions")), **_of(OF_INPUTS)},
    }


def _predict_rows(predictor: RowPredictor) -> dict[str, Any]:
    cell = {"type": ["number", "string", "boolean", "null"]}
    names = predictor.schema.names
    row = {"type": "object", "properties": dict.fromkeys(names, cell), "additionalProperties": cell}
    column = {"type": "array", "items": cell, "minItems": 1}
    columns = {"type": "object", "properties": dict.fromkeys(names, column), "required": list(names)}
    rows = {"type": "array", "items": row, "minItems": 1}
    return {
        "summary": "Say which rows are strange, and which columns make them so: CSV, or JSON by rows or by columns.",
        "operationId": "predict",
        "parameters": [
            {
                "name": "reasons",
                "in": "query",
                "description": "So many columns are named for each row; 3 when left out.",
                "schema": {"type": "integer", "minimum": 0, "maximum": 99999},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                JSON: {"schema": {"anyOf": [_object(rows=rows), _object(columns=columns), rows]}},
            },
        },
        "responses": {"200": _answer("An answer a row, in order.", _reference("Predictions")), **_of(OF_INPUTS)},
    }


def _anomalies() -> dict[str, Any]:
    number, text = {"type": "number"}, {"type": "string"}
    listed = {"type": "array"}
    row = _object(
        row={"type": "integer"},
        score=number,
        alarm={"type": "boolean"},
        p_value=number,
        contributions={"type": "object", "additionalProperties": number},
        reasons={
            **listed,
            "items": _object(column=text, value=text, typical=text, contribution=number, share=number),
        },
    )
    skipped = _object(row=text, reason=text)
    return _object(
        model=text,
        threshold=number,
        rows={**listed, "items": row},
        skipped_items={**listed, "items": skipped},
        notes={**listed, "items": text},
    )


def _health() -> dict[str, Any]:
    live = _answer("The process answers.", _object(live={"type": "boolean"}))
    ready = {"200": _answer("Requests are answered.", _object(ready={"type": "boolean"})), **_of(("503",))}
    measures = {"description": "Counters, as Prometheus reads them.", "content": {"text/plain": {}}}
    return {
        "/healthz": _get("Say that the process answers.", "healthz", {"200": live}, open_to_all=True),
        "/readyz": _get("Say whether requests are answered.", "readyz", ready, open_to_all=True),
        "/metrics": _get("Return counters for Prometheus.", "metrics", {"200": measures, **_of(("401",))}),
        "/v2/health/live": _get("As /healthz.", "v2_live", {"200": live}, open_to_all=True),
        "/v2/health/ready": _get("As /readyz.", "v2_ready", ready, open_to_all=True),
    }


def _inference(ends: Ends, name: str) -> dict[str, Any]:
    text = {"type": "string"}
    server = _object(name=text, version=text, extensions={"type": "array", "items": text})
    # the address with the name in it: clients that are generated from this need not know it
    model = f"/v2/models/{name}"
    return {
        "/v2": _get(
            "Open Inference Protocol: the server.",
            "v2",
            {"200": _answer("Its name, version and extensions.", server), **_of(("401",))},
        ),
        **_model(model, ends, "v2"),
        **_model(f"{model}/versions/1", ends, "v2_version"),
    }


def _model(address: str, ends: Ends, identity: str) -> dict[str, Any]:
    """Return what the protocol has at the address of a network; the one of its only version answers alike."""
    anything = {"type": "object"}
    return {
        address: _get(
            "The network's tensors.",
            f"{identity}_model",
            {"200": _answer("Their names, types and shapes, and what they mean.", anything), **_of(("401",))},
        ),
        f"{address}/ready": _get(
            "As /readyz.",
            f"{identity}_model_ready",
            {"200": _answer("Requests are answered.", _object(ready={"type": "boolean"})), **_of(("401", "503"))},
        ),
        f"{address}/infer": {
            "post": {
                "summary": f"Answer tensors of {ends.noun}. Bytes after the JSON are read and written too, as the "
                "protocol's binary extension says.",
                "operationId": f"{identity}_infer",
                "requestBody": {"required": True, "content": {JSON: {"schema": _tensors(ends)}}},
                "responses": {"200": _answer(f"The outputs, for all {ends.noun}.", anything), **_of(OF_INPUTS)},
            }
        },
    }


def _tensors(ends: Ends) -> dict[str, Any]:
    taken = ends.taken
    sides: list[dict[str, Any]] = [{"type": "integer", "minimum": 1}, *({"const": side} for side in taken.shape)]
    number: dict[str, Any] = {"type": ["number", "null"]}
    if taken.datatype == "UINT8":
        number = {"type": "integer", "minimum": 0, "maximum": 255}
    tensor = _object(
        name={"const": taken.name},
        datatype={"const": taken.datatype},
        shape={"type": "array", "prefixItems": sides, "minItems": len(sides), "maxItems": len(sides)},
        data={"type": "array", "items": number},
    )
    return _object(inputs={"type": "array", "items": tensor, "minItems": 1, "maxItems": 1})


def _predictions(predictor: Predictor) -> dict[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1.000001}
    prediction = _object(
        name={"type": "string"},
        probability=share,
        probabilities=_object(**dict.fromkeys(predictor.classes, share)),
        **{"class": {"enum": [*predictor.classes, None]}},
    )
    return _object(model={"type": "string"}, predictions={"type": "array", "items": prediction})


def _get(summary: str, identity: str, responses: dict[str, Any], *, open_to_all: bool = False) -> dict[str, Any]:
    operation = {"summary": summary, "operationId": identity, "responses": responses}
    return {"get": {**operation, **({"security": []} if open_to_all else {})}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


def _of(statuses: tuple[str, ...]) -> dict[str, Any]:
    return {status: _answer(REFUSALS[status], _reference("Error")) for status in statuses}
