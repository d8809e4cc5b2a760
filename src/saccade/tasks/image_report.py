"""What reports on images of any task have: which images are shown, and sentences that all say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages, registry
from saccade.core.errors import RunError, SaccadeError
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.modalities.images.audit.page import shown
from saccade.modalities.images.dataset import ImageDataset
from saccade.report import page
from saccade.report.card import with_interval
from saccade.report.material import OTHER_VERSION, RunMaterial, common, unseen_test
from saccade.report.page import Section, commands
from saccade.tasks import base

ROOM_FOR_AUDIT, ROOM_FOR_TILES = 900_000, 1_500_000
"""Characters of the page, which then stays below 5 MB."""

AUDIT_ROWS = 4
"""Rows of images of a finding: `saccade check --html` shows more."""

SHOWN_TILES = 24

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ImageMaterial(RunMaterial):
    """Everything that a report on a run of images says.

    Attributes:
        evaluation: of the test split; None when it was not opened for the network as it is now.
        strata: the data, for their images, with one class each; None when they are not to be had.
        unseen: why there are no images; else "".
    """

    evaluation: Any
    strata: ImageDataset | None
    unseen: str

    @property
    def sizes(self) -> dict[str, int]:
        """How many images there are in each split, 0 for one that was not cut."""
        counted = self.data.get("images") or {split: sum(of.values()) for split, of in self.data["counts"].items()}
        return {split: int(counted.get(split, 0)) for split in ("train", "validation", "test")}


def gather(run: Run, *, data: str | None, quiet: bool) -> ImageMaterial:
    """Return everything that a report says of a run whose data have `strata()`; arguments and errors as `report`."""
    evaluation, unscored = _evaluation(run)
    strata, unseen = _strata(run, data, quiet=quiet)
    return ImageMaterial(**common(run), unscored=unscored, evaluation=evaluation, strata=strata, unseen=unseen)


def _evaluation(run: Run) -> tuple[Any, str]:
    """Return the evaluation, or None and why there is none."""
    unscored = unseen_test(run, "images")
    if unscored:
        return None, unscored
    try:
        return base.for_run(run).read_evaluation(run), ""
    except RunError:  # that it is whole, `unseen_test` has seen
        return None, OTHER_VERSION


def _strata(run: Run, data: str | None, *, quiet: bool) -> tuple[ImageDataset | None, str]:
    """Return the data, or None and why they cannot be shown; data that were asked for must be there."""
    try:
        return base.reload(run, data=data, quiet=quiet).strata(), ""
    except SaccadeError as error:
        if data is not None:
            raise
        return None, str(error)


class Room:
    """Embeds images until a share of the page is used up, so that it stays small whatever the data."""

    def __init__(self, dataset: ImageDataset | None, characters: int) -> None:
        self._dataset, self._left = dataset, characters
        self._row_of = {name: row for row, name in enumerate(dataset.names.tolist())} if dataset else {}

    def embed(self, pixels: NDArray[np.uint8]) -> str:
        """Return an image (h, w, c) as a data address, or "" when there is no more room."""
        source = pages.embedded(pixels, exact=False) if self._left > 0 else ""
        self._left -= len(source)
        return source if self._left >= 0 else ""

    def named(self, name: str) -> str:
        """Return an image by its name; "" when it is not there or there is no more room."""
        row = self._row_of.get(name)
        return "" if row is None or self._dataset is None else self.embed(self._dataset.images[row])


@dataclass(frozen=True)
class Tile:
    """An image of the test with what was said of it: `said` in bold, `true` below, and its name."""

    name: str
    said: str
    true: str


def lead(material: ImageMaterial) -> Any:
    """Return what stands first on the page: the verdict, findings on the network, and why there are no images."""
    return page.fill(
        _FOLDER / "image_report_lead.html.j2",
        material=material,
        evaluation=material.evaluation,
        commands=commands(material, material.run.path),
    )


def tiles(material: ImageMaterial, found: Sequence[Tile], *, key: str, name: str, title: str, about: str) -> Section:
    """Return a section with images, each with what was said of it."""
    room = Room(material.strata, ROOM_FOR_TILES)
    rows = [{"tile": tile, "source": room.named(tile.name)} for tile in found[:SHOWN_TILES]]
    return Section(key, name, page.fill(_FOLDER / "image_report_tiles.html.j2", title=title, about=about, rows=rows))


def baselines(rows: Sequence[tuple[str, str, str]], *, score: str, difference: str, about: str) -> Section:
    """Return the section on baselines: (name, score, difference) a row, this network first."""
    values = {"rows": rows, "score": score, "difference": difference, "about": about}
    return Section("baselines", "Baselines", page.fill(_FOLDER / "image_report_baselines.html.j2", **values))


def findings(material: ImageMaterial) -> list[dict[str, Any]]:
    """Return the findings of the audit with their images."""
    if material.audit is None:
        return []
    room = Room(material.strata, ROOM_FOR_AUDIT)
    return shown(material.audit, material.strata, rows=AUDIT_ROWS, embed=room.embed)


def sentences(sizes: Mapping[str, int], **own: str) -> dict[str, str]:
    """Return what stands in the sections that every page has, of splits of such sizes.

    Args:
        sizes: images in each split.
        **own: the task's own: "exports", "differences", and where it says another thing, "audit", "learning".
    """
    watched = (
        "On the validation images it was watched while it learnt, and the best moment was chosen by them."
        if sizes["validation"]
        else "There were no validation images to watch it by."
    )
    sealed = (
        "The test images were kept sealed for the end: only they say what to expect of new images like them."
        if sizes["test"]
        else "There are no test images."
    )
    return {
        "data": f"The network learnt from the training images. {watched} {sealed}",
        "audit": "Before it was taught, the data were looked through for what spoils a test: images that are in two "
        "splits, and duplicates that contradict each other.",
        "learning": "While both curves improve, it still learns what helps with new images. When only the training "
        "curve improves, it learns its images by heart.",
        "network": "The image passes through these layers from top to bottom.",
        **own,
    }


def fact(material: ImageMaterial) -> tuple[str, str]:
    """Return how many images there are, and of which shape."""
    sizes = ", ".join(f"{size:,} {split}" for split, size in material.sizes.items() if size)
    height, width, channels = material.data["image_shape"]
    return "images", f"{sizes}; {height}×{width} pixels, {'grey' if channels == 1 else 'colour'}"


def front_matter(
    material: ImageMaterial, *, tag: str, title: str, scores: Mapping[str, MetricValue], pipeline: str = ""
) -> Json:
    """Return the front of a model card: what the Hub files the model under, and its results.

    Args:
        material: of the report.
        tag: what the task is called there.
        title: the same for people.
        scores: of the test.
        pipeline: the Hub's own name of the task, where it has one.
    """
    front: dict[str, Any] = {"library_name": "keras", **({"pipeline_tag": pipeline} if pipeline else {})}
    front["tags"] = ["saccade", "keras", tag]
    hub = _hub_name(material)
    if hub:
        front["datasets"] = [hub]
    if material.evaluation:
        result = {
            "task": {"type": tag, "name": title},
            "dataset": {
                "type": hub or "image-folder",
                "name": material.data["name"],
                "split": material.evaluation.split,
            },
            "metrics": [
                {"type": name, "value": score.value, "name": with_interval(name.replace("_", " "), score)}
                for name, score in scores.items()
                if score.value is not None
            ],
        }
        front["model-index"] = [{"name": material.run.path.absolute().name, "results": [result]}]
    return front


def _hub_name(material: ImageMaterial) -> str:
    """Return what named data are called on the Hub; "" for the user's own."""
    if material.recipe.data not in registry.names("data"):
        return ""
    return str(getattr(registry.load("data", material.recipe.data), "HUB", ""))
