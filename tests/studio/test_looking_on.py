"""What a page shows of a training that is looked at, and how it asks for it."""

import json
import os
from datetime import UTC, datetime

import pytest

from saccade.core.live_pictures import LivePicture, LivePictures
from saccade.core.run import Run
from saccade.studio.looking_on import NONE, SOON, LookingOn, shown_pictures

PICTURE = LivePicture("Filters", "Its filters.", "4 filters", b"\x89PNG", 12, 8)


@pytest.fixture
def in_training(make_run):
    """Give a run whose training is this process."""
    folder = make_run("quick-1", status="running")
    manifest = json.loads((folder / "run.json").read_text())
    now = datetime.now(UTC).isoformat()
    (folder / "run.json").write_text(json.dumps({**manifest, "pid": os.getpid(), "updated": now}))
    return Run(folder)


def test_who_looks_on_asks_and_hears_of_new_pictures(in_training):
    looking = LookingOn()
    assert looking.stamp(in_training, is_training=True) is None
    assert in_training.is_asked_for_pictures
    in_training.save(LivePictures("after epoch 1", (PICTURE,)))
    assert looking.stamp(in_training, is_training=True) == str(in_training.changed(LivePictures))


def test_nobody_is_asked_where_nothing_trains(in_training):
    assert LookingOn().stamp(in_training, is_training=False) is None
    assert LookingOn().stamp(None, is_training=True) is None
    assert not (in_training.path / "live").exists()


def test_before_the_first_picture_it_says_when_it_will_be_there(in_training):
    assert shown_pictures(in_training, is_training=True) == {"moment": "", "said": SOON, "pictures": []}
    assert shown_pictures(None, is_training=False)["said"] == ""


def test_where_nothing_can_be_drawn_it_says_so(in_training):
    in_training.save(LivePictures("after epoch 1", ()))
    assert shown_pictures(in_training, is_training=True)["said"] == NONE


def test_a_run_in_training_leads_to_its_pictures(in_training, client):
    in_training.save(LivePictures("after epoch 1", (PICTURE,)))
    assert "In training" in client.get("/runs/quick-1").text
    assert 'data-address="/runs/quick-1/live/pictures"' in client.get("/runs/quick-1/live").text
    found = client.get("/runs/quick-1/live/pictures").json()
    assert found["moment"] == "after epoch 1" and found["pictures"][0]["title"] == "Filters"
    answer = client.get(found["pictures"][0]["source"])
    assert answer.content == PICTURE.png and answer.headers["content-type"] == "image/png"
    assert client.get("/runs/quick-1/live/pictures/7").status_code == 404
    charts = client.get("/runs/quick-1/live/curves").json()["charts"]
    assert [each["name"] for each in charts] == ["loss"] and charts[0]["epochs"] == [1, 2]


def test_a_run_that_is_done_has_no_page_of_its_training(make_run, client):
    make_run("quick-2")
    assert client.get("/runs/quick-2/live").url.path == "/runs/quick-2"


def test_the_stream_of_the_page_asks_for_pictures(in_training, client):
    with client.stream("GET", "/runs/quick-1/live/events") as answer:
        for line in answer.iter_lines():
            if line == "event: training":
                break
    assert in_training.is_asked_for_pictures
