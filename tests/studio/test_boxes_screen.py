import io
import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from saccade.core.run import Run
from saccade.modalities.images.label_file import LabelFile
from saccade.studio.run_rows import RunRows
from saccade.studio.screens.run.opened import OpenedRun

SQUARE = 24
SIDES = (96, 128)  # height and width


def draw(rng):
    """Return a photo with one bright square, and its sides."""
    left, top = int(rng.integers(4, SIDES[1] - SQUARE - 4)), int(rng.integers(4, SIDES[0] - SQUARE - 4))
    pixels = rng.integers(0, 60, (*SIDES, 3), dtype=np.uint8)
    pixels[top : top + SQUARE, left : left + SQUARE] = (230, 200, 40)
    return pixels, (left, top, left + SQUARE, top + SQUARE)


@pytest.fixture
def photos(tmp_path):
    """Give a folder of eight photos."""
    folder, rng = tmp_path / "photos", np.random.default_rng(0)
    folder.mkdir()
    for number in range(8):
        Image.fromarray(draw(rng)[0]).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def opened(client, photos, until):
    """Give the address of the photos, opened for boxes and read."""
    address = client.post("/label", data={"path": "photos", "kind": "boxes"}).headers["HX-Redirect"]
    until(lambda: client.get(f"{address}/names").status_code == 200)
    return address


def say(client, address, *words):
    """Say boxes, which are on the disk when it returns."""
    return client.post(f"{address}/words", json={"words": [list(word) for word in words]}).raise_for_status()


def test_boxes_are_in_the_file_when_it_answers(client, opened, photos):
    answer = say(client, opened, (0, [["cat", 1, 2, 30, 20]]), (1, []))
    assert answer.json()["counts"] == {"cat": 1}
    found = LabelFile.beside(photos, kind="boxes").read().last_words
    assert [(each.label, each.sides) for each in found["0.png"].boxes] == [("cat", (1, 2, 30, 20))]
    assert found["1.png"].boxes == ()
    rows = client.get(f"{opened}/rows").json()
    assert rows["boxes"] == [1, 0, *[-1] * 6]
    assert set(rows["order"]) == set(range(2, 8))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b'{"words": [[0]]}', b'{"words": [["0", []]]}', b'{"words": [[0, 7]]}', b'{"words": [[0, [7]]]}'),
        *(b'{"words": [[99, []]]}', b'{"words": [[0, [["cat", 1, 1, 1, 5]]]]}', b'{"words": [[0, "cat"]]}'),
    ],
)
def test_words_that_are_none_are_refused_and_nothing_is_written(client, opened, photos, body):
    assert client.post(f"{opened}/words", content=body).status_code == 422
    assert not (photos / "labels.jsonl").exists()


def test_a_photo_is_given_whole_in_its_own_shape(client, opened):
    image = Image.open(io.BytesIO(client.get(f"{opened}/image/3").content))
    assert (image.format, image.size) == ("JPEG", (128, 96))
    assert client.get(f"{opened}/image/8").status_code == 422
    assert client.get(f"{opened}/at/8").status_code == 422


def test_one_folder_can_be_opened_for_either_kind(client, opened, photos, until):
    assert opened.startswith("/boxes/")
    page = client.get("/label").text
    assert f'<a href="{opened}">photos</a> <span class="pale small">boxes</span>' in page
    say(client, opened, (0, []))
    address = client.post("/label", data={"path": "photos", "kind": "classes"}).headers["HX-Redirect"]
    assert address.startswith("/label/")
    page = until(lambda: (answer := client.get(address)).status_code == 422 and answer)
    assert "has boxes around objects, so classes cannot be kept in it" in page.text


def test_the_way_to_a_training_leads_to_the_form_of_a_detector(client, opened):
    say(client, opened, *((row, [["square", 1, 2, 30, 20]]) for row in range(8)))
    page = client.get("/train/new?data=photos/labels.jsonl").raise_for_status()
    assert "Settings of object detection" in page.text


def test_a_folder_that_is_open_is_found_by_its_path_with_a_photo_of_it(client, opened):
    def go(query):
        return client.get(f"/label/at?{query}", follow_redirects=False).headers["location"]

    assert go("path=photos&text=3.png&kind=boxes") == f"{opened}?text=3.png"
    assert go("path=others&kind=boxes&text=3.png") == "/label?path=others&kind=boxes"
    assert 'value="boxes" checked' in client.get("/label?path=others&kind=boxes").text


def detector_run(context, make_run, name, data, **entries):
    """Make the small files of a finished detector."""
    folder = make_run(name, **entries)
    (folder / "recipe.yaml").write_text(f"name: detector\ntask: object_detection\ndata: {data}\nmodel: residual\n")
    described = {"modality": "images", "classes": ["square"], "counts": {"validation": {"square": 3}}}
    (folder / "data.json").write_text(json.dumps(described))
    return folder


def test_the_newest_finished_run_on_these_boxes_suggests(client, opened, photos, context, make_run, tmp_path, until):
    at = {"old": "2026-11-27T08:00:00+00:00", "new": "2026-11-27T09:00:00+00:00", "later": "2026-11-27T10:00:00+00:00"}
    detector_run(context, make_run, "old-1", photos, started=at["old"])
    detector_run(context, make_run, "new-1", f"{photos}/labels.jsonl@4", started=at["new"])
    detector_run(context, make_run, "later-1", tmp_path / "elsewhere", started=at["later"])
    detector_run(context, make_run, "later-2", photos, started=at["later"], status="interrupted")
    client.get(opened)
    said = until(lambda: client.get(f"{opened}/rows").json()["state"]["error"])
    assert said.startswith("No suggestions: new-1 has no model.onnx")


def test_a_mistake_of_a_detector_leads_to_its_boxes(context, photos, make_run):
    path = detector_run(context, make_run, "new-1", f"{photos}/labels.jsonl@4")
    opened = OpenedRun(Run.open(path), RunRows(context.runs).get("new-1"), "runs/new-1")
    asked = parse_qs(urlsplit(opened.correcting("3.png")).query)
    assert asked == {"path": [str(photos)], "text": ["3.png"], "kind": ["boxes"]}
