"""Run + new images → ImageDrift: they are read, looked at, and compared with the run's validation images."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.cross_validation import LEAST
from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.core.finding import worst_first
from saccade.core.run import Run
from saccade.core.skipped_files import by_reason
from saccade.drift.findings import power
from saccade.inference.keras_network import batches, load_model
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Input, Remarks
from saccade.tasks import base, image_properties
from saccade.tasks.image_drift import ImageDrift
from saccade.tasks.image_drift_comparing import Judge, compare
from saccade.tasks.image_views import Viewer, Views
from saccade.tasks.new_images import Found, Source, batched, found_in, name_of, readable, unreadable

MOST, FEWEST = 2_000, 400
"""Images compared at most on either side: between so many a distance of .05 is found, and .1 is what matters. Of large
images at least the smaller number."""

MOST_PIXELS = 30_000_000
"""Of all images on a side, but for the smaller number: large networks take their time for each."""


def check_images(
    run: Run, source: Source, judge: Judge, *, data: str | None = None, answer: Callable[[Any], Any] | None = None
) -> ImageDrift:
    """Return how new images differ from the validation images of a run, and what that means for its answers.

    The training images are no measure, for a network knows them by heart, and the test split stays sealed. Nothing of
    validation images is kept in a run for this: it would go stale when training goes on, and travel with it.

    Args:
        run: a trained run of images.
        source: an image file, a folder, an archive or a table of paths; or several. Labels in it are not read.
        judge: says what the answers are.
        data: where the run's own data lie now, when they or the run have moved.
        answer: makes answers (n, k) of what leaves a network that has others.

    Raises:
        DataError: there are no images, or the run's own are gone.
        RunError: they have changed, the run has too few validation images, or there is no network.
    """
    remarks, skipped, rng = Remarks(), list[SkippedItem](), np.random.default_rng(run.recipe.seed)
    found = list(found_in(source, remarks))
    viewer = Viewer(load_model(run), answer=answer)
    reference = _validation(run, viewer, rng, data=data)
    chosen = _some(found, most(run), rng)
    new = _new(viewer, chosen, Intake.of_run(run), remarks, skipped)
    if new is None:
        raise unreadable(source, skipped)
    result = compare(reference, new, judge, seed=run.recipe.seed)
    drawn = [f"{len(chosen):,} of {len(found):,} images were drawn at random and compared."]
    return ImageDrift(
        source=name_of(source),
        run=str(run.path),
        rows=len(found),
        compared=len(new),
        reference_rows=len(reference),
        shifts=result.shifts,
        told_apart=result.told_apart.score if result.told_apart else None,
        findings=worst_first(result.findings),
        notes=(
            *remarks.notes,
            *(drawn if len(chosen) < len(found) else []),
            *(f"Skipped: {each}." for each in by_reason([*skipped, *remarks.skipped])),
            *power(len(new), len(reference), "image"),
        ),
        skipped=tuple(skipped),
        strangest=result.strangest,
        answers=result.sentences,
    )


def most(run: Run) -> int:
    """Return how many images of a run are compared at most on either side."""
    height, width, _ = run.data["image_shape"]
    return int(np.clip(MOST_PIXELS // (height * width), FEWEST, MOST))


def _validation(run: Run, viewer: Viewer, rng: np.random.Generator, *, data: str | None) -> Views:
    dataset: ImageDataset = base.reload(run, data=data, quiet=True)
    rows = np.array(_some(dataset.rows("validation").tolist(), most(run), rng), np.int64)
    if len(rows) < LEAST:
        raise RunError(
            f"{run.path} has {len(rows)} validation images to compare new ones with; that takes {LEAST}. Train with "
            "more: --validation 0.1, or more images."
        )
    found = viewer.views(_in_batches(dataset, rows))
    return replace(found, files=image_properties.files_of(dataset.images, rows))


def _in_batches(dataset: ImageDataset, rows: NDArray[np.int64]) -> Iterator[tuple[list[str], NDArray[np.uint8]]]:
    names = iter(dataset.names[rows].tolist())
    for pixels in batches(dataset.images, rows=rows):
        yield [next(names) for _ in range(len(pixels))], np.asarray(pixels)


def _new(
    viewer: Viewer, chosen: list[Found], intake: Intake, remarks: Remarks, skipped: list[SkippedItem]
) -> Views | None:
    inputs = list[Input]()

    def read() -> Iterator[tuple[list[str], NDArray[np.uint8]]]:
        for found, pixels in batched(readable(chosen, intake, remarks, skipped)):
            inputs.extend(found)
            yield [each.name for each in found], pixels

    stream = read()
    first = next(stream, None)
    if first is None:
        return None
    views = viewer.views(_chained(first, stream))
    return replace(views, files=image_properties.files_behind(inputs))


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _some(found: list[Any], count: int, rng: np.random.Generator) -> list[Any]:
    """Return so many of them at most, drawn at random, in their order."""
    return [found[place] for place in np.sort(rng.permutation(len(found))[:count]).tolist()]
