"""A service on a free port, with a network that one can count by and slow down."""

import contextlib
import io
import socket
import threading
import time
from functools import partial

import httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette")
uvicorn = pytest.importorskip("uvicorn")

from saccade import serving  # noqa: E402
from saccade.modalities.images.intake import Intake  # noqa: E402
from saccade.serving.connecting import Connection  # noqa: E402
from saccade.tasks.classification.predictor import Predictor  # noqa: E402

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


@pytest.fixture
def network():
    return Brightness()


@pytest.fixture
def predictor(network):
    return Predictor(name="photos", answer=network, classes=CLASSES, intake=Intake((8, 8, 1), "pad"), engine="onnx")


@pytest.fixture
def serve(predictor):
    """Give a function that starts the service with some limits and gives a client of it."""
    with contextlib.ExitStack() as stack:

        def start(*, token=None, **limits):
            app = serving.make_app(predictor, name="photos", limits=serving.Limits(**limits), token=token)
            return stack.enter_context(running(app))

        yield start


@pytest.fixture
def connect(predictor):
    """Give a function that starts the service with some limits on connections, and gives a client and `opened`."""
    with contextlib.ExitStack() as stack:

        def start(**limits):
            app = serving.make_app(predictor, name="photos")
            client = stack.enter_context(running(app, http=partial(Connection, **limits)))
            address = (client.base_url.host, client.base_url.port)
            return client, lambda: stack.enter_context(socket.create_connection(address, 10))

        yield start


@contextlib.contextmanager
def running(app, **options):
    options = {"log_config": None, "ws": "none", "timeout_graceful_shutdown": 5, **options}
    server = uvicorn.Server(uvicorn.Config(app, port=0, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        yield client
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
