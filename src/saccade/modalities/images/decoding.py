"""Decoding: an image file's content → pixels. What its header says to be slow is decoded where it can be stopped.

No thread can be stopped while a decoder computes, so a slow file goes to a process of its own, which ends after some
seconds, whatever the decoder does, and which may take only so much memory. All other files are decoded in place: to
start the process takes longer than they do.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from threading import BoundedSemaphore

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, SlowInputError
from saccade.modalities.images.headers import MAX_PIXELS
from saccade.modalities.images.pixels import Fit, open_and_estimate, to_pixels

if os.name == "posix":
    import resource

SLOW_SECONDS = 1.0
"""A file that is said to take longer is decoded in a process of its own."""

AT_ONCE_SECONDS = 0.25
"""A file that is said to take longer is not decoded at once, where others wait."""

MOST_SECONDS = 8
"""Of a processor, after which a decoder is stopped."""

MOST_WAITING = 30 if os.name == "posix" else MOST_SECONDS
"""Seconds that those may take on a machine with much other work: what is left out should not depend on that."""

MOST_MEMORY = 2_500_000_000
"""Bytes of addresses that it may have: images of 100 megapixels took up to 1.6 GB, Python with NumPy 0.3."""

_A_PROCESS = 8_000_000_000  # bytes of this machine's memory for each that may run at once
_REFUSED = 3  # exit status: the reason is in the output


class SlowImageError(SlowInputError):
    """An image that would take longer than there is time for just now."""


def decode(
    content: bytes,
    *,
    size: tuple[int, int],
    channels: int,
    fit: Fit = "pad",
    most_pixels: int = MAX_PIXELS,
    until: float | None = None,
    at_once: bool = False,
) -> NDArray[np.uint8]:
    """Return an image as (height, width, channels), uint8, made by `images.to_pixels`.

    Args:
        content: of an image file.
        size: (height, width) of the result.
        channels: 1 for grey, 3 for red, green, blue.
        fit: as in `to_pixels`.
        most_pixels: an image whose header says more is not decoded.
        until: when there must be an answer, in seconds of `time.monotonic`; None: a slow image waits until others
            of its kind are done.
        at_once: decode nothing that is slow.

    Raises:
        SlowImageError: it is slow, and should be decoded at once, or others were not done in time.
        DataError: it cannot be decoded, within seconds and a bounded memory.
    """
    image, seconds = open_and_estimate(content)
    if image.width * image.height > most_pixels:
        raise DataError(
            f"{image.width}×{image.height} is more than {most_pixels / 1e6:g} megapixels. Make it smaller first."
        )
    if at_once and seconds > min(AT_ONCE_SECONDS, SLOW_SECONDS):
        raise SlowImageError("it takes long to decode.")
    if seconds <= SLOW_SECONDS:
        return to_pixels(image, size=size, channels=channels, fit=fit)
    with _turn(until) as rest:
        return _decode_elsewhere(content, size, channels, fit, seconds=rest)


@contextlib.contextmanager
def _turn(until: float | None) -> Iterator[float]:
    """Wait until another process may be started, and give the seconds that it may take."""
    patience = None if until is None else max(0, until - time.monotonic())
    if not _PROCESSES.acquire(timeout=patience):
        raise SlowImageError("Too many images that take long to decode at once.")
    try:
        yield MOST_WAITING if until is None else max(0.1, until - time.monotonic())
    finally:
        _PROCESSES.release()


def _most_processes() -> int:
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # of another system
        return 1
    return max(1, min(4, memory // _A_PROCESS, os.cpu_count() or 1))


_PROCESSES = BoundedSemaphore(_most_processes())


def _decode_elsewhere(
    content: bytes, size: tuple[int, int], channels: int, fit: Fit, *, seconds: float
) -> NDArray[np.uint8]:
    command = [sys.executable, "-P", "-m", __name__, *map(str, (*size, channels, fit))]
    places = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, env=environment, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"it takes more than {seconds:.0f} seconds to decode: refused. {_SMALLER}") from error
    except OSError as error:
        raise DataError(f"it takes long to decode, and no process can be started for it: {error.strerror}.") from error
    if done.returncode == _REFUSED:
        raise DataError(done.stdout.decode(errors="replace"))
    if done.returncode or len(done.stdout) != size[0] * size[1] * channels:
        raise DataError(f"it takes too long or too much memory to decode: refused. {_SMALLER}")
    return np.frombuffer(done.stdout, np.uint8).reshape(*size, channels).copy()


_SMALLER = "Make it smaller, or save it anew."


def _main(height: str, width: str, channels: str, fit: Fit) -> None:
    """Decode what comes in, write the pixels out, or why there are none."""
    _limit_this_process()
    try:
        image, _ = open_and_estimate(sys.stdin.buffer.read())
        pixels = to_pixels(image, size=(int(height), int(width)), channels=int(channels), fit=fit)
        sys.stdout.buffer.write(pixels.tobytes())
    except DataError as error:
        sys.stdout.buffer.write(str(error).encode())
        sys.exit(_REFUSED)


def _limit_this_process() -> None:
    """Give the decoder its bounds: it ends by itself, also when nobody is left to stop it."""
    if os.name == "posix":
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    _main(*sys.argv[1:])  # type: ignore[arg-type]
