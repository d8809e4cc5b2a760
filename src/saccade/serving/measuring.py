"""Measures: what Prometheus reads at /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Measures:
    """What a service counts; a registry of its own, so that two services in a process do not share numbers."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter("saccade_requests", "Requests answered.", ["path", "status"], registry=registry)
        self.seconds = Histogram(
            "saccade_request_seconds",
            "From the head of a request to its answer.",
            ["path"],
            buckets=SECONDS,
            registry=registry,
        )
        self.batches = Histogram(
            "saccade_batch_pictures", "Pictures that the network was given at once.", buckets=SIZES, registry=registry
        )
        self.answers = Counter("saccade_answers", "Pictures answered by POST /predict.", ["class"], registry=registry)
        self.waiting = Gauge("saccade_waiting_pictures", "Pictures that are not answered yet.", registry=registry)
        self.bytes_in_flight = Gauge("saccade_body_bytes", "Of requests that are not answered yet.", registry=registry)
