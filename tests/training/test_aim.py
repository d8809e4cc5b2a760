"""When a validation shows that a target is reached."""

import math

import pytest

from saccade.core import recipe as recipes
from saccade.core.backend import keras
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.training.aim import Aim, Reaching

pytestmark = pytest.mark.heavy


def aim(until=".99", by="interval", images=5000, monitor="val_accuracy", mode="max"):
    metrics = [
        keras.metrics.CategoricalAccuracy(name="accuracy"),
        keras.metrics.MeanAbsoluteError(name="mae"),
        keras.metrics.Mean(name="odd"),
    ]
    recipe = recipes.make({"until": until, "until_by": by})
    return Aim.of(recipe, metrics=metrics, monitor=monitor, mode=mode, images=images)


def test_a_recipe_without_a_target_has_no_aim():
    assert aim(until="") is None


def test_an_accuracy_is_believed_when_the_lower_end_of_its_interval_is_there():
    found = aim()
    least = 1 - found.mistakes_allowed / 5000
    assert found.interval(least).low >= 0.99 > found.interval(least - 1 / 5000).low
    assert found.is_there(least)
    assert not found.is_there(least - 1 / 5000)
    assert not found.is_there(0.99)


def test_by_checks_the_number_itself_is_enough():
    found = aim(by="checks")
    assert found.is_there(0.99)
    assert not found.is_there(0.9898)
    assert found.mistakes_allowed == 50


def test_other_metrics_are_judged_by_the_number_in_their_own_direction():
    assert aim("mae=.5").is_there(0.5)
    assert not aim("mae=.5").is_there(0.51)
    assert not aim("mae=.5").by_interval
    assert aim("loss=.1").mode == "min"
    assert aim("2", monitor="val_ap", mode="max").is_there(2)
    assert aim("2", monitor="val_ap", mode="min").is_there(1.9)
    assert aim("mae=.5").mistakes_allowed == math.inf


def test_a_check_is_hopeless_when_its_mistakes_are_too_many_whatever_comes():
    found = aim(by="checks", images=1000)  # ten mistakes are allowed
    assert not found.is_hopeless(0.90, 100)
    assert found.is_hopeless(0.89, 100)
    assert not aim("loss=.1").is_hopeless(5.0, 100)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"until": "accurracy=.9"}, UnknownNameError, "Did you mean 'accuracy'"),
        ({"until": "99"}, RecipeError, "between 0 and 1, as .99; found 99"),
        ({"until": "0"}, RecipeError, "between 0 and 1"),
        ({"images": 0}, RecipeError, "raise --validation, or leave it out"),
        ({"images": 100}, RecipeError, r"no mistake at all shows accuracy of 0\.9630 only\. It takes 381"),
        ({"until": "1"}, RecipeError, "always lies below 1 by its interval"),
        ({"until": "odd=1"}, RecipeError, "whether odd should be large or small"),
    ],
)
def test_what_can_never_be_shown_is_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        aim(**options)


def test_all_right_can_be_asked_for_by_checks():
    assert aim("1", by="checks").mistakes_allowed == 0


def test_the_end_says_when_it_was_reached_or_how_far_it_came():
    where = {"seconds": 6.81, "epoch": 1.4, "step": 600}
    reached = Reaching.of(aim(), 0.9944, reached=True, **where)
    assert reached.sentence.startswith("Reached 0.99: validation accuracy 0.9944 (0.9919 to 0.9961) after 6.8 s")
    missed = Reaching.of(aim(), 0.98, reached=False, **where)
    assert missed.sentence.startswith("Did not reach 0.99: validation accuracy came to 0.9800 (0.9757 to 0.9835)")
    assert "loss came to 0.3000 in" in Reaching.of(aim("loss=.1"), 0.3, reached=False, **where).sentence
    assert "no validation accuracy" in Reaching.of(aim(), None, reached=False, **where).sentence
    assert missed.to_dict()["low"] == pytest.approx(0.9757, abs=1e-4)
