"""Under which names a service answers, and whose pages may ask it."""

import socket

import pytest

pytest.importorskip("starlette")

from each_case import each_case

from saccade.serving.hosts import Hosts
from saccade.serving.problems import Problem

LOOPBACK, LAN = "127.0.0.1", "192.168.1.5"


def status(*headers, server=LOOPBACK, version="1.1", **given):
    """Return 200 or the status with which a request is refused."""
    headers = [(name.encode(), value.encode()) for name, value in headers]
    try:
        Hosts(**given).check({"headers": headers, "http_version": version, "server": (server, 8000)})
    except Problem as problem:
        assert str(problem).endswith(".")
        return problem.status
    return 200


LOOPBACK_NAMES = ["localhost", "localhost:8000", "LocalHost:1", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000", "[::1]"]
LOOPBACK_NAMES += ["a.localhost:8000", "localhost.", "0.0.0.0:8000", "[::ffff:127.0.0.1]:8000"]
STRANGERS = ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost"]
STRANGERS += ["xn--lclhst-2wa.example", "2130706433", "127.1", "0x7f000001", "evil.example."]


@each_case("host", LOOPBACK_NAMES)
@each_case("server", [LOOPBACK, "::1", "::ffff:127.0.0.1", LAN])
def test_names_of_this_machine_are_answered(host, server):
    assert status(("host", host), server=server) == 200


@each_case("host", [*STRANGERS, LAN, "8.8.8.8:8000", "printer", "box.local"])
def test_on_loopback_no_other_name_is(host):
    assert status(("host", host)) == 403
    assert status(("host", host), has_token=True) == 200  # without the token it gets nothing


@each_case(
    ("host", "expected"),
    [
        (LAN, 200),
        (f"{LAN}:8000", 200),
        ("[fe80::1]:8000", 200),
        ("saccade:8000", 200),  # as in docker compose
        ("box.local", 200),
        ("svc.ns.cluster.internal", 200),
        ("evil.example:8000", 403),
        ("192.168.1.5.evil.example", 403),
    ],
)
def test_in_a_network_addresses_and_local_names_are_answered(host, expected):
    assert status(("host", host), server=LAN) == expected


@pytest.mark.parametrize("server", [LOOPBACK, LAN])
def test_a_further_name_may_be_allowed_also_for_its_pages(server):
    given = {"server": server, "allowed": ["Photos.example.com"]}
    assert status(("host", "photos.example.com"), **given) == 200
    assert status(("host", "other.example.com"), **given) == 403
    # as web servers pass it on that say their own name instead
    assert status(("host", "localhost:8000"), ("origin", "https://photos.example.com"), **given) == 200


NO_NAMES = ["", ":8000", "a b", "user@localhost", "localhost/x", "localhost?x", "localhost:x", "localhost:99999"]
NO_NAMES += ["[::1", "ü", "a" * 400, "localhost,evil.example", "localhost\\x", "<b>"]


@each_case("host", NO_NAMES)
def test_a_host_that_is_no_name_is_refused(host):
    assert status(("host", host)) == status(("host", host), has_token=True) == 400


def test_one_host_is_needed_and_no_more():
    assert status() == 400
    assert status(version="1.0") == 200  # older than the header
    assert status(("host", "localhost"), ("host", "localhost")) == 400
    assert status(("host", "localhost"), ("host", "localhost"), has_token=True) == 400


@each_case(
    ("origin", "expected"),
    [
        ("http://localhost:8000", 200),
        ("http://localhost:3000", 200),  # a page in development, whose server passes its requests on
        ("http://127.0.0.1:8000", 200),
        ("https://evil.example", 403),
        ("http://evil.example:8000", 403),
        ("http://localhost.evil.example:8000", 403),
        ("null", 403),
        ("", 403),
        ("file://", 403),
        ("http://[", 403),
        ("http://localhost:8000, https://evil.example", 403),
        ("http://user@localhost:8000", 403),
    ],
)
@each_case("has_token", [False, True])
def test_a_page_of_another_site_is_not_answered(origin, expected, has_token):
    assert status(("host", "localhost:8000"), ("origin", origin), has_token=has_token) == expected


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        (f"{LAN}:8000", f"http://{LAN}:8000", 200),
        ("photos.example", "https://photos.example", 200),  # behind a web server with TLS
        ("photos.example:443", "https://photos.example", 200),
        ("photos.example", "https://other.example", 403),
        (f"{LAN}:8000", "http://localhost:8000", 403),  # of whoever looks at it
    ],
)
def test_with_a_token_a_page_may_ask_where_it_came_from(host, origin, expected):
    assert status(("host", host), ("origin", origin), server=LAN, has_token=True) == expected


def test_two_origins_are_foreign():
    own = ("origin", "http://localhost:8000")
    assert status(("host", "localhost:8000"), own, own) == 403


@pytest.mark.parametrize("token", [None, "correct-horse"])
def test_a_foreign_page_is_refused_at_every_address_before_anything_else(serve, png, token):
    client = serve(token=token)
    foreign = {"Origin": "https://evil.example"}
    for address in ("/", "/docs", "/openapi.json", "/healthz", "/metrics", "/v2", "/nowhere"):
        response = client.get(address, headers=foreign)
        assert (response.status_code, list(response.json())) == (403, ["error"])
    assert client.post("/predict", content=png(), headers={**foreign, "Content-Type": "image/png"}).status_code == 403
    assert client.options("/predict", headers={**foreign, "Access-Control-Request-Method": "POST"}).status_code == 403


def test_without_a_token_a_rebound_name_is_not_answered(serve):
    client = serve()
    response = client.get("/v2", headers={"Host": f"evil.example:{client.base_url.port}"})
    assert response.status_code == 403
    assert "evil.example" in response.json()["error"]
    assert "--allow-host" in response.json()["error"]


@pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: localhost\r\n"])
def test_a_missing_or_double_host_is_400_on_the_wire(serve, hosts):
    client = serve()
    with socket.create_connection((client.base_url.host, client.base_url.port), 5) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'{"error":"The request has ' in answer


def test_pages_are_made_once(serve, monkeypatch):
    client = serve()
    first = {address: client.get(address).text for address in ("/", "/docs", "/openapi.json")}
    monkeypatch.setattr("saccade.core.pages.render", None)
    assert {address: client.get(address).text for address in first} == first
