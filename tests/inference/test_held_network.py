"""A network is read once in a block, and again where its file is another."""

from saccade.inference.held_network import holding_network, read_once


def read(path):
    return [path.read_text()]


def test_in_a_block_a_file_is_read_once(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("first")
    with holding_network():
        held = read_once(path, read)
        with holding_network():
            assert read_once(path, read) is held
        assert read_once(path, read) is held
    assert read_once(path, read) is not held


def test_another_file_at_its_place_is_read(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("first")
    with holding_network():
        read_once(path, read)
        (tmp_path / "new").write_text("other")
        (tmp_path / "new").replace(path)
        assert read_once(path, read) == ["other"]
