"""The Open Inference Protocol, version 2: tensors in, tensors out, as Triton, KServe and their clients speak it.

https://github.com/open-inference/open-inference-protocol, and the extension for binary tensors, which
`tritonclient[http]` uses unless told otherwise: the JSON is followed by the tensors' bytes, and the header
Inference-Header-Content-Length says where they begin.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade import __version__
from saccade.predicting import Predictor
from saccade.serving.guarding import tell_log
from saccade.serving.problems import Problem
from saccade.serving.reading import parsed

if TYPE_CHECKING:  # which imports this
    from saccade.serving.app import Service

INPUT, OUTPUT = "pixels", "probabilities"
JSON_LENGTH = "inference-header-content-length"


@dataclass(frozen=True)
class Asked:
    """A request for inference.

    Attributes:
        id: the client's, which comes back; "" when there is none.
        images: (n, h, w, c), uint8.
        is_binary: whether the answer is wanted as bytes.
    """

    id: str
    images: NDArray[np.uint8]
    is_binary: bool


def routes(service: "Service") -> list[Route]:
    """Return the addresses of the protocol."""

    def named(request: Request) -> str:
        found = str(request.path_params["name"])
        if found != service.name:
            raise Problem(404, f"There is no model '{found[:100]}' here. Its name is '{service.name}'.")
        return found

    async def server(request: Request) -> Response:
        return JSONResponse({"name": "saccade", "version": __version__, "extensions": ["binary_tensor_data"]})

    async def model(request: Request) -> Response:
        return JSONResponse(metadata(service.predictor, named(request)))

    async def ready(request: Request) -> Response:
        named(request)
        return await service.readiness(request)

    async def infer(request: Request) -> Response:
        name = named(request)
        async with service.intake.body(request) as body:
            asked = await read(request, body, service.predictor, most=service.limits.pictures)
            probabilities = await service.patiently(service.batcher.answer(asked.images))
        tell_log(request, pictures=len(asked.images))
        return answered(asked, probabilities, name)

    return [
        Route("/v2", server),
        Route("/v2/health/live", service.health),
        Route("/v2/health/ready", service.readiness),
        Route("/v2/models/{name}", model),
        Route("/v2/models/{name}/ready", ready),
        Route("/v2/models/{name}/infer", infer, methods=["POST"]),
    ]


def metadata(predictor: Predictor, name: str) -> dict[str, Any]:
    """Return what a model takes and gives."""
    return {
        "name": name,
        "versions": ["1"],
        "platform": f"saccade_{predictor.engine}",
        "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [-1, *predictor.image_shape]}],
        "outputs": [{"name": OUTPUT, "datatype": "FP32", "shape": [-1, len(predictor.classes)]}],
        "parameters": {"classes": list(predictor.classes)},
    }


async def read(request: Request, body: bytes, predictor: Predictor, *, most: int) -> Asked:
    """Return what a body asks for.

    Raises:
        Problem: 400 for what is no request, 413 for more than `most` pictures, 422 for another tensor than the model's.
    """
    head, tail = _parted(body, request.headers.get(JSON_LENGTH))
    content = await parsed(head)
    inputs = content.get("inputs") if isinstance(content, dict) else None
    if not (isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], dict)):
        raise Problem(422, f"Expected one input, '{INPUT}', in a list called inputs.")
    (tensor,) = inputs
    shape = _shape(tensor, predictor.image_shape)
    if shape[0] > most:
        raise Problem(413, f"More than {most} pictures in a request. Send them in several.")
    identity = content.get("id", "")
    if not isinstance(identity, str):
        raise Problem(422, "id should be a text.")
    return Asked(identity, _pixels(tensor, shape, tail), _wants_bytes(content))


def _parted(body: bytes, length: str | None) -> tuple[bytes, bytes]:
    """Return the JSON and the bytes after it."""
    if length is None:
        return body, b""
    if not (length.isascii() and length.isdecimal() and len(length) < 20 and int(length) <= len(body)):
        raise Problem(400, f"{JSON_LENGTH} should be a number of bytes, at most those of the body.")
    return body[: int(length)], body[int(length) :]


def _shape(tensor: dict[str, Any], expected: tuple[int, int, int]) -> tuple[int, ...]:
    """Return the shape of the input, (n, h, w, c); refuses another name, type or shape than the model's."""
    if tensor.get("name") != INPUT or tensor.get("datatype") != "UINT8":
        raise Problem(422, f"Expected an input called '{INPUT}' of datatype UINT8.")
    shape = tensor.get("shape")
    # bool is an int to Python
    numbers = isinstance(shape, list) and all(type(side) is int for side in shape)
    if not (numbers and shape and tuple(shape[1:]) == expected and shape[0] > 0):
        raise Problem(422, f"Expected a tensor of shape [n, {', '.join(map(str, expected))}], n at least 1.")
    return tuple(shape)


def _pixels(tensor: dict[str, Any], shape: tuple[int, ...], tail: bytes) -> NDArray[np.uint8]:
    count = int(np.prod(shape))
    parameters = tensor.get("parameters", {})
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is not None:
        if size != count or len(tail) != count:
            raise Problem(
                422, f"Expected {count} bytes after the JSON, found {len(tail)}; binary_data_size: {size!r:.50}."
            )
        return np.frombuffer(tail, np.uint8).reshape(shape)
    return _from_numbers(tensor.get("data"), count).reshape(shape)


def _from_numbers(data: Any, count: int) -> NDArray[np.uint8]:
    """Return the pixels of a list of numbers, flat or nested as the shape is."""
    try:
        values = np.asarray(data).reshape(-1)
    except ValueError:
        values = np.empty(0, object)
    if values.dtype.kind not in "iu" or len(values) != count or values.min() < 0 or values.max() > 255:
        raise Problem(
            422,
            f"Expected data of {count} whole numbers from 0 to 255, in as many lists as the shape has axes or in one.",
        )
    return values.astype(np.uint8)


def _wants_bytes(content: dict[str, Any]) -> bool:
    """Say whether the answer is wanted as bytes; refuses other outputs than the model's."""
    outputs = content.get("outputs", [])
    if not isinstance(outputs, list) or not all(isinstance(each, dict) for each in outputs):
        raise Problem(422, "outputs should be a list of objects.")
    if any(each.get("name") != OUTPUT for each in outputs) or len(outputs) > 1:
        raise Problem(422, f"There is one output, '{OUTPUT}'.")
    chosen, key = (outputs[0], "binary_data") if outputs else (content, "binary_data_output")
    parameters = chosen.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Problem(422, "parameters should be an object.")
    if parameters.get("classification"):
        raise Problem(422, "The classification extension is not spoken here; POST /predict names the classes.")
    return parameters.get(key, False) is True


def answered(asked: Asked, probabilities: NDArray[np.float32], name: str) -> Response:
    """Return the answer, as JSON or as JSON and bytes."""
    output: dict[str, Any] = {"name": OUTPUT, "datatype": "FP32", "shape": list(probabilities.shape)}
    content: dict[str, Any] = {"model_name": name, "model_version": "1", "outputs": [output]}
    if asked.id:
        content["id"] = asked.id
    if not asked.is_binary:
        output["data"] = probabilities.reshape(-1).tolist()
        return JSONResponse(content)
    tail = probabilities.astype("<f4").tobytes()
    output["parameters"] = {"binary_data_size": len(tail)}
    head = json.dumps(content).encode()
    return Response(head + tail, headers={JSON_LENGTH: str(len(head))}, media_type="application/octet-stream")
