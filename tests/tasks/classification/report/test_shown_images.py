"""The page stays small whatever the data, and says what it leaves out."""

import numpy as np
import pytest

from saccade.core import pages, recipe, registry
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import base
from saccade.tasks.classification.comparisons import Baseline
from saccade.tasks.classification.evaluation import Evaluation
from saccade.tasks.classification.report.image_budget import Album
from saccade.tasks.classification.report.material import Answer, Material
from saccade.tasks.classification.report.report_page import compose_page
from saccade.tasks.classification.report.shown_images import A_MISTAKE, A_RIGHT, GALLERY, choose

pytestmark = pytest.mark.heavy

LARGEST_PAGE = 5_000_000


def make_material(tmp_path, *, classes, images, side, name_of=str):
    """Return what is told of a network that guesses, on noise: no images take more room, none are confused more."""
    random = np.random.default_rng(0)
    labels = np.resize(np.arange(classes), images)
    dataset = ImageDataset(
        name="noise",
        source="noise",
        images=random.integers(0, 256, (images, side, side, 3), dtype=np.uint8),
        labels=labels,
        classes=tuple(name_of(number) for number in range(classes)),
        names=np.array([f"test/{name_of(number)}.jpg" for number in range(images)]),
        splits=np.where(np.arange(images) < classes, "train", "test"),
        content_hash="0",
    )
    rows = dataset.rows("test")
    probabilities = random.dirichlet(np.full(classes, 0.05), len(rows)).astype(np.float32)
    said = probabilities.argmax(axis=1)
    answers = [
        Answer(str(dataset.names[row]), int(labels[row]), int(guess), float(sure))
        for row, guess, sure in zip(rows, said, probabilities.max(axis=1), strict=True)
    ]
    metrics = {
        name: registry.load("metrics", name).compute(labels[rows], probabilities) for name in registry.names("metrics")
    }
    baselines = (Baseline("majority_class", MetricValue(0.1, 0.05, 0.15), MetricValue(0.0, -0.1, 0.1), 9, "a"),)
    return Material(
        run=Run(tmp_path / "run"),
        task=base.named("classification", "images"),
        manifest={"status": "finished", "versions": {}, "precision": "", "seconds": 1, "best": {}, "started": ""},
        recipe=recipe.make({"data": "noise"}),
        data=dataset.record(),
        history=[],
        audit=None,
        evaluation=Evaluation("test", len(rows), dataset.classes, metrics, baselines, ""),
        unscored="",
        answers=answers,
        layers=[],
        shipped=[],
        dataset=dataset,
        unseen="",
    )


@pytest.mark.parametrize(
    ("classes", "images", "side"), [(10, 6_000, 32), (100, 3_000, 96), (1000, 4_000, 24), (2000, 6_000, 16)], ids=str
)
def test_the_page_stays_under_5_megabytes(tmp_path, classes, images, side):
    def name_of(number):
        return f"{number} {'long ' * 40}" if classes >= 1000 else str(number)

    page = compose_page(make_material(tmp_path, classes=classes, images=images, side=side, name_of=name_of))
    assert 1_500_000 < len(page.encode()) < LARGEST_PAGE
    assert ("classes with the most mistakes, of " in page) == (classes > 30)


def answer(number, true, predicted, probability):
    return Answer(f"{number}.png", true, predicted, probability)


def test_every_cell_gets_a_image_before_any_gets_two():
    many = [answer(n, 0, 1, 0.9 - n / 1000) for n in range(100)]
    few = [answer(200 + n, n, n + 1, 0.2) for n in range(1, 6)]
    right = [answer(300 + n, 7, 7, n / 100) for n in range(50)]
    choice = choose([*many, *few, *right], Album(None, room=10_000))
    assert choice.gallery == GALLERY
    assert [image.name for image in choice.images[:GALLERY]] == [f"{n}.png" for n in range(GALLERY)]
    assert len(choice.cells[0, 1]) == A_MISTAKE
    assert all(choice.cells[n, n + 1] for n in range(1, 6))
    assert len(choice.cells[7, 7]) == A_RIGHT
    sureness = [choice.images[number].probability for number in choice.cells[7, 7]]
    assert sureness == [0.49, 0.48, 0.47, 0.46, 0.03, 0.02, 0.01, 0.0]


def test_images_end_where_the_room_ends():
    answers = [answer(n, n % 3, 0, n / 100) for n in range(60)]
    choice = choose(answers, Album(None, room=700))
    assert 0 < len(choice.images) < 12
    assert sum(map(len, choice.cells.values())) == len(choice.images)


def test_a_long_name_keeps_its_end():
    choice = choose([answer("folder/" * 60 + "cat", 0, 1, 0.5)], Album(None, room=1000))
    assert len(choice.images[0].name) == 160
    assert choice.images[0].name.endswith("folder/cat.png")


def test_photos_are_jpeg_where_that_is_smaller_and_small_images_stay_exact():
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (96, 96, 3), dtype=np.uint8)
    flat = np.zeros((96, 96, 1), np.uint8)
    assert pages.embedded(noise).startswith("data:image/png")
    assert pages.embedded(noise, exact=False).startswith("data:image/jpeg")
    assert len(pages.embedded(noise, exact=False)) < len(pages.embedded(noise)) / 2
    assert pages.embedded(flat, exact=False).startswith("data:image/png")
    assert pages.embedded(noise[:32, :32], exact=False).startswith("data:image/png")
