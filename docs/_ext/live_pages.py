"""Bring the pages that the tutorials made into the site, and list them with the directive `live-pages`."""

from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOG = logging.getLogger(__name__)
LARGEST = 4_000_000
"""Bytes of a page: the gallery is to be read on a phone."""


@dataclass(frozen=True)
class Page:
    """A page that a tutorial writes: where, under which name the site has it, and what there is to see."""

    written: str
    name: str
    title: str
    text: str


PAGES = (
    Page("runs/first-1/report.html", "report", "The report of a classifier", "Press a number of the confusion matrix."),
    Page("check.html", "audit", "An audit of data with planted faults", "Duplicates across splits, side by side."),
    Page("looked/index.html", "inspect", "One image through every layer", "Maps, filters, Grad-CAM, occlusion."),
    Page("steps/convolution.html", "stepper", "How one number came about", "Step through a convolution: press play."),
    Page("runs/photos-1/report.html", "photos", "The report of a folder of photos", "With what the audit found."),
    Page("labels.html", "labels", "Labels that look wrong", "Decide with the keyboard, save the corrections."),
    Page("runs/payments-1/report.html", "anomalies", "The report of a table", "Threshold, promise, baselines, probes."),
    Page("row/index.html", "row", "One row through an autoencoder", "What was rebuilt in each column's place."),
)


def bring(app: Sphinx) -> None:
    """Copy the pages to where Sphinx takes further files from; a missing or large one is a warning."""
    source, target = Path(app.srcdir) / "tutorials", Path(app.srcdir) / "_build" / "live" / "live"
    target.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        written = source / page.written
        if not app.config.sphinx_gallery_conf["plot_gallery"]:
            (target / f"{page.name}.html").write_text(
                "<p>The tutorials did not run for this site.</p>", encoding="utf-8"
            )
        elif not written.is_file():
            LOG.warning("no tutorial wrote %s", page.written)
        elif written.stat().st_size > LARGEST:
            LOG.warning("%s is larger than %s bytes", page.written, LARGEST)
        else:
            # runs say where their data lie, for repeating them; the builder's folders mean nothing to a reader
            html = written.read_text(encoding="utf-8").replace(f"{source.resolve()}/", "")
            (target / f"{page.name}.html").write_text(html, encoding="utf-8")


class LivePages(SphinxDirective):
    """A definition list of the pages, with a link to each."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        return [nodes.definition_list("", *(self._item(page) for page in PAGES))]

    def _item(self, page: Page) -> nodes.Node:
        link = nodes.reference("", page.title, refuri=f"live/{page.name}.html", classes=["live"])
        term = nodes.term("", "", link)
        return nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph(text=page.text)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive; the tutorials run at builder-inited, so this comes after them."""
    app.add_directive("live-pages", LivePages)
    app.connect("builder-inited", bring, priority=900)
    return {"parallel_read_safe": True}
