import pytest

from saccade.core.parallel import CHUNK, CHUNK_BYTES, in_chunks


@pytest.mark.parametrize(
    ("item_bytes", "most"), [(1, CHUNK), (CHUNK_BYTES // 5, 5), (10 * CHUNK_BYTES, 1)], ids=["small", "large", "huge"]
)
def test_a_task_has_many_items_and_no_more_bytes_than_fit(item_bytes, most):
    found = in_chunks(list, range(130), title="", item_bytes=item_bytes, quiet=True)
    assert [item for chunk in found for item in chunk] == list(range(130))
    assert max(map(len, found)) == most
