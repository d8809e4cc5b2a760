"""Problem: a request that is not answered, with its HTTP status and one clear message."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

RETRY_SECONDS = 1


class Problem(Exception):
    """A request that is not answered.

    Attributes:
        status: of HTTP, 400 to 599.
        headers: of the response, besides the usual ones.
    """

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers


def busy(message: str) -> Problem:
    """Return what tells a client to come back: more work is here than can be done soon."""
    return Problem(503, f"{message} Try again in a moment.", **{"Retry-After": str(RETRY_SECONDS)})


def as_response(problem: Problem) -> Response:
    """Return what the client reads: {"error": message}."""
    return JSONResponse({"error": str(problem)}, problem.status, problem.headers)


async def say_problem(request: Request, error: Exception) -> Response:
    """Answer a problem of ours."""
    assert isinstance(error, Problem)
    return as_response(error)


async def say_refusal(request: Request, error: Exception) -> Response:
    """Answer what the framework found: no such page, another method, a body that is no form."""
    assert isinstance(error, HTTPException)
    message = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = "There is nothing at this address. All addresses: /docs."
    return JSONResponse({"error": message}, error.status_code, error.headers)


async def say_failure(request: Request, error: Exception) -> Response:
    """Answer a fault of ours; what it was stands in the log only."""
    # the web server closes the connection then: a client that did not know would send its next request into nothing
    said = {"error": "This is a fault of the service; its log says more."}
    return JSONResponse(said, 500, {"Connection": "close"})


async def say_nothing(request: Request, error: Exception) -> Response:
    """Close the case of a client that has gone away; the status is for the log, nobody reads the answer."""
    return Response(status_code=400)
