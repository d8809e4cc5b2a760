"""Guard: stands before every page; checks name and token, says what went wrong, counts, and writes the log."""

import hmac
import time
from functools import cache
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saccade.core.requests import Problem, busy
from saccade.serving.hosts import Hosts
from saccade.serving.logs import event
from saccade.serving.problems import error_response, is_fault
from saccade.serving.prometheus_metrics import Measures

OPEN = frozenset(
    ["/", "/docs", "/openapi.json", "/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"],
)
"""Addresses that need no token: what a person or a watchdog opens first. They answer no images."""

MOST = 1024
"""Requests at once; the rest is sent away before anything of it is read."""

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Guard:
    """Lets requests with the right name and token through, and tells measures and log of every one."""

    def __init__(self, app: ASGIApp, *, token: str | None, measures: Measures, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts
        # to find the counter of some labels takes longer than to count
        self._requests, self._seconds = cache(measures.requests.labels), cache(measures.seconds.labels)
        self._expected = token.encode() if token else None
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, begun = 500, False
        scope["app"] = self  # or the router answers in its own words

        async def watch(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        self._running += 1
        try:
            self._refuse(scope)
            await self._app(scope, receive, watch)
        except Exception as error:
            if not begun:
                await error_response(error)(scope, receive, watch)
            if is_fault(error):
                raise  # for the web server's log
        finally:
            self._running -= 1
            self._tell(scope, status, time.perf_counter() - started)

    def _refuse(self, scope: Scope) -> None:
        self._hosts.check(scope)
        if scope["path"] in OPEN:
            return
        if self._running > MOST:
            raise busy(f"{MOST} requests are being answered already.")
        if self._expected is not None and not self._brings_token(dict(scope["headers"]).get(b"authorization", b"")):
            raise Problem(401, "Send the token: Authorization: Bearer …", **{"WWW-Authenticate": "Bearer"})

    def _brings_token(self, given: bytes) -> bool:
        scheme, _, token = given.partition(b" ")
        return hmac.compare_digest(token.strip(), self._expected or b"") and scheme.lower() == b"bearer"

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        # addresses that nobody serves are one: a stranger's guesses must not become endless counters
        route = scope.get("route")
        path = route.path if route is not None and status != HTTPStatus.NOT_FOUND else "other"
        self._requests(path, str(status)).inc()
        self._seconds(path).observe(seconds)
        event(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 2),
            client=(scope.get("client") or ("",))[0],
            **scope.get("state", {}).get("logged", {}),
        )


def print_log(request: Request, **values: object) -> None:
    """Add values to the line that the log gets for a request."""
    request.state.logged = values
