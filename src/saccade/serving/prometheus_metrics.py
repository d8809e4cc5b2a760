"""Measures: what Prometheus reads at /metrics."""

import os
import re
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which several processes count; of prometheus_client, which reads it when it is
imported."""


class Measures:
    """What a service counts; a registry of its own, so that two services in a process do not share numbers."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Counter("saccade_requests", "Requests answered.", ["path", "status"], registry=registry)
        self.seconds = Histogram(
            "saccade_request_seconds",
            "From the head of a request to its answer.",
            ["path"],
            buckets=SECONDS,
            registry=registry,
        )
        self.batches = Histogram(
            "saccade_batch_images", "Images that the network was given at once.", buckets=SIZES, registry=registry
        )
        self.answers = Counter("saccade_answers", "Images answered by POST /predict.", ["class"], registry=registry)
        self.waiting = Gauge(
            "saccade_waiting_images",
            "Images that are not answered yet.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.bytes_in_flight = Gauge(
            "saccade_body_bytes",
            "Of requests that are not answered yet.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def text(self) -> bytes:
        """Return all of them as Prometheus reads them, of all processes that count together."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        _forget_dead(Path(os.environ[SHARED]))
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _forget_dead(folder: Path) -> None:
    """Remove what processes left that did not live to take it back: nothing waits there any more."""
    for file in folder.glob("gauge_live*.db"):
        process = int(re.findall(r"\d+", file.name)[-1])
        try:
            os.kill(process, 0)  # asks only
        except OSError:  # there is none, or it is somebody else's by now
            with suppress(FileNotFoundError):  # another process of ours was faster
                multiprocess.mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
