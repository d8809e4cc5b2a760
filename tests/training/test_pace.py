import pytest

from saccade.tasks import steps
from saccade.training.pace import measure_pace

pytestmark = pytest.mark.heavy


@pytest.mark.slow
def test_a_recipe_that_leaves_a_setting_to_a_trial_is_measured_as_it_will_train(make_images):
    photos = str(make_images({f"{split}/{kind}": 6 for split in ("train", "test") for kind in ("cat", "dog")}))
    prepared = steps.prepare_training("quick", {"data": photos, "pretrained": False, "model.width": 4}, quiet=True)
    assert prepared.recipe.augment.flip == "auto"
    pace = measure_pace(prepared.recipe, prepared.dataset)
    assert 0 < pace.epoch <= pace.whole
