"""A page on layers that were trained before labels came: their filters, and images rebuilt from each."""

from pathlib import Path

from saccade.core.run import Run
from saccade.inspection import page_frame
from saccade.tasks import base
from saccade.tasks.classification.pretrained_layers import draw

_TEMPLATE = Path(__file__).with_name("pretraining_page.html.j2")


def write_page(run: Run, folder: Path, *, data: str | None = None) -> Path | None:
    """Write the page into a folder and return its path, None where a run has no such layers.

    Args:
        run: a trained classifier.
        folder: where to.
        data: where its data lie now, when they or the run have moved.

    Raises:
        RunError: the folder cannot be written, or the data have changed.
    """
    drawn = draw(run, base.reload(run, data=data, quiet=True))
    if drawn is None:
        return None
    sections = {"layers": ("layers", "Layers")}
    return page_frame.write(page_frame.compose(_TEMPLATE, sections, name=run.path.name, pretrained=drawn), folder)
