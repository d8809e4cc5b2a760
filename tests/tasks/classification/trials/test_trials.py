"""What is chosen before a training: changes of images that labels survive, and the weight of rare classes."""

import os
from pathlib import Path

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.tasks import base
from saccade.tasks.classification.trials import choosing, held_out
from saccade.tasks.classification.trials.class_weighting import gain, is_uneven
from saccade.tasks.classification.trials.label_preservation import helps, survival
from saccade.tasks.classification.trials.trial_augmentations import mirrored, recoloured, turned

pytestmark = pytest.mark.heavy


def recipe(**fields):
    return recipes.make({"data": "generated", "class_weights": "none"}, fields)


SETTLED = {
    "3 and E": {"flip": "none"},
    "b and d": {"flip": "none"},
    "arrows": {"flip": "none"},
    "wires": {"flip": "horizontal", "colour": 0.0},
    "slopes": {"flip": "none", "rotate": 0.0},
    "shapes": {"flip": "horizontal", "rotate": 15.0, "colour": 0.3},
}
"""By what is drawn, what is safe: a mirrored 3, b or arrow is another thing, a mirrored disc is a disc."""


QUICK = ("b and d", "shapes")
"""One that has to be left out, and all that may be used."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.long]) for name in SETTLED]
)
def test_a_change_is_used_where_labels_survive_it_and_left_out_where_not(name, make_drawn):
    expected = SETTLED[name]
    asked = {f"augment.{each}": "auto" for each in expected}
    settled, choices = choosing.choose(recipe(**asked), make_drawn(name))
    assert {each: getattr(settled.augment, each) for each in expected} == expected
    safe = [each for each, value in expected.items() if value not in ("none", 0.0)]
    assert (len(choices.used), len(choices.left_out)) == (len(safe), len(expected) - len(safe))
    assert all("told apart worse (AUC" in sentence for sentence in choices.left_out)
    assert choosing.Choices.from_dict(choices.to_dict()) == choices


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.real_data
@pytest.mark.skipif("SACCADE_DATA_HOME" not in os.environ, reason="needs SACCADE_DATA_HOME")
@pytest.mark.parametrize(("name", "flip"), [("mnist", "none"), ("cifar10", "horizontal"), ("trashnet", "horizontal")])
def test_digits_are_not_mirrored_and_photos_are(name, flip):
    folder = Path(os.environ["SACCADE_DATA_HOME"]) / name
    data = str(folder) if name == "trashnet" else name
    if name == "trashnet" and not folder.is_dir():
        pytest.skip("no TrashNet in SACCADE_DATA_HOME")
    fields = {"data": data, "augment.flip": "auto", "class_weights": "none", "duplicates": "ignored"}
    settled, dataset = base.prepare(recipes.make({}, fields), quiet=True)
    assert choosing.choose(settled, dataset)[0].augment.flip == flip


@pytest.mark.slow
def test_neither_validation_nor_test_is_looked_at(make_drawn, monkeypatch):
    dataset = make_drawn("shapes")
    splits = np.array(["train"] * 160 + ["validation"] * 40 + ["test"] * 40)
    labels = dataset.labels.copy()
    labels[160:] = 0
    seen = []
    small = held_out._small
    monkeypatch.setattr(held_out, "_small", lambda images: seen.append(len(images)) or small(images))
    held_out.answers(dataset.with_split(splits, splits))
    assert seen == [160]


def test_few_images_are_no_proof(make_drawn):
    settled, choices = choosing.choose(recipe(**{"augment.flip": "auto"}), make_drawn("shapes", count=30))
    assert settled.augment.flip == "none"
    assert choices.left_out == (
        "Mirroring is left out: with fewer than 20 training images of a class there is nothing to try it on.",
    )


def test_what_is_asked_for_is_not_tried(make_drawn, monkeypatch):
    monkeypatch.setattr(held_out, "answers", lambda *_, **__: pytest.fail("tried"))
    asked = recipe(**{"augment.flip": "horizontal", "augment.rotate": 5})
    assert choosing.choose(asked, make_drawn("b and d")) == (asked, None)


# Telling


def told(seed, *, count=200, signal=2.0, swapped=False, weaker=1.0):
    """Return labels, and log-probabilities of two classes as they are and changed."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    scores = signal * (1 - 2 * labels) + random.normal(size=count)
    changed = (-1 if swapped else 1) * weaker * signal * (1 - 2 * labels) + random.normal(size=count)
    both = [np.stack([-np.logaddexp(0, -each), -np.logaddexp(0, each)], axis=1) for each in (scores, changed)]
    return labels, *both


TOLD = {
    "as well as before": ({}, True, ""),
    "the other way round": ({"swapped": True}, False, "'b' and 'd' are then told apart worse"),
    "not at all": ({"weaker": 0.0}, False, "'b' and 'd' are then told apart worse"),
    "nothing was learnt": ({"signal": 0.0}, False, "could hardly tell 'b' and 'd' apart"),
    "too few to be sure": ({"count": 24, "signal": 0.7}, False, "too few images of"),
}


@pytest.mark.parametrize(("options", "survives", "reason"), TOLD.values(), ids=TOLD)
def test_labels_survive_when_classes_are_told_apart_as_before(options, survives, reason):
    found = survival(*told(2, **options), ("b", "d"))
    assert found.survives == survives
    assert reason in found.reason


def test_a_change_that_does_nothing_is_seldom_called_harmful():
    kept = [survival(*told(seed), ("b", "d")).survives for seed in range(40)]
    assert np.mean(kept) > 0.9


def test_changes_keep_shape_and_type_and_do_what_they_say():
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    assert (mirrored(images)[:, :, 0] == images[:, :, -1]).all()
    for change in (turned, recoloured):
        made = change(images)
        assert (made.shape, made.dtype) == (images.shape, images.dtype)
        assert (made != images).any()


def test_a_network_that_is_better_when_taught_with_it_may_have_it():
    labels, plain, _ = told(1, count=400, signal=1.0)
    better = plain + 0.3 * (np.eye(2)[labels] - 0.5)
    assert helps(labels, plain, better)
    assert not helps(labels, better, plain)
    assert not helps(labels, plain, plain)
    both = np.concatenate([labels, labels + 2])  # two pairs, of which one is lost

    def apart(first, second):
        return np.block([[first, np.full_like(first, -9)], [np.full_like(second, -9), second]])

    assert helps(both, apart(plain, plain), apart(better, better))
    assert not helps(both, apart(plain, plain), apart(plain + 3 * (np.eye(2)[labels] - 0.5), plain[:, ::-1]))


# Rare classes


def test_equal_weights_pay_where_rare_classes_gain_more_than_the_others_lose():
    labels = np.repeat([0, 1], [900, 100])
    always_first = np.tile([0.9, 0.1], (1000, 1))
    better = np.where(np.random.default_rng(0).random(1000) < 0.9, labels, 1 - labels)
    found = gain(labels, always_first, np.eye(2)[better])
    assert found.plain == 0.5
    assert found.balanced == pytest.approx(0.9, abs=0.03)
    assert found.pays
    assert not gain(labels, np.eye(2)[better], always_first).pays
    assert not gain(labels, np.eye(2)[better], np.eye(2)[better]).pays


def test_only_uneven_classes_are_tried(make_drawn, monkeypatch):
    monkeypatch.setattr(held_out, "answers", lambda *_, **__: pytest.fail("tried"))
    assert not is_uneven(np.array([100, 190, 0]))
    assert not is_uneven(np.array([10, 60]))  # too few to say
    assert is_uneven(np.array([100, 210]))
    settled, choices = choosing.choose(recipe(class_weights="auto"), make_drawn("shapes"))
    assert (settled.class_weights, choices) == ("none", None)


@pytest.mark.slow
def test_the_weight_of_rare_classes_is_chosen_on_images_held_out(make_drawn):
    settled, choices = choosing.choose(recipe(class_weights="auto"), make_drawn("slopes", count=300, share=0.85))
    assert settled.class_weights in {"none", "balanced"}
    (sentence,) = choices.sentences
    assert "balanced accuracy is" in sentence
    assert ("used" in sentence) == (settled.class_weights == "balanced")


@pytest.mark.parametrize("trained", ["head", "last", "all"])
def test_before_a_pretrained_network_is_trained_a_linear_layer_on_its_features_says_it_at_once(
    trained, make_drawn, monkeypatch
):
    dataset = make_drawn("slopes", count=600, share=0.9)
    rare, random = dataset.labels == 1, np.random.default_rng(0)
    vectors = np.where(rare, 1.6, 0)[:, None] * np.eye(1, 8) + random.normal(size=(len(rare), 8))
    monkeypatch.setattr(held_out, "answers", lambda *_, **__: pytest.fail("a network was trained"))
    monkeypatch.setattr(choosing, "vectors_of", lambda *_: vectors)
    asked = recipe(model={"name": "pretrained", "trained": trained}, class_weights="auto")
    settled, kept, sentences = choosing.choose_for_training(asked, dataset)
    assert settled.class_weights == "balanced"
    assert kept[0].used == sentences
    assert "balanced accuracy is" in sentences[0]
