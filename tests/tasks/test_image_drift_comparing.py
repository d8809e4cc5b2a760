"""What is found between two sets of images, on numbers that stand for them."""

import numpy as np
import pytest

from saccade.core import cross_validation
from saccade.core.finding import worst_first
from saccade.drift.two_sample_tests import mix_shift
from saccade.tasks import image_drift_comparing
from saccade.tasks.image_drift import ImageDrift, ImageTest
from saccade.tasks.image_drift_comparing import Answers, compare
from saccade.tasks.image_views import Views

CLASSES = ("bright", "dark")


@pytest.fixture(autouse=True)
def small_forest(monkeypatch):
    monkeypatch.setattr(cross_validation, "TREES", 10)


def views(count, seed, *, bright=0.5, shifted=0.0, together=False):
    """Return images of two classes, of which the first is brighter and has a larger description."""
    rng = np.random.default_rng(seed)
    first = rng.random(count) < bright
    properties = rng.normal(size=(count, 3)) * 10 + 100
    properties[:, 0] += 40 * first + shifted
    descriptions = rng.normal(size=(count, 4))
    descriptions[:, 0] += 3 * first
    if together:
        descriptions[:, 1] = descriptions[:, 2]
    outputs = np.stack([first, ~first], axis=1)
    names = tuple(f"{seed}-{number}.png" for number in range(count))
    return Views(names, *(each.astype(np.float32) for each in (properties, descriptions, outputs)))


def judge(reference, new):
    chosen = tuple(each.outputs.argmax(axis=1) for each in (reference, new))
    counts = np.stack([np.bincount(each, minlength=2) for each in chosen])
    shift = mix_shift("classes", counts, CLASSES)
    test = ImageTest(shift=shift, kind="mix", subject="The mix", advice="Look.", severity="warning")
    return Answers((test,), chosen, ("So many.",))


def drift(reference, new):
    found = compare(reference, new, judge, seed=0)
    return ImageDrift(
        source="new",
        run="runs/1",
        rows=len(new),
        compared=len(new),
        reference_rows=len(reference),
        shifts=found.shifts,
        told_apart=found.told_apart.score if found.told_apart else None,
        findings=worst_first(found.findings),
        strangest=found.strangest,
        answers=found.sentences,
    )


@pytest.mark.parametrize(
    ("changes", "drifted", "verdict", "meaning"),
    [
        ({}, False, "200 images like the run's validation images", "should hold for them"),
        (
            {"shifted": 20},
            True,
            "differ from the run's validation images: brightness",
            "says less of images like these",
        ),
        (
            {"bright": 0.85},
            True,
            "look like the run's validation images, but are answered otherwise: classes",
            "the mix",
        ),
        ({"together": True}, True, "differ from the run's validation images: all in all (AUC", "says less"),
        ({"bright": 0.85, "shifted": 25}, True, "brightness", "says less of images like these"),
    ],
    ids=["alike", "brighter", "other mix", "together", "both"],
)
def test_what_changed_is_named_and_what_the_mix_explains_is_a_note(changes, drifted, verdict, meaning):
    found = drift(views(300, 1), views(200, 2, **changes))
    assert found.drifted == drifted
    assert verdict in found.verdict
    assert meaning in found.meaning
    assert found.verdict in " ".join(found.to_text(width=400).split())
    assert found.to_dict()["meaning"] == found.meaning


def test_what_another_mix_explains_is_said_to_be_explained():
    found = drift(views(600, 1), views(400, 2, bright=0.9))
    explained = [each for each in found.findings if "their mix explains it" in each.title]
    assert {each.values.get("called", each.kind) for each in explained} == {"brightness", "told_apart"}
    assert {each.severity for each in explained} == {"note"}


def test_images_to_look_at_are_those_that_moved_most_and_those_unlike_any_other():
    new = views(200, 2, shifted=20)
    new.descriptions[17] += 50
    found = drift(views(300, 1), new)
    assert found.strangest[0] == "2-17.png"
    brightness = next(each for each in found.findings if each.values.get("called") == "brightness")
    brightest = int(new.properties[:, 0].argmax())
    assert brightness.examples[0] == (f"2-{brightest}.png",)


def test_few_images_are_not_tested_but_the_strangest_are_named():
    found = drift(views(300, 1), views(5, 2))
    assert (found.shifts, found.told_apart, found.drifted, found.meaning) == ((), None, False, "")
    assert found.verdict == "new: 5 images are too few to say whether they are still like those of the run."
    assert len(found.strangest) == 5


def test_equal_input_gives_equal_findings():
    first, second = (drift(views(100, 1), views(80, 2, bright=0.9)).to_dict() for _ in range(2))
    assert first == second


@pytest.mark.heavy
def test_images_of_one_distribution_are_called_drifted_at_most_5_times_in_100(monkeypatch):
    monkeypatch.setattr(image_drift_comparing, "tell_apart", lambda *_, **__: None)  # slow; benchmarks/drift.py asks it
    called = sum(drift(views(200, draw), views(100, 1000 + draw)).drifted for draw in range(100))
    assert called <= 11  # .05 of 100 is 5; 11 is exceeded once in two hundred times
