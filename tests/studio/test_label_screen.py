import json
import re
import time

import numpy as np
import pytest
from PIL import Image

from saccade.modalities.images.label_file import LabelFile
from saccade.tasks.classification.labelling import session as sessions

SIDE = 16


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Give a folder of 24 photos, bright and dark, of which no pretrained network is asked."""
    monkeypatch.setattr(sessions.LabelSession, "_find_out", lambda self: None)
    folder, rng = tmp_path / "photos", np.random.default_rng(0)
    folder.mkdir()
    for number in range(24):
        pixels = rng.integers(0, 60, (SIDE, SIDE, 3)) + (180 if number % 2 else 0)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture
def opened(client, photos):
    """Give the address of the folder, opened."""
    address = client.post("/label", data={"path": "photos"}).headers["HX-Redirect"]
    deadline = time.monotonic() + 60
    while client.get(f"{address}/names").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return address


def rows(client, address):
    content = client.get(f"{address}/rows").content
    long = int.from_bytes(content[:4], "little")
    state, rest = json.loads(content[4 : 4 + long]), content[4 + long :]
    count = state["count"]
    labels = np.frombuffer(rest, "<i2", count)
    flags = np.frombuffer(rest, np.uint8, count, offset=5 * count)
    order = np.frombuffer(rest, "<i4", offset=6 * count)
    return state, labels, flags, order


def say(client, address, *words):
    return client.post(f"{address}/words", json={"words": [list(word) for word in words]})


def test_a_label_is_in_the_file_when_it_is_answered(client, opened, photos):
    assert say(client, opened, (0, "dark"), (1, "bright")).json()["counts"] == {"dark": 1, "bright": 1}
    assert LabelFile.beside(photos).read().last == {"00.png": "dark", "01.png": "bright"}
    state, labels, _, order = rows(client, opened)
    assert [state["classes"][labels[row]] for row in (0, 1)] == ["dark", "bright"]
    assert set(order) == set(range(2, 24))


def test_a_label_is_taken_back(client, opened, photos):
    say(client, opened, (0, "dark"))
    assert say(client, opened, (0, None)).json()["labelled"] == 0
    assert LabelFile.beside(photos).read().last == {"00.png": None}


def test_what_another_program_writes_is_seen(client, opened, photos):
    before = rows(client, opened)[0]["version"]
    LabelFile.beside(photos).append([("05.png", "bright")])
    state, labels, _, _ = rows(client, opened)
    assert state["version"] > before
    assert state["classes"][labels[5]] == "bright"


def test_the_sealed_images_are_those_of_the_training(client, opened, photos):
    from saccade.modalities.images.loading import load
    from saccade.modalities.images.splitting import assign_splits

    say(client, opened, *((row, "bright" if row % 2 else "dark") for row in range(24)))
    _, _, flags, _ = rows(client, opened)
    found = assign_splits(load(photos, quiet=True), validation=0.1, test=sessions.SEALED_SHARE, seed=0)
    assert set(np.flatnonzero(flags & sessions.SEALED)) == set(found.rows("test"))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"words": [[0]]}', b'{"words": [["0", "cat"]]}', b'{"words": [[99, "cat"]]}']
)
def test_words_that_are_none_are_refused_and_nothing_is_written(client, opened, photos, body):
    assert client.post(f"{opened}/words", content=body).status_code == 422
    assert not (photos / "labels.jsonl").exists()


def test_thumbnails_are_raw_pixels(client, opened):
    content = client.get(f"{opened}/pixels?rows=3,7-9").content
    pixels = np.frombuffer(content, np.uint8).reshape(4, 64, 64, 3)
    assert [image.mean() > 128 for image in pixels] == [True, True, False, True]


@pytest.mark.parametrize("asked", ["24", "x", "0-100000000", "-1"])
def test_rows_that_are_not_there_are_refused(client, opened, asked):
    assert client.get(f"{opened}/pixels?rows={asked}").status_code == 422


def test_a_photo_of_the_camera_is_kept_with_its_class(client, opened, photos):
    photo = (photos / "00.png").read_bytes()
    name = client.post(f"{opened}/captured?label=dark", content=photo).json()["name"]
    assert (photos / "captured" / name).read_bytes() == photo
    assert LabelFile.beside(photos).read().last == {f"captured/{name}": "dark"}
    assert client.post(f"{opened}/captured?label=dark", content=b"no image").status_code == 422


def test_a_folder_that_is_open_is_found_by_its_path_with_an_image_of_it(client, opened, photos):
    def go(query):
        return client.get(f"/label/at?{query}", follow_redirects=False).headers["location"]

    assert go("path=photos&text=03.png") == f"{opened}?text=03.png"
    assert go("path=others&text=03.png&folders=classes") == "/label?path=others&folders=classes"
    assert 'value="classes" checked' in client.get("/label?path=others&folders=classes").text


def test_the_way_to_a_training_leads_to_its_form_with_the_data_in_it(client, opened, photos):
    address = re.search(r'href="(/train/new[^"]*)"', client.get(opened).text)[1]
    assert 'value="photos/labels.jsonl"' in client.get(address).text


def test_a_folder_that_is_not_there_is_refused(client):
    assert client.post("/label", data={"path": "nothing"}).status_code == 422
    assert client.get("/label/0123456789ab/names").status_code == 422


def test_folders_give_the_classes_to_correct(client, make_images, monkeypatch):
    monkeypatch.setattr(sessions.LabelSession, "_find_out", lambda self: None)
    photos = make_images({"cat": 3, "dog": 3})
    address = client.post("/label", data={"path": "photos", "folders": "classes"}).headers["HX-Redirect"]
    while client.get(f"{address}/names").status_code != 200:
        time.sleep(0.02)
    assert rows(client, address)[0]["counts"] == {"cat": 3, "dog": 3}
    say(client, address, (0, "dog"))
    assert rows(client, address)[0]["counts"] == {"cat": 2, "dog": 4}
    assert LabelFile.beside(photos).read().folders == "classes"


@pytest.mark.slow
def test_images_are_labelled_by_keys(chromium, complaints, context, running, photos):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    from saccade.studio.app import make_app

    with running(make_app(context)) as address:
        chromium.get(f"{address}/?token={context.token}")
        chromium.get(f"{address}/label")
        chromium.find_element(By.NAME, "path").send_keys("photos")
        chromium.find_element(By.CSS_SELECTOR, "form button.main").click()
        wait = WebDriverWait(chromium, 60)
        wait.until(lambda _: chromium.find_elements(By.CSS_SELECTOR, "#label[data-ready]"))
        grid = chromium.find_element(By.CSS_SELECTOR, ".thumbs")
        for name in ("dark", "bright"):
            chromium.find_element(By.ID, "class-name").send_keys(name, Keys.ENTER)
        grid.send_keys("1")  # the third
        grid.send_keys(Keys.SHIFT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.NULL, "2")  # the fourth to sixth
        grid.send_keys(Keys.CONTROL, "z", Keys.NULL)
        file = LabelFile.beside(photos)
        wait.until(lambda _: len(file.read().words) == 9)
        kept = [word.label for word in file.read().words]
        assert kept == ["dark", "bright", "dark", "bright", "bright", "bright", None, None, None]
        assert file.read().counts == {"dark": 2, "bright": 1}
        assert len(chromium.find_elements(By.CSS_SELECTOR, "*")) < 300
        found = complaints(chromium)
        chromium.get("about:blank")
    assert not found, "\n".join(found)
