import json
import shutil
import time

import numpy as np
import pytest
from PIL import Image

from saccade import export
from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.modalities.images.label_file import LabelFile, SaidBox, Word
from saccade.tasks import steps
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.labelling import session as sessions
from saccade.tasks.object_detection.labelling import suggesting
from saccade.tasks.object_detection.labelling.session import BoxSession
from saccade.tasks.object_detection.labelling.suggesting import Opinion, Suggested, in_order_of_use, opinion

BOX = ["cat", 1, 2, 30, 20]


@pytest.fixture
def photos(make_images):
    return make_images({".": 30}, size=(32, 48))


@pytest.fixture
def open_session():
    def made(folder):
        session = BoxSession(folder)
        assert session._compared.wait(60)
        return session

    return made


def test_boxes_are_in_the_file_when_they_were_said(photos, open_session):
    session = open_session(photos)
    session.say([(0, [BOX]), (3, [])])
    name = session.describe(0)
    assert LabelFile.beside(photos, kind="boxes").read().last_words[name].boxes == (SaidBox("cat", (1, 2, 30, 20)),)
    assert session.at(0)["boxes"] == [["cat", 1.0, 2.0, 30.0, 20.0, False]]
    assert session.at(3)["boxes"] == []
    assert session.at(4)["boxes"] is None
    assert session.state()["counts"] == {"cat": 1}
    assert session.state()["labelled"] == 2


def test_a_word_is_taken_back(photos, open_session):
    session = open_session(photos)
    session.say([(0, [BOX])])
    session.say([(0, None)])
    assert session.at(0)["boxes"] is None
    assert session.state()["labelled"] == 0


def test_boxes_are_cut_off_at_their_image(photos, open_session):
    session = open_session(photos)
    session.say([(0, [["cat", -5, -5, 500, 500]])])
    assert session.at(0)["boxes"] == [["cat", 0.0, 0.0, 48.0, 32.0, False]]


@pytest.mark.parametrize(
    "words",
    [
        [(99, [BOX])],
        [(-1, [])],
        [(0, [["cat", 50, 2, 90, 20]])],
        [(0, [["", 1, 2, 30, 20]])],
        [(0, ["cat"])],
        [(0, [["cat", 1, 2, 3]])],
        [(0, [["cat", 1, 2, "3", 4]])],
        [(1, [BOX]), (0, [[7, 1, 2, 3, 4]])],
    ],
)
def test_what_is_no_box_is_refused_and_nothing_is_written(photos, open_session, words):
    session = open_session(photos)
    with pytest.raises(DataError):
        session.say(words)
    assert not (photos / "labels.jsonl").exists()


def test_what_another_program_writes_is_seen(photos, open_session):
    session = open_session(photos)
    before = session.state()["version"]
    word = Word(session.describe(5), None, boxes=(SaidBox("dog", (2.0, 2.0, 8.0, 8.0)),), size=(32, 48))
    LabelFile.beside(photos, kind="boxes").append_boxes([word])
    assert session.state()["version"] > before
    assert session.at(5)["boxes"] == [["dog", 2.0, 2.0, 8.0, 8.0, False]]
    assert session.classes == ["dog"]


def test_boxes_of_other_files_are_shown_and_corrected(tmp_path, write_voc, open_session):
    folder = write_voc(tmp_path / "marked", 6)
    session = open_session(folder)
    rows = [row for row in range(6) if session.at(row)["boxes"]]
    assert rows
    name, *_ = before = session.at(rows[0])["boxes"][0]
    session.say([(rows[0], [["new", *before[1:5]]])])
    again = open_session(folder)
    assert again.at(rows[0])["boxes"] == [["new", *before[1:]]]
    assert [again.at(row)["boxes"] for row in rows[1:]] == [session.at(row)["boxes"] for row in rows[1:]]
    assert name in again.classes
    assert again.file.read().folders == "annotations"


def test_a_folder_whose_label_file_has_classes_is_refused(photos):
    LabelFile.beside(photos).append([("0.png", "cat")])
    with pytest.raises(DataError, match="has classes of whole images"):
        BoxSession(photos)


def test_the_sealed_images_are_those_of_the_training(photos, open_session):
    (photos / "copy.png").write_bytes((photos / "0.png").read_bytes())
    session = open_session(photos)
    session.say([(row, [BOX]) for row in range(31)])
    dataset = steps.prepare(recipes.read("object_detection", data=str(photos)), quiet=True).dataset
    sealed = {session.describe(row) for row in np.flatnonzero(session.sealed)}
    assert sealed == set(dataset.names[dataset.rows("test")].tolist())
    assert sealed


def test_an_image_of_the_test_split_stays_in_it_when_boxes_are_added(photos, open_session):
    session, tested = open_session(photos), set()
    for count in (15, 30):
        session.say([(row, [BOX]) for row in range(count)])
        dataset = steps.prepare(recipes.read("object_detection", data=str(photos)), quiet=True).dataset
        now = set(dataset.names[dataset.rows("test")].tolist())
        assert tested <= now
        assert not tested & set(dataset.names[dataset.rows("train")].tolist())
        tested = now


def test_a_photo_is_shown_as_a_camera_was_held(tmp_path, open_session):
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, :30] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    session = open_session(tmp_path)
    assert session.at(0)["size"] == [60, 20]
    large = session.large(0, side=30)
    assert large.shape == (30, 10, 3)
    assert large[:10].mean() > 200
    assert large[20:].mean() < 50


def test_an_image_that_is_gone_says_so(photos, open_session):
    session = open_session(photos)
    (photos / session.describe(0)).unlink()
    with pytest.raises(DataError, match="no longer there"):
        session.large(0, side=100)


# Suggestions


def test_a_detector_is_least_sure_near_its_threshold():
    def doubt(*scores):
        found = Detections(np.zeros((len(scores), 4)), np.array(scores), np.zeros(len(scores), np.int32), (9, 9))
        return opinion(found, ["cat"], 0.4)

    assert doubt(0.4).doubt == 1
    assert doubt(0.4).doubt > doubt(0.6).doubt > doubt(0.95).doubt
    assert doubt(0.35).doubt > doubt(0.1).doubt
    assert doubt().doubt == 0
    assert [each.score for each in doubt(0.9, 0.5, 0.2).boxes] == [0.9, 0.5]


def test_unsure_images_come_first_and_those_of_the_test_split_are_mixed_in():
    order = in_order_of_use(np.arange(8), np.array([8, 9]), {3: 0.9, 5: 0.7}, seed=0).tolist()
    assert sorted(order) == list(range(10))
    free = [row for row in order if row < 8]
    assert free[:2] == [3, 5]
    assert [order.index(row) < 5 for row in sorted((8, 9), key=order.index)] == [True, False]


class MadeUp:
    """Stands for the opinions of a detector: one box on each image, which is surer the later its row."""

    def __init__(self, monkeypatch):
        self.asked = []
        monkeypatch.setattr(sessions, "open_detector", lambda path: path)
        monkeypatch.setattr(sessions, "opinions", self)

    def __call__(self, detector, files):
        for row in files:
            self.asked.append(row)
            yield row, Opinion((Suggested("cat", (1.0, 1.0, 9.0, 9.0), 0.8),), 1 - row / 100)


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_trained_run_suggests_boxes_but_never_on_the_test_split(photos, open_session, tmp_path, monkeypatch):
    asked = MadeUp(monkeypatch).asked
    session = open_session(photos)
    session.say([(0, [BOX])])
    (tmp_path / "run-1").mkdir()
    session.suggest_with(tmp_path / "run-1")
    until(lambda: session.state()["detector"] == "run-1")
    sealed = set(np.flatnonzero(session.sealed).tolist())
    assert sealed
    assert set(asked) == set(range(30)) - sealed
    rows = session.rows()
    assert {row for row, many in enumerate(rows["guessed"]) if many == 1} == set(asked)
    assert session.at(min(sealed))["guessed"] == []
    assert session.at(min(set(asked)))["guessed"] == [["cat", 1.0, 1.0, 9.0, 9.0, 0.8]]
    free = [row for row in rows["order"] if row not in sealed]
    assert free == sorted(set(asked) - {0})


def test_photos_in_which_more_is_found_than_was_drawn_are_named(photos, open_session, tmp_path, monkeypatch):
    MadeUp(monkeypatch)
    session = open_session(photos)
    near, far, none, unsaid = np.flatnonzero(~session.sealed)[:4].tolist()
    session.say([(near, [["dog", 2, 1, 9, 9]]), (far, [["cat", 20, 20, 30, 30]]), (none, [])])
    (tmp_path / "run-1").mkdir()
    session.suggest_with(tmp_path / "run-1")
    until(lambda: session.state()["detector"] == "run-1")
    assert session.rows()["doubted"] == [far, none]
    assert unsaid in session.rows()["order"]


def test_the_same_run_is_asked_once(photos, open_session, tmp_path, monkeypatch):
    asked = MadeUp(monkeypatch).asked
    session = open_session(photos)
    (tmp_path / "run-1").mkdir()
    for _ in range(2):
        session.suggest_with(tmp_path / "run-1")
        until(lambda: session.state()["detector"] == "run-1")
    assert len(asked) == len(set(asked))


def test_a_run_that_cannot_answer_is_said_and_labels_are_kept_all_the_same(photos, open_session, tmp_path, monkeypatch):
    def refuse(path):
        raise RunError("run-1 has no model.onnx to suggest with.")

    monkeypatch.setattr(sessions, "open_detector", refuse)
    session = open_session(photos)
    (tmp_path / "run-1").mkdir()
    session.suggest_with(tmp_path / "run-1")
    until(lambda: session.state()["error"])
    assert session.state()["error"] == "No suggestions: run-1 has no model.onnx to suggest with."
    session.say([(0, [BOX])])
    assert session.state()["labelled"] == 1


@pytest.mark.slow
def test_a_detector_is_asked_by_its_exported_file(untrained, tmp_path):
    copied = Run.open(shutil.copytree(untrained.path, tmp_path / "run"))
    shutil.rmtree(copied.path / "export", ignore_errors=True)
    with pytest.raises(RunError, match="has no model.onnx to suggest with"):
        suggesting.open_detector(copied.path)
    export.export(copied, timed=False, quiet=True)
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 60, (64, 64), dtype=np.uint8)
    pixels[20:34, 30:44] = 220
    Image.fromarray(pixels).save(tmp_path / "one.png")
    opened = suggesting.open_detector(copied.path)
    found = dict(suggesting.opinions(opened, {7: str(tmp_path / "one.png"), 9: str(tmp_path / "none.png")}))
    assert set(found) == {7}
    assert 0 <= found[7].doubt <= 1
    assert all(each.label in ("bar", "square") for each in found[7].boxes)


def write_coco(folder, images, categories):
    names = [{"id": at, "file_name": f"{at}.png", "width": 48, "height": 32} for at in range(images)]
    named = [{"id": at, "name": name} for at, name in enumerate(categories)]
    content = {"images": names, "annotations": [], "categories": named}
    (folder / "annotations.json").write_text(json.dumps(content))


@pytest.mark.parametrize("images", [0, 30])
def test_boxes_are_drawn_where_a_coco_file_has_none_yet_and_its_classes_are_offered(photos, open_session, images):
    write_coco(photos, images, ["cat", "dog"])
    session = open_session(photos)
    assert session.state()["labelled"] == 0 if not images else session.state()["boxes"] == 0
    assert session.classes == ["cat", "dog"]
    session.say([(0, [["dog", 1, 2, 30, 20]])])
    assert session.classes == ["cat", "dog"]
    assert session.state()["counts"] == {"cat": 0, "dog": 1}
    assert open_session(photos).at(0)["boxes"] == [["dog", 1.0, 2.0, 30.0, 20.0, False]]


def test_boxes_are_drawn_where_a_yolo_folder_has_none_yet(photos, open_session):
    (photos / "data.yaml").write_text("train: .\nval: .\nnames: [cat, dog]\n")
    session = open_session(photos)
    assert session.state()["labelled"] == 0
    assert session.classes == ["cat", "dog"]


def test_a_file_whose_boxes_cannot_be_used_is_refused_and_not_taken_for_an_empty_one(photos):
    write_coco(photos, 30, [])
    content = json.loads((photos / "annotations.json").read_text())
    content["annotations"] = [{"image_id": 0, "category_id": 7, "bbox": [1, 2, 3, 4]}]
    (photos / "annotations.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match="a class that the file does not name"):
        BoxSession(photos)


def test_a_word_that_another_program_took_away_is_gone(photos, open_session):
    session = open_session(photos)
    session.say([(0, [BOX]), (1, [["dog", 1, 2, 3, 4]])])
    lines = (photos / "labels.jsonl").read_text().splitlines(keepends=True)
    (photos / "labels.jsonl").write_text("".join(lines[:-1]))
    assert session.boxes[1] is None
    assert session.classes == ["cat"]


def test_boxes_of_other_files_that_cannot_be_shown_are_named(photos, open_session):
    write_coco(photos, 30, ["cat"])
    content = json.loads((photos / "annotations.json").read_text())
    boxes = [{"image_id": 0, "category_id": number, "bbox": [1, 2, 3, 4]} for number in (0, 7)]
    (photos / "annotations.json").write_text(json.dumps({**content, "annotations": boxes}))
    session = open_session(photos)
    assert session.at(0)["boxes"] == [["cat", 1.0, 2.0, 4.0, 6.0, False]]
    ((name, reason),) = session.left_out
    assert name.startswith("0.png: box 2")
    assert "a class that the file does not name: category_id 7" in reason
