"""What stands in for torchvision's own operators where PyTorch has no CUDA and torchvision's wheel was built with it.

There its library cannot be loaded, and `import torchvision` fails because the operators that it describes do not exist.
Photos need none of them; of boxes only `nms` is called, which has a body here. For benchmarks only.
"""

import importlib.util
import re
import time
from pathlib import Path
from typing import Any

MOST = 300
"""Boxes of an image that are kept, the surest first: Ultralytics uses no more, so that the others need no comparing."""

spent = [0.0]
"""Seconds in `nms` so far, which torchvision's own would hardly need."""

_kept: list[Any] = []  # a library is gone when nobody holds it


def complete() -> None:
    """Define the operators, unless torchvision's library can be loaded; to be called before torchvision is imported."""
    import torch

    found = importlib.util.find_spec("torchvision")
    place = Path(str(found and found.origin)).parent
    try:
        torch.ops.load_library(str(place / "_C.so"))
    except OSError:
        _define(torch, (place / "_meta_registrations.py").read_text())


def _define(torch: Any, described: str) -> None:
    library = torch.library.Library("torchvision", "DEF")
    for name in re.findall(
        r"""^@(?:register_meta\(|torch\.library\.register_fake\()["'](?:\w+::)?(\w+)""", described, re.M
    ):
        # an operator that is never called needs no schema of its own
        boxes = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        library.define(f"{name}{boxes if name == 'nms' else '() -> ()'}")
    library.impl("nms", _timed_nms, "CPU")
    _kept.append(library)
    from torchvision import extension

    extension._has_ops = lambda: True  # it asks before each call of `nms`


def _timed_nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    started = time.monotonic()
    kept = nms(boxes, scores, iou_threshold)
    spent[0] += time.monotonic() - started
    return kept


def nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Return positions of boxes (n, 4) that overlap no surer one by more than a threshold, the surest first."""
    import torch

    left = scores.argsort(descending=True)
    kept = list[Any]()
    while len(left) and len(kept) < MOST:
        kept.append(left[0])
        left = left[1:]
        left = left[_overlaps(boxes[kept[-1]], boxes[left]) <= iou_threshold]
    return torch.stack(kept) if kept else left


def _overlaps(box: Any, others: Any) -> Any:
    """Return the IoU (n,) of a box (4,) with others (n, 4), left, top, right and bottom each."""
    sides = (others[:, 2:].minimum(box[2:]) - others[:, :2].maximum(box[:2])).clamp(min=0)
    shared = sides[:, 0] * sides[:, 1]
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    return shared / (areas + (box[2:] - box[:2]).prod() - shared)
