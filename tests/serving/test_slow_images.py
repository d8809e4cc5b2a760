"""Images that take long to decode keep nobody else waiting."""

import struct
import threading
import time

import pytest

pytest.importorskip("starlette")

from saccade.serving import batching

pytestmark = pytest.mark.heavy

PLENTY = 10_000  # bytes: more than is decoded in place


def packed_bmp(side):
    """Return a BMP of few bytes that Pillow unpacks in Python: a pixel a line, the rest of it is filled."""
    commands = b"\1\5\0\0" * side
    size = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(commands), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(commands), 0, 0, 1078) + size + bytes(1024) + commands


@pytest.mark.slow
def test_others_are_answered_while_slow_images_are_decoded(serve, png, monkeypatch):
    monkeypatch.setattr(batching, "DECODING_SECONDS", 3)
    client = serve(alone=True)
    slow, found = packed_bmp(5000), []

    def ask():
        started = time.monotonic()
        status = client.post("/predict", content=slow, headers={"Content-Type": "image/bmp"}).status_code
        found.append((status, time.monotonic() - started))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    started = time.monotonic()
    for size in ((20, 20), (400, 400)):  # in place, and by the decoders
        content = png(255, size=size) + bytes(PLENTY)
        assert client.post("/predict", content=content, headers={"Content-Type": "image/png"}).status_code == 200
    assert not found or time.monotonic() - started < 1.5
    for thread in threads:
        thread.join(20)
    statuses, waits = zip(*found, strict=True)
    assert set(statuses) <= {422, 503}
    assert 422 in statuses
    assert max(waits) < 8


def test_what_is_slow_but_good_is_answered(serve, png, monkeypatch):
    monkeypatch.setattr("saccade.modalities.images.decoding.SLOW_SECONDS", 0)
    client = serve(alone=True)
    answer = client.post("/predict", content=png(255), headers={"Content-Type": "image/png"})
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["class"] == "bright"


def test_of_many_images_one_slow_and_bad_is_named(serve, png, monkeypatch):
    monkeypatch.setattr(batching, "DECODING_SECONDS", 1)
    files = [("file", ("a.png", png())), ("file", ("b.bmp", packed_bmp(5000)))]
    answer = serve(alone=True).post("/predict", files=files)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Image 2 of 2: it takes more than")
