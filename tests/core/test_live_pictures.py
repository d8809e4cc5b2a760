"""What a run keeps of pictures, and who asks for them."""

import json

import pytest

from saccade.core.errors import RunError
from saccade.core.live_pictures import LivePicture, LivePictures
from saccade.core.run import Run

PICTURE = LivePicture("Filters", "Its filters.", "4 filters", b"\x89PNG", 12, 8)


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    return Run(folder)


def test_pictures_are_read_as_they_were_kept(run):
    kept = LivePictures("after epoch 2", (PICTURE,))
    run.save(kept)
    assert run.load(LivePictures) == kept


@pytest.mark.parametrize("content", [{}, {"moment": "x", "pictures": [{"title": "x"}]}, {"moment": "x", "pictures": 3}])
def test_damaged_pictures_are_a_sentence(run, content):
    (run.path / "live").mkdir()
    (run.path / "live" / "pictures.json").write_text(json.dumps(content))
    with pytest.raises(RunError, match="damaged"):
        run.load(LivePictures)


def test_who_asks_is_heard(run):
    assert not run.is_asked_for_pictures
    run.ask_for_pictures()
    assert run.is_asked_for_pictures


def test_a_run_that_was_removed_does_not_come_back_by_asking(tmp_path):
    with pytest.raises(RunError):
        Run(tmp_path / "gone").ask_for_pictures()
    assert not (tmp_path / "gone").exists()


def test_a_stage_of_a_contender_belongs_to_the_whole_run(run):
    inside = run.path / "contenders" / "big"
    inside.mkdir(parents=True)
    (inside / "run.json").write_text("{}")
    assert Run(inside).stage("layer_1").whole.path == run.path
    assert run.whole is run
