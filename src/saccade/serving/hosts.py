"""Hosts: the names under which a service answers, so that no web page of strangers can ask it through a browser.

Whoever opens a page gives its scripts a way into the network the browser is in. A script may send requests to any
address, and its own name may be made to point at this machine once the page is loaded (DNS rebinding). The browser says
in both cases what the user sees in the address bar: `Origin` says whose script it is, `Host` under which name it asks.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import gethostname
from urllib.parse import urlsplit

from starlette.types import Scope

from saccade.core.requests import Problem

LONGEST = 300
"""Bytes of a name with its port; DNS has 253 at most."""

LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
"""No page on the internet has a name that ends so, nor one without a dot."""


class Hosts:
    """Says which requests came under a name of this service, and from a page of its own or from no page."""

    def __init__(self, allowed: Iterable[str] = (), *, has_token: bool = False) -> None:
        """Make one.

        Args:
            allowed: further names, as a web server before this one passes them on, or whose pages may ask.
            has_token: a request under a foreign name is then as good as any: no browser adds the token by itself.
        """
        self._allowed = frozenset(name.lower().rstrip(".") for name in allowed)
        self._has_token = has_token
        self._wrong = lru_cache(1024)(self._find_wrong)  # clients say the same thing again and again

    def check(self, scope: Scope) -> None:
        """Return when a request may be answered; raises Problem, 400 without one clear Host, 403 for a foreign name."""
        host = origin = None
        for name, value in scope["headers"]:
            if name == b"host":
                if host is not None:
                    raise Problem(400, "The request has two Host headers. Send one.")
                host = value
            elif name == b"origin":
                origin = value if origin is None else b"null"
        if host is None and scope["http_version"] != "1.0":
            raise Problem(400, "The request has no Host header, which HTTP/1.1 asks for.")
        if max(len(host or b""), len(origin or b"")) > LONGEST:
            raise Problem(400, "The Host or Origin of the request is too long.")
        wrong = self._wrong(host, origin, (scope.get("server") or ("",))[0])
        if wrong:
            raise Problem(*wrong)

    def _find_wrong(self, host: bytes | None, origin: bytes | None, server: str) -> tuple[int, str] | None:
        """Return status and sentence for what may not be answered; `server` is the address it came to."""
        asked = _name_and_port(f"//{host.decode('latin-1')}") if host is not None else ("", None)
        if asked is None:
            return 400, "The Host header of the request is no name or address."
        if host is not None and not self._has_token and not self._is_own(asked[0], server):
            return 403, (
                f"This service does not answer under the name '{asked[0]}'. Ask for it under its address, or start it "
                "with --allow-host and this name."
            )
        if origin is None:
            return None
        of_page = _name_and_port(origin.decode("latin-1"))
        same = of_page is not None and of_page == asked
        if same or (of_page and (of_page[0] in self._allowed or (_is_loopback(server) and _is_loopback(of_page[0])))):
            return None
        return 403, (
            "This request was sent by a page of another site (its Origin header says so), which is not answered. Pages "
            "of a site that may ask are named with --allow-host."
        )

    def _is_own(self, name: str, server: str) -> bool:
        if name in self._allowed or _is_loopback(name):
            return True
        if _is_loopback(server):
            return False
        is_local = "." not in name or name.endswith(LOCAL_ENDINGS) or name == gethostname().lower()
        return is_local or _address(name) is not None  # nobody can make an address point elsewhere


def _name_and_port(url: str) -> tuple[str, int | None] | None:
    """Return the name in small letters and the port of an address, None where it is the scheme's; None for no name."""
    try:
        splits = urlsplit(url)
        port = splits.port
    except ValueError:
        return None
    name = (splits.hostname or "").rstrip(".")
    clean = name and "@" not in splits.netloc and not (splits.path or splits.query or splits.fragment)
    if not clean or not name.isascii() or not name.isprintable() or set(name) & set(" '\",<>\\^`{|}%"):
        return None
    return name, None if port in {80, 443} else port


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    """Say whether a name or address is this machine itself, whatever DNS says; 0.0.0.0 is what a log may show of it."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    mapped = getattr(address, "ipv4_mapped", None)
    return address is not None and ((mapped or address).is_loopback or address.is_unspecified)
