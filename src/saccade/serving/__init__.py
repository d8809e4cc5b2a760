"""An HTTP service: images or rows in, answers out; for programs, Open Inference Protocol clients and people."""

from saccade.serving.app import make_app
from saccade.serving.limits import Limits
from saccade.serving.running import serve

__all__ = ["Limits", "make_app", "serve"]
