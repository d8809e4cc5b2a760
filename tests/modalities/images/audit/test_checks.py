"""Planted faults are found, and clean data get no alarm."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from saccade.core import registry
from saccade.core.cross_validation import _delong, auc
from saccade.core.dataset import SkippedItem
from saccade.core.finding import Finding, worst_first
from saccade.core.recipe import make
from saccade.modalities.images.audit import checking
from saccade.modalities.images.audit.evidence import gather
from saccade.modalities.images.pixels import to_pixels, without_padding
from saccade.tasks import base

pytestmark = pytest.mark.heavy


def findings(dataset, kind):
    return list(registry.load("checks", kind).find(gather(dataset, quiet=True)))


@pytest.mark.slow
def test_clean_images_get_no_warning(make_scenes, make_dataset):
    audit = checking.audit(make_dataset(make_scenes(450)), quiet=True)
    assert audit.problems == ()


def test_a_copy_across_parts_is_found_and_named(make_scenes, make_dataset):
    scenes = make_scenes(300)
    images = np.concatenate(
        [scenes, scenes[:4], np.clip(scenes[4:8] * 1.1, 0, 255).astype(np.uint8), scenes[8:10, :, ::-1]]
    )
    dataset = make_dataset(images, labels=np.arange(310) % 2, splits=["train"] * 250 + ["test"] * 60)
    (found,) = findings(dataset, "duplicates_across_splits")
    assert found.severity == "severe"
    assert "10 of 60 test images (16.67%) have a duplicate in train: 4 exact, 4 near, 2 mirrored" in found.title
    assert ("00300.png", "00000.png") in found.examples
    assert {("00304.png", "00004.png"), ("00309.png", "00009.png")} <= set(found.examples)


def test_copies_within_training_are_a_note_and_many_of_them_a_warning(make_scenes, make_dataset):
    scenes = make_scenes(200)
    few = np.concatenate([scenes, scenes[:2]])
    many = np.concatenate([scenes, scenes[:50]])
    severities = [
        findings(make_dataset(images, splits=["train"] * len(images)), "duplicates_within_split")[0].severity
        for images in (few, many)
    ]
    assert severities == ["note", "warning"]


def test_duplicates_with_other_labels_are_found_but_not_mirror_images(make_scenes, make_dataset):
    scenes = make_scenes(200)
    images = np.concatenate([scenes, scenes[:3], scenes[10:13, :, ::-1]])
    labels = np.arange(206) % 2
    labels[200:203], labels[203:] = 1 - labels[:3], 1 - labels[10:13]
    (found,) = findings(make_dataset(images, labels=labels), "duplicates_with_other_labels")
    assert found.count == 3
    assert found.severity == "severe"  # 6 of 206 images
    assert set(found.examples) == {("00000.png", "00200.png"), ("00001.png", "00201.png"), ("00002.png", "00202.png")}


def test_groups_in_several_parts_are_found(make_scenes, make_dataset):
    groups = np.array([f"plant {row // 10}" for row in range(100)])
    (found,) = findings(
        make_dataset(make_scenes(100), groups=groups, splits=["train"] * 65 + ["test"] * 35), "straddling_groups"
    )
    assert found.severity == "severe"
    assert found.values["names"] == ["plant 6"]
    assert not findings(
        make_dataset(make_scenes(100), groups=groups, splits=["train"] * 70 + ["test"] * 30), "straddling_groups"
    )


@pytest.mark.slow
def test_a_test_part_in_other_light_is_told_apart(make_scenes, make_dataset):
    scenes = make_scenes(400)
    splits = np.array(["train"] * 200 + ["test"] * 200)
    assert not findings(make_dataset(scenes, splits=splits), "distribution")
    (found,) = findings(make_dataset(np.concatenate([scenes[:200], scenes[200:] // 2]), splits=splits), "distribution")
    assert found.severity == "severe"
    assert found.values["auc"]["value"] > 0.95
    assert found.values["auc"]["low"] <= found.values["auc"]["value"] <= found.values["auc"]["high"]


def test_another_mix_of_classes_is_found(make_scenes, make_dataset):
    labels = np.concatenate([np.zeros(100), np.ones(100), np.zeros(90), np.ones(10)])
    found = findings(
        make_dataset(make_scenes(300), labels=labels, splits=["train"] * 200 + ["test"] * 100), "distribution"
    )
    assert ["mix the classes differently: 40%" in each.title for each in found] == [True]


@pytest.mark.slow
def test_a_watermark_in_the_border_is_a_shortcut(make_scenes, make_dataset):
    scenes, labels = make_scenes(200), np.arange(200) % 2
    assert not findings(make_dataset(scenes, labels=labels), "shortcuts")
    marked = scenes.copy()
    marked[labels == 1, :2, :6] = 255
    (found,) = findings(make_dataset(marked, labels=labels), "shortcuts")
    assert (found.severity, found.certain) == ("warning", False)
    assert found.title.startswith("The border of the image alone tells the class in 100.0%")


def test_what_is_certain_comes_before_what_may_be_nature():
    doubtful = Finding("shortcuts", "warning", "The border tells.", share=0.9, certain=False)
    known = Finding("duplicates_with_other_labels", "warning", "Two labels.", share=0.001)
    note = Finding("small_classes", "note", "Few.", share=1)
    assert worst_first([note, doubtful, known]) == (known, doubtful, note)


def _wide_and_square(folder, scenes, *, fit):
    """Scenes of which those of one class are wide, so that padding, and nothing else, tells the class."""
    for row, scene in enumerate(scenes):
        label = ("cat", "dog")[row % 2]
        (folder / label).mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(scene)
        (image.resize((48, 32)) if label == "cat" else image).save(folder / label / f"{row}.png")
    fields = {"data": str(folder), "image_size": 32, "fit": fit, "test": 0, "validation": 0}
    return base.prepare(make(fields), quiet=True)[1]


@pytest.mark.slow
def test_padding_is_no_border(make_scenes, tmp_path):
    dataset = _wide_and_square(tmp_path, make_scenes(120), fit="pad")
    titles = [each.title for each in findings(dataset, "shortcuts")]
    assert not [title for title in titles if "border" in title]
    assert [title for title in titles if "size and type" in title]  # which is what tells them


@pytest.mark.parametrize("size", [(40, 40), (20, 40), (40, 20), (7, 40), (13, 29)])
@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
def test_only_what_was_filled_in_is_left_out(size, fit):
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    made = to_pixels(Image.fromarray(image), size=(32, 32), channels=3, fit=fit)
    inside = without_padding(made, size)
    if fit != "pad":
        assert inside.shape == (32, 32, 3)
    assert max(inside.shape[:2]) == 32
    assert inside.shape[0] / inside.shape[1] == pytest.approx(size[0] / size[1] if fit == "pad" else 1, rel=0.15)


@pytest.fixture
def photos(tmp_path, make_scenes):
    """Forty JPEG photos."""
    for row, scene in enumerate(make_scenes(40)):
        path = tmp_path / ("cat" if row % 2 else "dog") / f"{row}.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(scene).save(path, quality=90)
    return tmp_path


def _placeholders(folder):
    return findings(base.prepare(make({"data": str(folder), "image_size": 32}), quiet=True)[1], "placeholders")


def _not_found():
    image = Image.new("RGB", (60, 40), "white")
    ImageDraw.Draw(image).text((5, 12), "no image", fill="black")
    return image


def test_a_placeholder_among_photos_is_noticed(photos):
    _not_found().save(photos / "cat" / "missing.png")
    (found,) = _placeholders(photos)
    assert found.severity == "warning"
    assert found.title.startswith(
        "1 image is unlike all others and in another format: cat/missing.png ('cat') is PNG, and 40 are JPEG."
    )


def test_a_photo_in_another_format_is_no_placeholder(photos, make_scenes):
    Image.fromarray(make_scenes(1, seed=9)[0]).save(photos / "cat" / "other.png")
    assert not _placeholders(photos)


def test_in_a_mix_of_formats_none_is_a_placeholder(photos):
    for path in sorted((photos / "cat").glob("*.jpg")):
        Image.open(path).save(path.with_suffix(".png"))
        path.unlink()
    _not_found().save(photos / "cat" / "missing.gif")
    assert not _placeholders(photos)


def test_copies_do_not_make_a_shortcut(make_scenes, make_dataset):
    images, labels = np.tile(make_scenes(100), (4, 1, 1, 1)), np.tile(np.arange(100) % 2, 4)
    assert not findings(make_dataset(images, labels=labels, splits=["train"] * 400), "shortcuts")


@pytest.fixture
def folder(tmp_path, make_scenes):
    """A folder whose cats are wide JPEG files and whose dogs are square PNG files, with a broken and a blank one."""
    for row, picture in enumerate(make_scenes(160)):
        image, label = Image.fromarray(picture), ("cat", "dog")[row % 2]
        (tmp_path / label).mkdir(exist_ok=True)
        if label == "cat":
            image.resize((44, 32)).save(tmp_path / label / f"{row}.jpg", quality=95)
        else:
            image.save(tmp_path / label / f"{row}.png")
    (tmp_path / "cat" / "broken.jpg").write_bytes(b"\xff\xd8 not an image")
    Image.new("RGB", (32, 32), "grey").save(tmp_path / "dog" / "blank.png")
    return tmp_path


@pytest.mark.slow
def test_size_and_type_are_a_shortcut_and_odd_files_are_named(folder):
    _, dataset = base.prepare(make({"data": str(folder), "image_size": 32, "test": 0.25}), quiet=True)
    audit = checking.audit(dataset, quiet=True)
    titles = {finding.kind: finding.title for finding in audit.findings if finding.severity != "note"}
    assert any(finding.title.startswith("The size and type of the file alone tells") for finding in audit.findings)
    assert "1 × the start of the image is damaged or cut short (cat/broken.jpg)" in titles["skipped_files"]
    assert any("of one colour all over" in finding.title for finding in audit.findings)
    assert audit.facts["file_types"] == {"JPEG": 80, "PNG": 81}


def test_a_wrong_scale_is_found(make_scenes, make_dataset):
    (found,) = findings(make_dataset(make_scenes(60) // 16), "unusual_images")
    assert "brighter than" in found.title
    assert found.severity == "warning"


def test_small_and_drowning_classes_are_found(make_scenes, make_dataset):
    labels = np.array([0] * 250 + [1] * 5 + [0] * 40 + [1] * 5)
    found = findings(
        make_dataset(make_scenes(300), labels=labels, splits=["train"] * 255 + ["test"] * 45), "small_classes"
    )
    assert [each.severity for each in found] == ["warning", "warning", "note"]
    assert any("'dog' has fewer than 30 test images ('dog': 5)" in each.title for each in found)


def test_files_put_aside_are_counted(make_scenes, make_dataset):
    skipped = (
        SkippedItem("a.jpg", "damaged: one way."),
        SkippedItem("b.jpg", "damaged: another."),
        SkippedItem("c.txt", "no image by its name: .txt.", kind="other"),
    )
    found = findings(make_dataset(make_scenes(40), skipped_items=skipped), "skipped_files")
    assert [(each.severity, each.title, each.advice) for each in found] == [
        (
            "warning",
            "Skipped: 2 × damaged (a.jpg, b.jpg).",
            "Repair or delete them: a.jpg: damaged: one way; b.jpg: damaged: another.",
        ),
        ("note", "Skipped: 1 × no image by its name: .txt (c.txt).", ""),
    ]


def test_the_interval_of_an_auc_is_delongs():
    rng = np.random.default_rng(0)
    values = [_delong(rng.normal(size=100) + np.arange(100) % 2, np.arange(100) % 2 == 1) for _ in range(400)]
    aucs, variances = np.array(values).T
    assert aucs.mean() == pytest.approx(0.76, abs=0.01)  # Φ(1/√2)
    assert variances.mean() == pytest.approx(aucs.var(), rel=0.2)


def test_noise_is_not_told_apart_more_often_than_its_interval_says():
    rng = np.random.default_rng(0)
    verdicts = [
        auc(rng.normal(size=(120, 6)).astype(np.float32), np.arange(120) % 2 == 1, np.arange(120), seed=seed)
        for seed in range(3)
    ]
    assert max(verdict.low for verdict in verdicts) < 0.55


def test_files_that_are_not_what_their_names_say_and_odd_kinds_of_pixels_are_named(make_scenes, tmp_path):
    for row, picture in enumerate(make_scenes(40)):
        path = tmp_path / ("cat" if row % 2 else "dog") / f"{row}.png"
        path.parent.mkdir(exist_ok=True)
        image = Image.fromarray(picture)
        if row == 3:
            image.save(path, "JPEG")
        elif row in (4, 5):
            image.convert("RGBA").save(path)
        else:
            image.save(path)
    Image.fromarray(make_scenes(1)[0]).convert("CMYK").save(tmp_path / "cat" / "print.jpg")
    _, dataset = base.prepare(make({"data": str(tmp_path)}), quiet=True)
    titles = " ".join(found.title for found in findings(dataset, "unusual_images"))
    assert "1 file is not what the name says: cat/3.png is JPEG" in titles
    assert "2 images have transparent parts" in titles
    assert "1 image has printing colours" in titles
