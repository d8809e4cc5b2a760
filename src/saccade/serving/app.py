"""App: the addresses of the service and what answers at each."""

from collections.abc import Iterable

from starlette.routing import Route, Router
from starlette.types import ASGIApp

from saccade.core.predictor import Predictor
from saccade.serving import inference
from saccade.serving.hosts import Hosts
from saccade.serving.limits import Limits
from saccade.serving.middleware import Guard
from saccade.serving.service import Service
from saccade.tasks import base


def make_app(
    predictor: Predictor,
    *,
    name: str = "model",
    limits: Limits | None = None,
    token: str | None = None,
    allowed_hosts: Iterable[str] = (),
) -> ASGIApp:
    """Return the service as an ASGI application.

    Args:
        predictor: from `open_file` or `open_run`.
        name: of the network, in the addresses of the Open Inference Protocol.
        limits: what is taken at most.
        token: which requests must bring: "Authorization: Bearer TOKEN"; none when left out.
        allowed_hosts: names besides the machine's own under which it answers, and whose pages may ask it.
    """
    limits = limits or Limits()
    task = base.named(predictor.task, predictor.modality)
    service: Service = task.service(predictor, name=name, limits=limits, token=token)
    routes = [
        Route("/predict", service.predict, methods=["POST"]),  # first: it is asked most
        Route("/", service.page),
        Route("/healthz", service.health),
        Route("/readyz", service.readiness),
        Route("/metrics", service.metrics),
        Route("/openapi.json", service.openapi),
        Route("/docs", service.documentation),
        *service.routes(),
        *inference.routes(service),
    ]
    # without the framework's application: its layers around every page cost more than a small network's answer
    router = Router(routes, lifespan=service.running)
    hosts = Hosts(allowed_hosts, has_token=token is not None)
    return Guard(router, token=token, measures=service.measures, hosts=hosts)
