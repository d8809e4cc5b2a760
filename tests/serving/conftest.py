"""A service on a free port, with a network that one can count by and slow down."""

import contextlib
import io
import socket
import time
from functools import partial

import httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from saccade import serving
from saccade.modalities.images.intake import Intake
from saccade.serving.http_connection import Connection
from saccade.tasks.classification.predictor import Predictor

CLASSES = ("bright", "dark <b>")


class Brightness:
    """Says how bright an image is; remembers how many it was asked at once."""

    def __init__(self):
        self.batches, self.seconds, self.error, self.scale = [], 0.0, None, 1

    def __call__(self, images):
        self.batches.append(len(images))
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        bright = images.reshape(len(images), -1).mean(axis=1) / 255
        return np.stack([bright, 1 - bright], axis=1).astype(np.float32) * self.scale


@pytest.fixture(scope="session")
def png():
    """Give a function that returns a PNG file of one grey: png(255, size=(20, 20))."""

    def make(level=255, size=(20, 20)):
        file = io.BytesIO()
        Image.new("L", size, level).save(file, "PNG")
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def shared_predictor():
    return Predictor(
        name="photos", answer=Brightness(), classes=CLASSES, intake=Intake((8, 8, 1), "pad"), engine="onnx"
    )


@pytest.fixture
def predictor(shared_predictor):
    """The predictor of all services here, as it was born."""
    shared_predictor.answer.__init__()
    object.__setattr__(shared_predictor, "calibration", None)
    return shared_predictor


@pytest.fixture
def network(predictor):
    return predictor.answer


@pytest.fixture(scope="session")
def shared_address(shared_predictor, running):
    """The address of a service with the usual limits, for all tests that need no other."""
    with running(serving.make_app(shared_predictor, name="photos")) as address:
        yield address


@pytest.fixture
def serve(predictor, running, shared_address):
    """Give a function that gives a client of the service.

    With some limits, a token or `alone` it is a service of its own, that has answered nobody yet.
    """
    with contextlib.ExitStack() as stack:

        def start(*, alone=False, token=None, **limits):
            if not (alone or token or limits):
                return stack.enter_context(client_of(shared_address))
            app = serving.make_app(predictor, name="photos", limits=serving.Limits(**limits), token=token)
            return stack.enter_context(client_of(stack.enter_context(running(app))))

        yield start


@pytest.fixture
def connect(predictor, running):
    """Give a function that starts the service with some limits on connections, and gives a client and `opened`."""
    with contextlib.ExitStack() as stack:

        def start(**limits):
            app = serving.make_app(predictor, name="photos")
            client = stack.enter_context(
                client_of(stack.enter_context(running(app, http=partial(Connection, **limits))))
            )
            address = (client.base_url.host, client.base_url.port)
            return client, lambda: stack.enter_context(socket.create_connection(address, 10))

        yield start


def client_of(address):
    return httpx.Client(base_url=address, timeout=20, verify=False)  # reading certificates takes 40 ms
