import json

import pytest

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.tasks.object_detection.marked_and_found import HEADER
from saccade.tasks.object_detection.run_comparison import compare

IMAGES = tuple(f"{number}.png" for number in range(6))


@pytest.fixture
def made_run(tmp_path):
    """Give a function that makes an evaluated run: its data, the images tested, and in which it found the cat."""

    def make(name, *, source, images=IMAGES, finds=(), moved=()):
        run = Run(tmp_path / name)
        run.path.mkdir()
        data = {"classes": ["cat"], "source": source, "content_hash": name}
        (run.path / "data.json").write_text(json.dumps(data))
        rows = []
        for image in images:
            left = 12 if image in moved else 10
            rows.append([image, "image", "", "", "", "", 64, 64])
            rows.append([image, "object", "cat", "", left, 10, 40, 40])
            rows += [[image, "found", "cat", 0.9, left, 10, 40, 40]] if image in finds else []
        run.write_table("predictions", list(HEADER), rows)
        return run

    return make


def test_runs_on_one_growing_label_file_are_compared_on_the_images_that_kept_their_boxes(made_run):
    first = made_run("first", source="/photos/labels.jsonl@10", images=IMAGES[:5], finds=IMAGES[:2])
    second = made_run("second", source="/photos/labels.jsonl@20", finds=IMAGES[:4], moved=IMAGES[:1])
    found = compare(first, second)
    assert (found.images, found.left_out) == (4, 2)  # one was added, and the box of one was corrected
    assert found.difference > 0
    assert found.difference == pytest.approx(found.ap50[1] - found.ap50[0])
    assert found.lines[-1] == "left out: 2 test images that got boxes, or other ones, between the two runs"


def test_runs_on_other_data_are_not_compared(made_run):
    first = made_run("first", source="/photos/labels.jsonl@10", images=IMAGES[:5])
    second = made_run("second", source="/elsewhere/labels.jsonl@20")
    with pytest.raises(RunError, match="have other test images"):
        compare(first, second)
