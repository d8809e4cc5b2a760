"""An HTTP service: pictures in, answers out; for programs, for Open Inference Protocol clients, and for a person."""

from saccade.serving.app import make_app
from saccade.serving.limits import Limits
from saccade.serving.running import serve

__all__ = ["Limits", "make_app", "serve"]
