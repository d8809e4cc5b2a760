"""The Open Inference Protocol, version 2: tensors in, tensors out, as Triton, KServe and their clients speak it.

https://github.com/open-inference/open-inference-protocol, and the extension for binary tensors, which
`tritonclient[http]` uses unless told otherwise: the JSON is followed by the tensors' bytes, and the header
Inference-Header-Content-Length says where they begin.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade.core.arrays import Array
from saccade.core.requests import Problem, parsed
from saccade.core.safe_json import Json
from saccade.core.signature import TensorSpec
from saccade.core.version import __version__
from saccade.serving.middleware import print_log
from saccade.serving.tensors import Ends, datatype, describe_tensor, finite, wire_dtype

if TYPE_CHECKING:  # which imports this
    from saccade.serving.service import Service

JSON_LENGTH = "inference-header-content-length"

VERSION = "1"
"""Of every network: another one is another service."""


@dataclass(frozen=True)
class Asked:
    """A request for inference.

    Attributes:
        id: the client's, which comes back; "" when there is none.
        inputs: (n, …), as the network takes them.
        wanted: whether each output that is wanted, by its name, is wanted as bytes.
    """

    id: str
    inputs: Array
    wanted: dict[str, bool]


def routes(service: "Service") -> list[Route]:
    """Return the addresses of the protocol."""

    def named(request: Request) -> str:
        found, version = str(request.path_params["name"]), request.path_params.get("version", VERSION)
        if found != service.name:
            raise Problem(404, f"There is no model '{found[:100]}' here. Its name is '{service.name}'.")
        if version != VERSION:
            raise Problem(404, f"There is no version '{version[:100]}' of it here. Its version is '{VERSION}'.")
        return found

    async def server(request: Request) -> Response:
        return JSONResponse({"name": "saccade", "version": __version__, "extensions": ["binary_tensor_data"]})

    async def model(request: Request) -> Response:
        return JSONResponse(metadata(service, named(request)))

    async def ready(request: Request) -> Response:
        named(request)
        return await service.readiness(request)

    async def infer(request: Request) -> Response:
        name = named(request)
        async with service.intake.body(request) as body:
            asked = await read(request, body, service.ends, most=service.most)
            answers = finite(await service.batcher.answer(asked.inputs))
        print_log(request, **{service.ends.noun: len(asked.inputs)})
        return answered(asked, service.ends, answers, name)

    return [
        Route("/v2", server),
        Route("/v2/health/live", service.health),
        Route("/v2/health/ready", service.readiness),
        *(
            route
            for address in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}")
            for route in (
                Route(address, model),
                Route(f"{address}/ready", ready),
                Route(f"{address}/infer", infer, methods=["POST"]),
            )
        ),
    ]


def metadata(service: "Service", name: str) -> Json:
    """Return what a model takes and gives."""
    return {
        "name": name,
        "versions": [VERSION],
        "platform": f"saccade_{service.engine}",
        "inputs": [describe_tensor(service.ends.taken)],
        "outputs": [describe_tensor(given) for given in service.ends.given],
        "parameters": dict(service.ends.parameters),
    }


async def read(request: Request, body: bytes, ends: Ends, *, most: int) -> Asked:
    """Return what a body asks for.

    Raises:
        Problem: 400 for what is no request, 413 for more than `most` inputs, 422 for another tensor than the model's.
    """
    head, tail = _parted(body, request.headers.get(JSON_LENGTH))
    content = await parsed(head)
    inputs = content.get("inputs") if isinstance(content, dict) else None
    if not (isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], dict)):
        raise Problem(422, f"Expected one input, '{ends.taken.name}', in a list called inputs.")
    (tensor,) = inputs
    shape = _shape(tensor, ends.taken)
    if shape[0] > most:
        raise Problem(413, f"More than {most} {ends.noun} in a request. Send them in several.")
    identity = content.get("id", "")
    if not isinstance(identity, str):
        raise Problem(422, "id should be a text.")
    return Asked(identity, _values(tensor, shape, tail, ends), _wanted(content, ends.given))


def _parted(body: bytes, length: str | None) -> tuple[bytes, bytes]:
    """Return the JSON and the bytes after it."""
    if length is None:
        return body, b""
    if not (length.isascii() and length.isdecimal() and len(length) < 20 and int(length) <= len(body)):
        raise Problem(400, f"{JSON_LENGTH} should be a number of bytes, at most those of the body.")
    return body[: int(length)], body[int(length) :]


def _shape(tensor: dict[str, Any], expected: TensorSpec) -> tuple[int, ...]:
    """Return the shape of the input, (n, …); refuses another name, type or shape than the model's."""
    if tensor.get("name") != expected.name or tensor.get("datatype") != datatype(expected):
        raise Problem(422, f"Expected an input called '{expected.name}' of datatype {datatype(expected)}.")
    shape = tensor.get("shape")
    # bool is an int to Python
    numbers = isinstance(shape, list) and all(type(side) is int for side in shape)
    if not (numbers and shape and tuple(shape[1:]) == expected.sizes and shape[0] > 0):
        raise Problem(422, f"Expected a tensor of shape [n, {', '.join(map(str, expected.sizes))}], n at least 1.")
    return tuple(shape)


def _values(tensor: dict[str, Any], shape: tuple[int, ...], tail: bytes, ends: Ends) -> Array:
    count, dtype = int(np.prod(shape)), wire_dtype(ends.taken)
    parameters = tensor.get("parameters", {})
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is not None:
        expected = count * dtype.itemsize
        if size != expected or len(tail) != expected:
            raise Problem(
                422, f"Expected {expected} bytes after the JSON, found {len(tail)}; binary_data_size: {size!r:.50}."
            )
        return _in_range(np.frombuffer(tail, dtype), ends.taken).reshape(shape)
    # counted first: to make an array of what is far too long would keep all others waiting
    data = tensor.get("data")
    values = (_bytes if dtype == np.uint8 else _floats)(data) if _leaves(data, len(shape)) == count else None
    if values is None or len(values) != count:
        raise Problem(
            422, f"Expected data of {count} {ends.numbers}, in as many lists as the shape has axes or in one."
        )
    with np.errstate(over="ignore"):  # what is too large is said
        return _in_range(values.astype(dtype), ends.taken).reshape(shape)


def _in_range(values: Array, taken: TensorSpec) -> Array:
    """Return values (n,) of which none is infinite; what is not a number is a missing value."""
    if values.dtype.kind == "f" and np.isinf(values).any():
        position = int(np.isinf(values).argmax())
        raise Problem(422, f"Value {position + 1} of '{taken.name}' is infinite, or too large for {datatype(taken)}.")
    return values


def _leaves(data: Any, axes: int) -> int:
    """Return how many values are in lists, nested so deep at most; 0 when they are none."""
    if not isinstance(data, list) or axes < 1:
        return 0
    nested = data and isinstance(data[0], list)
    return sum(_leaves(each, axes - 1) for each in data) if nested else len(data)


def _bytes(data: Any) -> Array | None:
    """Return the pixels of a list of numbers, flat or nested; None when they are none."""
    try:
        values = np.asarray(data).reshape(-1)
    except ValueError:
        return None
    is_bytes = values.dtype.kind in "iu" and len(values) and values.min() >= 0 and values.max() <= 255
    return values if is_bytes else None


def _floats(data: Any) -> Array | None:
    """Return numbers of a list, flat or nested, NaN where there is null; None when they are none."""
    try:
        values = np.asarray(data, object).reshape(-1)
        # null says that a value is missing; the NaN that some programs write is no JSON
        if not all(value is None or (type(value) in (int, float) and not isnan(value)) for value in values):
            return None
        return np.array([np.nan if value is None else float(value) for value in values])
    except (ValueError, OverflowError):
        return None


def _wanted(content: dict[str, Any], given: tuple[TensorSpec, ...]) -> dict[str, bool]:
    """Return which outputs are wanted and whether as bytes; refuses others than the model's."""
    outputs = content.get("outputs", [])
    if not isinstance(outputs, list) or not all(isinstance(each, dict) for each in outputs):
        raise Problem(422, "outputs should be a list of objects.")
    names, asked = [tensor.name for tensor in given], [each.get("name") for each in outputs]
    if any(name not in names for name in asked) or len(set(asked)) < len(asked):
        said = " and ".join(f"'{name}'" for name in names)
        raise Problem(422, f"There is one output, {said}." if len(names) == 1 else f"The outputs are {said}.")
    if not outputs:
        return dict.fromkeys(names, _flag(content, "binary_data_output"))
    return {each["name"]: _flag(each, "binary_data") for each in outputs}


def _flag(content: dict[str, Any], key: str) -> bool:
    parameters = content.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Problem(422, "parameters should be an object.")
    if parameters.get("classification"):
        raise Problem(422, "The classification extension is not spoken here; POST /predict names the classes.")
    return parameters.get(key, False) is True


def answered(asked: Asked, ends: Ends, answers: Mapping[str, Array], name: str) -> Response:
    """Return the answer, as JSON or as JSON and bytes."""
    outputs, tail = [], b""
    for tensor in (tensor for tensor in ends.given if tensor.name in asked.wanted):
        values = answers[tensor.name].astype(wire_dtype(tensor))
        output: dict[str, Any] = {"name": tensor.name, "datatype": datatype(tensor), "shape": list(values.shape)}
        if asked.wanted[tensor.name]:
            output["parameters"] = {"binary_data_size": values.nbytes}
            tail += values.tobytes()
        else:
            output["data"] = values.reshape(-1).tolist()
        outputs.append(output)
    content: dict[str, Any] = {"model_name": name, "model_version": VERSION, "outputs": outputs}
    if asked.id:
        content["id"] = asked.id
    if not any(asked.wanted.values()):
        return JSONResponse(content)
    head = json.dumps(content).encode()
    return Response(head + tail, headers={JSON_LENGTH: str(len(head))}, media_type="application/octet-stream")
