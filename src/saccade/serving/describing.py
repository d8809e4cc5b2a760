"""The OpenAPI description of the service: what programs generate clients from, and /docs shows to people."""

from typing import Any

from saccade import __version__
from saccade.predicting import Predictor
from saccade.serving.limits import Limits

JSON = "application/json"
REFUSALS = {
    "400": "The body is no JSON or no form.",
    "401": "The token is missing or wrong.",
    "404": "There is no such model.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large, or has too many pictures.",
    "415": "A body of a type that is not read.",
    "422": "What was sent is no picture, or not what is expected; the message says what.",
    "503": "Too much is waiting, or there is no network yet: come back after Retry-After seconds.",
}
OF_PICTURES = ("400", "401", "408", "413", "415", "422", "503")


def describe(predictor: Predictor, *, name: str, limits: Limits, token: bool) -> dict[str, Any]:
    """Return the description, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{name}, served by Saccade",
            "version": __version__,
            "description": f"Takes pictures of {'×'.join(map(str, predictor.image_shape))} and names one of "
            f"{len(predictor.classes)} classes. At most {limits.body_bytes / 1e6:g} MB and {limits.pictures} "
            f"pictures a request, {limits.picture_pixels / 1e6:g} megapixels a picture.",
        },
        "paths": {
            "/predict": {"post": _predict(limits)},
            **_health(),
            **_inference(predictor, name),
        },
        "components": {
            "schemas": {
                "Error": _object(error={"type": "string"}),
                "Predictions": _predictions(predictor),
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}] if token else [],
    }


def _predict(limits: Limits) -> dict[str, Any]:
    base64 = {"type": "array", "minItems": 1, "maxItems": limits.pictures, "items": {"type": "string"}}
    file = {"type": "string", "format": "binary"}
    files = {"type": "array", "minItems": 1, "maxItems": limits.pictures, "items": file}
    return {
        "summary": "Say what pictures show: a picture file as the body, a form with files, or base64 in JSON.",
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
                JSON: {"schema": _object(pictures=base64)},
            },
        },
        "responses": {"200": _answer("An answer a picture, in order.", _reference("Predictions")), **_of(OF_PICTURES)},
    }


def _health() -> dict[str, Any]:
    live = _answer("The process answers.", _object(live={"type": "boolean"}))
    ready = {"200": _answer("Pictures are answered.", _object(ready={"type": "boolean"})), **_of(("503",))}
    measures = {"description": "Counters, as Prometheus reads them.", "content": {"text/plain": {}}}
    return {
        "/healthz": _get("Say that the process answers.", "healthz", {"200": live}, open_to_all=True),
        "/readyz": _get("Say whether pictures are answered.", "readyz", ready, open_to_all=True),
        "/metrics": _get("Return counters for Prometheus.", "metrics", {"200": measures, **_of(("401",))}),
        "/v2/health/live": _get("As /healthz.", "v2_live", {"200": live}, open_to_all=True),
        "/v2/health/ready": _get("As /readyz.", "v2_ready", ready, open_to_all=True),
    }


def _inference(predictor: Predictor, name: str) -> dict[str, Any]:
    text, anything = {"type": "string"}, {"type": "object"}
    server = _object(name=text, version=text, extensions={"type": "array", "items": text})
    # the address with the name in it: clients that are generated from this need not know it
    model = f"/v2/models/{name}"
    return {
        "/v2": _get(
            "Open Inference Protocol: the server.",
            "v2",
            {"200": _answer("Its name, version and extensions.", server), **_of(("401",))},
        ),
        model: _get(
            "The network's tensors.",
            "v2_model",
            {"200": _answer("Their names, types and shapes, and the classes.", anything), **_of(("401",))},
        ),
        f"{model}/ready": _get(
            "As /readyz.",
            "v2_model_ready",
            {"200": _answer("Pictures are answered.", _object(ready={"type": "boolean"})), **_of(("401", "503"))},
        ),
        f"{model}/infer": {
            "post": {
                "summary": "Answer tensors of raw pixels. Bytes after the JSON are read and written too, as the "
                "protocol's binary extension says.",
                "operationId": "v2_infer",
                "requestBody": {"required": True, "content": {JSON: {"schema": _tensors(predictor)}}},
                "responses": {"200": _answer("Probabilities, a row a picture.", anything), **_of(OF_PICTURES)},
            }
        },
    }


def _tensors(predictor: Predictor) -> dict[str, Any]:
    height, width, channels = predictor.image_shape
    sides: list[dict[str, Any]] = [{"type": "integer", "minimum": 1}]
    sides += [{"const": side} for side in (height, width, channels)]
    tensor = _object(
        name={"const": "pixels"},
        datatype={"const": "UINT8"},
        shape={"type": "array", "prefixItems": sides, "minItems": 4, "maxItems": 4},
        data={"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}},
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
