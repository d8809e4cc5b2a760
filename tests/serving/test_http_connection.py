"""Clients that open connections and then take their time."""

import contextlib
import socket
import time

import pytest

pytest.importorskip("httptools")

from saccade.serving import http_connection

pytestmark = pytest.mark.heavy

HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"


def rest(sock):
    """Return what comes until the service closes the connection."""
    with contextlib.suppress(ConnectionResetError):
        return b"".join(iter(lambda: sock.recv(4096), b""))
    return b""


@pytest.mark.parametrize("begun", [b"P", b"POST /predict HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_a_head_that_is_not_finished_is_not_waited_for(connect, begun):
    _, opened = connect(head_seconds=0.5)
    slow, started = opened(), time.monotonic()
    slow.sendall(begun)
    answer = rest(slow)
    assert 0.4 < time.monotonic() - started < 5
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"No whole request within 0.5 seconds" in answer


def test_bytes_that_drip_do_not_buy_time(connect):
    _, opened = connect(head_seconds=0.5)
    slow, started = opened(), time.monotonic()
    slow.sendall(b"GET / HTTP/1.1\r\nX: ")
    with contextlib.suppress(OSError):
        while time.monotonic() - started < 5:
            slow.sendall(b"a")
            time.sleep(0.1)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("begun", [b"", b"\r\n"])
def test_a_connection_that_says_nothing_is_closed(connect, begun):
    _, opened = connect(head_seconds=0.3)
    silent = opened()
    silent.sendall(begun)
    assert rest(silent) == b""


def test_a_second_request_must_be_finished_too(connect, png):
    _, opened = connect(head_seconds=0.5)
    slow = opened()
    slow.sendall(HEAD % len(png()) + png() + b"GET /healthz HT")
    answer = rest(slow)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


def test_an_answer_and_a_body_may_take_longer_than_a_head(connect, network, png):
    client, opened = connect(head_seconds=0.3)
    network.seconds = 0.8
    slow = opened()
    slow.sendall(HEAD % len(png()))
    time.sleep(0.6)
    slow.sendall(png() + b"GET /he")  # the next head waits for the answer, and is not counted until then
    assert slow.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert client.get("/healthz").json() == {"live": True}


def test_a_connection_may_rest_between_requests(connect):
    client, _ = connect(head_seconds=0.2)
    with client.stream("GET", "/healthz") as first:
        first.read()
    stream = first.extensions["network_stream"]
    time.sleep(0.6)  # uvicorn's own patience with connections that rest is 5 seconds
    again = client.get("/healthz")
    assert again.extensions["network_stream"] is stream


@pytest.mark.slow
def test_a_connection_too_many_is_sent_away_while_all_others_are_answered(connect, network, png):
    network.seconds = 1
    _, opened = connect(most=2)
    others = [opened() for _ in range(2)]
    for other in others:
        other.sendall(HEAD % len(png()) + png())
    time.sleep(0.3)
    answer = rest(opened())
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in answer
    assert b"Too many connections" in answer
    assert [other.recv(4096)[:13] for other in others] == [b"HTTP/1.1 200 "] * 2


@pytest.mark.parametrize("begun", [b"", b"POST /predict HTTP/1.1\r\nX: "])
def test_a_thousand_idle_connections_do_not_shut_out_others(connect, png, begun):
    client, opened = connect(most=50)
    idle = [opened() for _ in range(200)]
    for each in idle:
        with contextlib.suppress(OSError):  # closed already
            each.sendall(begun)
    assert client.post("/predict", content=png(), headers={"Content-Type": "image/png"}).status_code == 200
    fresh = opened()
    fresh.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert fresh.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert rest(idle[0]) == b""  # the oldest were closed


def test_an_answer_without_a_body_is_sent_whole_and_the_next_one_follows(connect):
    _, opened = connect(head_seconds=0.5)
    sock = opened()
    sock.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = sock.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert rest(sock).endswith(b'{"live":true}')


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        (b"GET /", b"a" * 1000),
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 1000),
        (b"GET / HTTP/1.1\r\n", b"X-More: aaaaaaaaaaaaaaaa\r\n" * 40),
    ],
)
def test_a_head_without_end_is_not_read_to_its_end(connect, begun, more):
    _, opened = connect(head_seconds=5)
    long = opened()
    long.sendall(begun + more * 70)
    answer = rest(long)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"head of the request is too large" in answer
    endless, sent = opened(), 0
    endless.sendall(begun)
    with contextlib.suppress(OSError):
        while sent < 20_000_000:
            sent += endless.send(more * 10)
    assert sent < 20_000_000


def test_nor_do_trailers(connect):
    client, opened = connect(head_seconds=5)
    endless, sent = opened(), 0
    endless.sendall(HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n")
    with contextlib.suppress(OSError):
        while sent < 20_000_000:
            sent += endless.send(b"X-More: aaaaaaaaaaaaaaaa\r\n" * 100)
    assert sent < 20_000_000
    assert client.get("/healthz").status_code == 200


def test_a_body_in_many_small_chunks_is_read(connect, png):
    _, opened = connect(head_seconds=5)
    sock, content = opened(), png(size=(300, 300)) + bytes(100_000)  # what follows an image is no matter
    sock.sendall(HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked"))
    for start in range(0, len(content), 10):
        sock.sendall(b"%x\r\n%b\r\n" % (len(content[start : start + 10]), content[start : start + 10]))
    sock.sendall(b"0\r\n\r\n")
    assert sock.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_has_said_all_gets_its_answer(connect, network, png):
    network.seconds = 0.3
    _, opened = connect()
    sock = opened()
    sock.sendall(HEAD % len(png()) + png())
    sock.shutdown(socket.SHUT_WR)
    assert sock.recv(4096).startswith(b"HTTP/1.1 200 ")


@pytest.mark.slow
def test_an_answer_that_nobody_takes_is_not_kept(monkeypatch, connect):
    monkeypatch.setattr(http_connection, "UNREAD_SECONDS", 0.3)
    client, opened = connect()
    page = len(client.get("/openapi.json").content)
    sock = opened()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * (20_000_000 // page))
    time.sleep(2)
    with pytest.raises(OSError, match="reset|Broken"):
        for _ in range(100):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)


def test_an_offer_of_another_protocol_is_declined_and_the_image_answered(connect, png):
    client, _ = connect()
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
    content = png() + b"\r\nUpgrade: \r\n\r\n"
    answer = client.post("/predict", content=content, headers={"Content-Type": "image/png", **offer})
    assert answer.json()["predictions"][0]["class"] == "bright"


def test_what_is_no_http_is_refused_as_json(connect):
    _, opened = connect()
    sock = opened()
    sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # as a client begins that wants TLS
    answer = rest(sock)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b'{"error": "Invalid HTTP request received."}')
