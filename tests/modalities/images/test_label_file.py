import json
import multiprocessing
import os
import signal
import time

import pytest

from saccade.core.errors import DataError
from saccade.modalities.images import label_file
from saccade.modalities.images.label_file import LabelFile, as_of, is_label_file, read


def words(file):
    return [(word.path, word.label) for word in file.read().words]


@pytest.fixture
def file(tmp_path):
    return LabelFile.beside(tmp_path)


def test_the_last_word_on_an_image_counts(file):
    file.append([("a.jpg", "cat"), ("b.jpg", "dog")])
    file.append([("a.jpg", "dog")])
    assert file.read().last == {"a.jpg": "dog", "b.jpg": "dog"}
    assert file.read().counts == {"dog": 2}


def test_a_label_that_is_taken_back_is_none(file):
    file.append([("a.jpg", "cat")])
    file.append([("a.jpg", None)])
    assert file.read().last == {"a.jpg": None}
    assert file.read().counts == {}


def test_what_was_written_stays_as_it_is(file):
    file.append([("a.jpg", "cat")])
    before = file.path.read_bytes()
    file.append([("a.jpg", None)])
    assert file.path.read_bytes().startswith(before)


def test_half_a_line_of_a_writer_that_was_killed_is_left_out_and_then_mended(file):
    file.append([("a.jpg", "cat"), ("b.jpg", "dog")])
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-9])
    assert words(file) == [("a.jpg", "cat")]
    file.append([("c.jpg", "cat")])
    assert words(file) == [("a.jpg", "cat"), ("c.jpg", "cat")]


def test_a_whole_line_without_its_end_is_kept(file):
    file.append([("a.jpg", "cat")])
    file.path.write_bytes(file.path.read_bytes().rstrip(b"\n"))
    file.append([("b.jpg", "dog")])
    assert words(file) == [("a.jpg", "cat"), ("b.jpg", "dog")]


def test_half_a_first_line_is_mended(file):
    file.append([("a.jpg", "cat")])
    file.path.write_bytes(file.path.read_bytes()[:7])
    file.append([("b.jpg", "dog")])
    assert words(file) == [("b.jpg", "dog")]


@pytest.mark.parametrize("content", ["", '{"sacc', '{"saccade_labels": 1, "ima'])
def test_a_file_that_another_writer_just_begins_has_no_words_yet(file, content):
    file.path.write_text(content, encoding="utf-8")
    assert file.read().words == ()


def test_a_damaged_line_within_is_refused_with_its_number(file):
    file.append([("a.jpg", "cat"), ("b.jpg", "dog")])
    lines = file.path.read_text().splitlines()
    file.path.write_text("\n".join([lines[0], lines[1][:-3], lines[2]]) + "\n")
    with pytest.raises(DataError, match="Line 2 of .* is damaged"):
        file.read()


def test_only_the_first_words_are_read_where_an_address_says_so(file):
    file.append([("a.jpg", "cat"), ("b.jpg", "dog"), ("a.jpg", "dog")])
    path, number = as_of(file.path.with_name("labels.jsonl@2"))
    assert read(path, words=number).last == {"a.jpg": "cat", "b.jpg": "dog"}
    with pytest.raises(DataError, match="has 3 labels, and 4 were asked for"):
        read(path, words=4)


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "x" * 201])
def test_a_name_that_is_none_is_refused_and_nothing_is_written(file, label):
    with pytest.raises(DataError, match="is no name of a class"):
        file.append([("a.jpg", "cat"), ("b.jpg", label)])
    assert not file.path.exists()


def test_a_file_of_another_kind_is_not_touched(file):
    file.path.write_text('{"file_name": "a.jpg", "label": "cat"}\n')
    assert not is_label_file(file.path)
    with pytest.raises(DataError, match="is no label file"):
        file.append([("a.jpg", "cat")])
    assert json.loads(file.path.read_text()) == {"file_name": "a.jpg", "label": "cat"}


def test_a_file_elsewhere_names_images_from_where_it_is(tmp_path):
    images = tmp_path / "photos"
    images.mkdir()
    file = LabelFile(tmp_path / "notes" / "mine.jsonl", images=images)
    file.append([(file.name(images / "a.jpg"), "cat")])
    found = read(file.path)
    assert found.images == images
    assert found.last == {"../photos/a.jpg": "cat"}


def write_many(path, who, count):
    file = LabelFile(path)
    for number in range(count):
        file.append([(f"{who}-{number}.jpg", who)])


@pytest.mark.heavy
def test_words_of_two_writers_at_once_are_all_kept(file):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(file.path, who, 40)) for who in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert file.read().counts == {"one": 40, "two": 40}


@pytest.mark.heavy
def test_a_writer_that_is_killed_loses_no_word_that_was_given(file):
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=write_many, args=(file.path, "one", 100_000))
    writer.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (file.path.exists() and len(file.path.read_bytes()) > 3000):
        time.sleep(0.005)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(60)
    before = words(file)
    assert before == [(f"one-{number}.jpg", "one") for number in range(len(before))]
    file.append([("mine.jpg", "two")])
    assert words(file) == [*before, ("mine.jpg", "two")]


def test_a_word_more_is_read_without_parsing_the_others_again(file, monkeypatch):
    file.append([(f"{number}.jpg", "cat") for number in range(50)])
    file.read()
    parsed = []
    parse = label_file._parsed
    monkeypatch.setattr(label_file, "_parsed", lambda line: parsed.append(line) or parse(line))
    file.append([("new.jpg", "dog")])
    assert file.read().last["new.jpg"] == "dog"
    assert len(file.read().words) == 51
    assert sum(b'"path"' in line for line in parsed) == 1


def test_a_word_that_was_changed_in_an_editor_is_read(file):
    file.append([("a.jpg", "cat"), ("b.jpg", "cat")])
    file.read()
    file.path.write_text(file.path.read_text().replace('"a.jpg", "label": "cat"', '"a.jpg", "label": "dog"'))
    assert file.read().last == {"a.jpg": "dog", "b.jpg": "cat"}
    file.append([("c.jpg", "cat")])
    assert file.read().last == {"a.jpg": "dog", "b.jpg": "cat", "c.jpg": "cat"}


def test_a_damaged_line_among_those_that_were_added_is_refused_with_its_number(file):
    file.append([("a.jpg", "cat")])
    file.read()
    with file.path.open("a") as opened:
        opened.write('{"path": "b.jpg", "lab\n{"path": "c.jpg", "label": "cat"}\n')
    with pytest.raises(DataError, match="Line 3 of .* is damaged"):
        file.read()


def test_a_long_half_line_is_dropped_and_what_stands_before_it_is_kept(file):
    file.append([("a.jpg", "cat")])
    with file.path.open("a") as opened:
        opened.write('{"path": "' + "x" * 200_000)
    file.append([("b.jpg", "dog")])
    assert words(file) == [("a.jpg", "cat"), ("b.jpg", "dog")]


@pytest.mark.parametrize("content", ["my notes on the photos", "my notes\nand more", "\n"])
def test_notes_of_somebody_in_a_file_of_this_name_are_kept(file, content):
    file.path.write_text(content)
    with pytest.raises(DataError, match="is no label file"):
        file.append([("a.jpg", "cat")])
    assert file.path.read_text() == content
