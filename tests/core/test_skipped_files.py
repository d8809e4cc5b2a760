"""What is skipped is said by reason, whatever the reason: a new case is a line."""

import os

import pytest

from saccade.core import recipe
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import MOST_REASONS, by_reason
from saccade.modalities.images import file_kinds, recognition
from saccade.modalities.images.audit import checking
from saccade.modalities.images.audit.page import write_page
from saccade.tasks import base

NOT_READ = "not read; convert it to PNG or TIFF"

FILES = [
    (
        "cat/a.HEIC",
        "1 × .heic: not readable without the package pi-heif; install it with: pip install pi-heif (cat/a.HEIC)",
    ),
    ("cat/a.nef", "1 × .nef: camera raw is not read; export it as JPEG or TIFF (cat/a.nef)"),
    ("dog/deep/a.DNG", "1 × .dng: camera raw is not read; export it as JPEG or TIFF (dog/deep/a.DNG)"),
    *((f"cat/a.{end}", f"1 × .{end}: {NOT_READ} (cat/a.{end})") for end in ("jp2", "psd", "svg", "ico", "tga", "ppm")),
    ("cat/a.txt", "1 × no image by its name: .txt (cat/a.txt)"),
    ("cat/README", "1 × no image by its name: no ending (cat/README)"),
    ("a.png", "1 × image outside of the class folders, left out (a.png)"),
    ("cat/a.jpg", "1 × the start of the image is damaged or cut short (cat/a.jpg)"),
    ("cow/.hidden.png", "1 × class folder that has no images (cow)"),
]
LINKS = [
    ("cat/gone.png", "nowhere", "1 × link that leads nowhere (cat/gone.png)"),
    ("gone", "nowhere", "1 × link that leads nowhere (gone)"),
    ("cat/self", "self", "1 × link that leads nowhere (cat/self)"),
    ("cat/loop", ".", "1 × folder that is read already by another way, or holds this one (cat/loop)"),
]


@pytest.fixture(autouse=True)
def no_heic(monkeypatch):
    monkeypatch.setattr(file_kinds, "heic_package", lambda: "")


def skipped_in(folder):
    _, dataset = base.prepare(recipe.make({"data": str(folder), "image_size": 8}), quiet=True)
    return [str(each) for each in by_reason(dataset.skipped_items)]


@pytest.mark.parametrize(("name", "said"), FILES)
def test_a_file_that_is_not_used_is_said_with_the_reason(make_images, name, said):
    folder = make_images({"cat": 3, "dog": 3})
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"\xff\xd8 no image")
    assert skipped_in(folder) == [said]


@pytest.mark.parametrize(("name", "target", "said"), LINKS)
def test_a_link_that_is_not_followed_is_said(make_images, name, target, said):
    folder = make_images({"cat": 3, "dog": 3})
    (folder / name).symlink_to(target)
    assert skipped_in(folder) == [said]


def test_a_class_folder_that_leads_back_to_all_classes_is_none(make_images):
    folder = make_images({"cat": 3, "dog": 3})
    (folder / "self").symlink_to(".")
    assert recognition.read(folder).classes == ("cat", "dog")
    assert "(self)" in str(by_reason(recognition.read(folder).skipped_items)[0])


def test_a_pipe_is_not_waited_for(make_images):
    folder = make_images({"cat": 3, "dog": 3})
    os.mkfifo(folder / "cat" / "a.png")
    assert skipped_in(folder) == ["1 × no regular file (cat/a.png)"]


@pytest.mark.parametrize(
    ("beside", "kind", "said"),
    [
        ("more/cat", "folder", "1 × folder beside the splits, left out: 2 images (more)"),
        ("ground_truth/cat", "other", "1 × folder beside the splits, left out: 2 images (ground_truth)"),
    ],
)
def test_a_folder_beside_the_splits_is_said_with_its_images(make_images, beside, kind, said):
    folder = make_images({"train/cat": 2, "train/dog": 2, "test/cat": 2, "test/dog": 2, beside: 2})
    (skipped,) = by_reason(recognition.read(folder).skipped_items)
    assert (skipped.kind, str(skipped)) == (kind, said)


def test_many_files_of_one_reason_are_counted_and_three_are_named():
    aside = [SkippedItem(f"{number}.txt", "no image by its name: .txt.", kind="other") for number in range(1200)]
    (skipped,) = by_reason(aside)
    assert str(skipped) == "1,200 × no image by its name: .txt (0.txt, 1.txt, 2.txt and 1,197 more)"
    assert len(skipped.to_dict()["names"]) == 3


def test_what_may_be_missed_comes_first_and_details_do_not_part_a_reason():
    skipped = [
        *(SkippedItem(f"{each}.txt", "no image by its name: .txt.", kind="other") for each in "abc"),
        SkippedItem("a.jpg", "damaged or cut short: one way."),
        SkippedItem("b.jpg", "damaged or cut short: another."),
        SkippedItem("a.tif", "page 1 is used: 3 pages.", kind="pages", count=2),
        SkippedItem("b.tif", "page 1 is used: 9 pages.", kind="pages", count=8),
    ]
    assert [str(each) for each in by_reason(skipped)] == [
        "2 × damaged or cut short (a.jpg, b.jpg)",
        "page 1 of each is used; 10 pages of 2 files not (a.tif, b.tif)",
        "3 × no image by its name: .txt (a.txt, b.txt, c.txt)",
    ]


def test_a_hundred_reasons_do_not_fill_the_screen():
    found = by_reason(SkippedItem(f"{number}.jpg", f"reason {number}") for number in range(100))
    assert len(found) == MOST_REASONS
    assert sum(each.count for each in found) == 100


def test_check_and_the_run_say_what_training_says(make_images, tmp_path):
    folder = make_images({"train/cat": 2, "train/dog": 2, "test/cat": 2, "test/dog": 2, "more/cat": 1})
    for number in range(12):
        (folder / "train" / "cat" / f"{number}.heic").write_bytes(b"")
    _, dataset = base.prepare(recipe.make({"data": str(folder), "image_size": 8}), quiet=True)
    audit = checking.audit(dataset, quiet=True)
    write_page(audit, dataset, tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text()
    recorded = [each["text"] for each in dataset.record()["skipped"]]
    assert [text[:30] for text in recorded] == ["12 × .heic: not readable witho", "1 × folder beside the splits, "]
    for text in recorded:
        assert text in " ".join(finding.title for finding in audit.problems)
        assert text in page
        assert " ".join(text.split()[:4]) in " ".join(audit.to_text().split())


def test_notes_of_loading_are_in_the_audit_also_from_memory(make_images, tmp_path):
    folder = make_images({"cat": 1, "dog": 9})
    _, dataset = base.prepare(recipe.make({"data": str(folder), "image_size": 8}), quiet=True)
    for _ in range(2):
        audit = checking.audit(dataset, quiet=True)
        assert any("'cat' has a single image" in note for note in audit.to_dict()["notes"])
        assert "a single image" in audit.to_text()


def test_a_folder_of_nothing_readable_says_what_it_has(make_images):
    folder = make_images({"cat": 0, "dog": 0})
    (folder / "cat" / "a.cr2").write_bytes(b"")
    with pytest.raises(DataError, match=r"no images that can be read: 1 × \.cr2: camera raw"):
        recognition.read(folder)
