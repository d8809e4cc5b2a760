"""Errors as responses: an HTTP status and one clear message."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from saccade.core.requests import Problem


def error_response(error: Exception) -> Response:
    """Return what the client reads when its request ended with an error: {"error": message}."""
    if isinstance(error, Problem):
        return JSONResponse({"error": str(error)}, error.status, error.headers)
    if isinstance(error, HTTPException):  # of the framework: no such page, another method
        lost = error.status_code == HTTPStatus.NOT_FOUND
        message = "There is nothing at this address. All addresses: /docs." if lost else error.detail
        return JSONResponse({"error": message}, error.status_code, error.headers)
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)  # for the log; nobody reads it
    # A fault of ours: what it was stands in the log only. The web server closes the connection then: a client that did
    # not know would send its next request into nothing.
    said = {"error": "This is a fault of the service; its log says more."}
    return JSONResponse(said, 500, {"Connection": "close"})


def is_fault(error: Exception) -> bool:
    """Say whether an error is ours, not the client's."""
    return not isinstance(error, Problem | HTTPException | ClientDisconnect)
