"""The OpenAPI description of the service: what programs generate clients from, and /docs shows to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.core.safe_json import Json
from saccade.core.signature import TensorSpec
from saccade.core.version import __version__
from saccade.serving.tensors import Ends, datatype

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


@dataclass(frozen=True)
class Description:
    """What a task says of POST /predict.

    Attributes:
        about: what the service does and takes, in a sentence or two.
        summary: of the request.
        parameters: of the query, as OpenAPI has them.
        body: what is read, by its content type.
        answer: the schema of what comes back.
        returned: what that is, in a sentence.
    """

    about: str
    summary: str
    parameters: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any]
    answer: Mapping[str, Any]
    returned: str


def describe(description: Description, ends: Ends, *, name: str, token: bool) -> Json:
    """Return the description, OpenAPI 3.1.

    Args:
        description: by the task.
        ends: the network's tensors.
        name: of the network.
        token: whether requests must bring one.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{name}, served by Saccade", "version": __version__, "description": description.about},
        "paths": {"/predict": {"post": _predict(description)}, **_health(), **_inference(ends, name)},
        "components": {
            "schemas": {"Error": properties(error={"type": "string"}), "Predictions": description.answer},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}] if token else [],
    }


def _predict(description: Description) -> dict[str, Any]:
    return {
        "summary": description.summary,
        "operationId": "predict",
        "parameters": list(description.parameters),
        "requestBody": {"required": True, "content": dict(description.body)},
        "responses": {"200": _answer(description.returned, _reference("Predictions")), **_of(OF_INPUTS)},
    }


def query_parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """Return a parameter of the query, as OpenAPI has it."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def properties(**named: Any) -> Json:
    """Return the schema of an object with some properties, all required."""
    return {"type": "object", "properties": named, "required": list(named)}


def _health() -> dict[str, Any]:
    live = _answer("The process answers.", properties(live={"type": "boolean"}))
    ready = {"200": _answer("Requests are answered.", properties(ready={"type": "boolean"})), **_of(("503",))}
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
    server = properties(name=text, version=text, extensions={"type": "array", "items": text})
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
            {"200": _answer("Requests are answered.", properties(ready={"type": "boolean"})), **_of(("401", "503"))},
        ),
        f"{address}/infer": {
            "post": {
                "summary": f"Answer tensors of {ends.noun}. Bytes after the JSON are read and written too, as the "
                "protocol's binary extension says.",
                "operationId": f"{identity}_infer",
                "requestBody": {"required": True, "content": {JSON: {"schema": _tensors(ends)}}},
                "responses": {"200": _answer(_outputs(ends), anything), **_of(OF_INPUTS)},
            }
        },
    }


def _outputs(ends: Ends) -> str:
    """Return a sentence on the outputs, made of the signature."""
    each = "; ".join(f"{given.name} {_shape(given)}: {given.meaning}" for given in ends.given)
    return f"The outputs, for all {ends.noun}. {each}."


def _shape(tensor: TensorSpec) -> str:
    return f"[{', '.join(['n', *map(str, tensor.sizes)])}]"


def _tensors(ends: Ends) -> dict[str, Any]:
    taken = ends.taken
    sides: list[dict[str, Any]] = [{"type": "integer", "minimum": 1}, *({"const": side} for side in taken.sizes)]
    number: dict[str, Any] = {"type": ["number", "null"]}
    if taken.dtype == "uint8":
        number = {"type": "integer", "minimum": 0, "maximum": 255}
    tensor = properties(
        name={"const": taken.name},
        datatype={"const": datatype(taken)},
        shape={"type": "array", "prefixItems": sides, "minItems": len(sides), "maxItems": len(sides)},
        data={"type": "array", "items": number, "description": taken.meaning},
    )
    return properties(inputs={"type": "array", "items": tensor, "minItems": 1, "maxItems": 1})


def _get(summary: str, identity: str, responses: dict[str, Any], *, open_to_all: bool = False) -> dict[str, Any]:
    operation = {"summary": summary, "operationId": identity, "responses": responses}
    return {"get": {**operation, **({"security": []} if open_to_all else {})}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


def _of(statuses: tuple[str, ...]) -> dict[str, Any]:
    return {status: _answer(REFUSALS[status], _reference("Error")) for status in statuses}
