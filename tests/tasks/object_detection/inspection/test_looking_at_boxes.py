import numpy as np
import pytest

from saccade.core.errors import RunError
from saccade.inspection.summary import summarize
from saccade.tasks import base
from saccade.tasks.object_detection.inspection.misses import WORDS
from saccade.tasks.object_detection.inspection.peaks import PeakFinder
from saccade.tasks.object_detection.inspection.support import occlude
from saccade.tasks.object_detection.predictor import open_predictor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(run):
    return base.for_run(run).trained(run.path)


@pytest.fixture(scope="module")
def dataset(run):
    return base.reload(run, quiet=True)


@pytest.fixture(scope="module")
def finder(trained):
    return PeakFinder(trained.model, overlap=trained.recipe.overlap)


def test_peaks_that_are_kept_are_what_the_network_answers(trained, dataset, finder):
    row = dataset.rows("validation")[:1]
    heat, (peaks,) = finder.heat_and_peaks(dataset.images[row])
    (found,) = open_predictor(trained, model=trained.model).detections_of(dataset, row)
    assert heat.shape[1:] == (16, 16, 2)
    assert sorted(peaks.scores[peaks.kept].tolist()) == pytest.approx(sorted(found.scores.tolist()), abs=1e-5)
    assert peaks.scores.max() == pytest.approx(heat.max(), abs=1e-5)


def test_pixels_that_speak_for_a_box_lie_in_it(dataset, finder):
    rows = dataset.rows("train")
    image = dataset.images[next(row for row in rows if dataset.is_object[row].any())].astype(np.float32)
    _, (peaks,) = finder.heat_and_peaks(image[None])
    support = occlude(finder, image).support(peaks, 0)
    left, top, right, bottom = np.clip(np.rint(peaks.boxes[0]), 0, 63).astype(int)
    assert support.shape == image.shape[:2]
    assert support[top : bottom + 1, left : right + 1].mean() > support.mean()


def test_the_page_of_an_image_shows_boxes_heat_and_what_became_of_its_objects(trained, dataset, tmp_path):
    row = next(row for row in dataset.rows("validation") if dataset.is_object[row].any())
    page = trained.inspect(str(dataset.names[row])).save(tmp_path, png=False).read_text()
    assert "The data mark" in page
    assert "heat map of square" in page
    assert "what speaks for a box of" in page
    assert any(word in page for word in WORDS.values())


def test_a_file_has_no_objects_to_be_missed(trained, dataset, tmp_path):
    image = np.asarray(dataset.images[dataset.rows("train")[0]])
    page = trained.inspect(image).save(tmp_path, png=False).read_text()
    assert "The data mark" not in page


def test_the_overview_counts_each_object_once(trained, dataset, tmp_path):
    found = trained.overview(quiet=True)
    marked = int(dataset.is_object[dataset.rows("validation")].sum())
    assert sum(count for each in found.reasons.values() for reason, count in each.items() if reason != "invented") == (
        marked
    )
    page = found.save(tmp_path).read_text()
    assert all(word in page for word in WORDS.values())
    assert [each.name for each in summarize(trained.model)][-1] in page


def test_the_test_split_stays_sealed(trained, run):
    name = next(name for name, split in run.split.items() if split == "test")
    with pytest.raises(RunError, match="sealed"):
        trained.inspect(name)
    with pytest.raises(RunError, match="sealed"):
        trained.overview(split="test")
