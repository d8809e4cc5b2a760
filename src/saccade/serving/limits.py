"""Limits: what a service takes at most, so that nobody can fill its memory."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a service takes at most.

    Attributes:
        body_bytes: of one request.
        bytes_in_flight: of the bodies of all requests that are not answered yet; more are sent away with 503.
        image_pixels: of one image, as its header says; a larger one is not decoded.
        images: in one request.
        rows: of a table, in one request.
        waiting: images of all requests that are not answered yet; more are sent away with 503.
        seconds: for a body to arrive and its answer to be there.
        batch: images that the network is given at once.
    """

    body_bytes: int = 16_000_000
    bytes_in_flight: int = 128_000_000
    image_pixels: int = 25_000_000
    images: int = 128
    rows: int = 10_000
    waiting: int = 512
    seconds: float = 30
    batch: int = 64
