import pytest

from saccade.core.data_identity import grew, source_file, source_hash


def test_a_file_of_labels_is_known_at_every_time():
    assert source_file("photos/labels.jsonl@60") == "photos/labels.jsonl"
    assert source_file("photos@60") == "photos@60"
    assert grew({"source": "a/labels.jsonl@60"}, {"source": "a/labels.jsonl@7"})


@pytest.mark.parametrize("other", [{"source": "b/labels.jsonl@60"}, {"source": "a"}, {}])
def test_other_data_did_not_grow_out_of_it(other):
    assert not grew({"source": "a/labels.jsonl@60"}, other)
    assert not grew(other, other) or "@" in other["source"]


def test_corrections_do_not_make_other_data():
    assert source_hash("abc+def") == source_hash("abc") == "abc"
