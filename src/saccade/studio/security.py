"""Guard: stands before every page; only this machine's own browser, with the token, from the studio's own pages.

Pages send what changes something by htmx or `fetch`: a browser gives a plain `<form method="post">` the origin "null",
because pages say no-referrer, and it is refused.
"""

import hmac
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saccade.core.errors import SaccadeError
from saccade.core.requests import Problem
from saccade.serving.hosts import Hosts
from saccade.serving.limits import Limits

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
"""Of the studio's pages: scripts and styles are files of its own, and nothing is loaded or sent elsewhere."""

DOCUMENT_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
"""Of pages that a run holds, whole in one file: their scripts run apart, without the studio's cookie."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer that does not say another one itself."""

SAFE = frozenset(["GET", "HEAD"])
TOKEN_HEADER = "x-saccade-token"


class Guard:
    """Lets requests through that bring the token, come under this machine's name and from the studio's own pages."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str,
        bodies: Mapping[str, int],
        refuse: Callable[[Scope, Exception], Response],
    ) -> None:
        """Make one.

        Args:
            app: answers what is let through.
            token: which a cookie, the address or a header must bring.
            bodies: the largest body by address, where it is not that of `serve`.
            refuse: makes the answer of an error.
        """
        self._app, self._token, self._bodies, self._refuse = app, token, bodies, refuse
        self._hosts = Hosts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def finish(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = _with_defaults(message.get("headers", []))
            await send(message)

        try:
            entering = self._check(scope)
            answer: ASGIApp = entering or self._app
            await answer(scope, _limited(receive, self._most(scope)), finish)
        except Exception as error:
            if begun:
                raise
            await self._refuse(scope, error)(scope, receive, finish)
            if not isinstance(error, Problem | HTTPException | SaccadeError | ClientDisconnect):
                raise  # for the log

    def _check(self, scope: Scope) -> Response | None:
        """Return the redirect of who comes with the token in the address; raises Problem where nobody may pass."""
        self._hosts.check(scope)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if scope["method"] == "GET" and self._is_token(query.get("token", "")):
            return self._enter(scope, query, headers)
        if not (self._is_token(_cookie(headers)) or self._is_token(headers.get(TOKEN_HEADER, ""))):
            raise Problem(403, "Open the address that `saccade studio` has printed: it brings the token.")
        self._check_origin(scope["method"], headers)
        return None

    def _check_origin(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse what a page of another site, or of another port of this machine, has sent: a cookie does not tell."""
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers.get('host', '')}":
            raise Problem(403, "This request was sent by a page of another site, which is not answered.")
        if method not in SAFE and origin is None and not self._is_token(headers.get(TOKEN_HEADER, "")):
            raise Problem(403, f"Changes are made by the studio's own pages, or with the token in {TOKEN_HEADER}.")

    def _enter(self, scope: Scope, query: dict[str, str], headers: Mapping[str, str]) -> Response:
        """Take the token out of the address, where histories and screenshots would keep it, into a cookie."""
        rest = urlencode({name: value for name, value in query.items() if name != "token"})
        # one slash: "//elsewhere.example/" would be another site
        path = "/" + scope["path"].lstrip("/\\")
        answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        answer.set_cookie(_cookie_name(headers), self._token, httponly=True, samesite="strict", path="/")
        return answer

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _most(self, scope: Scope) -> int:
        return self._bodies.get(scope["path"], Limits().body_bytes)


def _cookie_name(headers: Mapping[str, str]) -> str:
    """Return a name with the port: a browser gives the cookies of one port to all of them."""
    return f"saccade-studio-{headers.get('host', '').rpartition(':')[2]}"


def _cookie(headers: Mapping[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(_cookie_name(headers))
    except CookieError:
        return ""
    return found.value if found else ""


def _with_defaults(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in headers}
    return [*headers, *((key.encode(), value.encode()) for key, value in HEADERS.items() if key.encode() not in given)]


def _limited(receive: Receive, most: int) -> Receive:
    """Return `receive` for bodies of so many bytes at most; more raise Problem (413)."""
    arrived = 0

    async def limited() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > most:
            raise Problem(413, f"What was sent is larger than {most / 1e6:,.0f} MB.", Connection="close")
        return message

    return limited
