import hashlib
import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.models.backbones import _torch_file


def written(tensors, numbers, tmp_path):
    """Return the path and checksum of a file as PyTorch wrote it: tensors are (key, offset, shape, steps)."""
    numbers = {key: values for key, values in numbers.items() if key in {each[0] for each in tensors.values()}}
    file = io.BytesIO()
    for each in (_torch_file.MAGIC, 1001, {"little_endian": True}):
        pickle.dump(each, file, protocol=2)
    file.write(text(tensors, numbers))
    pickle.dump(list(numbers), file, protocol=2)
    for values in numbers.values():
        file.write(len(values).to_bytes(8, "little") + values.tobytes())
    path = tmp_path / "weights.pth"
    path.write_bytes(file.getvalue())
    return path, hashlib.sha256(file.getvalue()).hexdigest()


def text(tensors, numbers):
    """Return a pickle in its readable form, in which any name can be written."""
    made = b"ccollections\nOrderedDict\n(tR"
    for name, (key, offset, shape, steps) in tensors.items():
        kind = b"(V" + b"storage\nctorch\nFloatStorage\nV" + key.encode() + b"\nVcpu\nI%d\nNtQ" % len(numbers[key])
        whole = b"".join((b"(", *(b"I%d\n" % side for side in shape), b"t"))
        stride = b"".join((b"(", *(b"I%d\n" % step for step in steps), b"t"))
        call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + kind + b"I%d\n" % offset + whole + stride + b"I00\n" + b"}tR"
        made += b"V" + name.encode() + b"\n" + call + b"s"
    return b"\x80\x02" + made + b"."


NUMBERS = {"0": np.arange(6, dtype=np.float32), "1": np.array([7, 8], np.float32)}


def test_tensors_are_read_with_their_steps(tmp_path):
    tensors = {"a": ("0", 0, (2, 3), (3, 1)), "turned": ("0", 0, (3, 2), (1, 3)), "b": ("1", 1, (1,), (1,))}
    path, digest = written(tensors, NUMBERS, tmp_path)
    found = _torch_file.read(path, sha256=digest)
    assert {name: each.tolist() for name, each in found.items()} == {
        "a": [[0, 1, 2], [3, 4, 5]],
        "turned": [[0, 3], [1, 4], [2, 5]],
        "b": [8],
    }


@pytest.mark.parametrize(
    ("tensor", "says"),
    [(("0", 1, (2, 3), (3, 1)), "outside of its numbers"), (("0", 5, (2,), (-9,)), "outside of its numbers")],
)
def test_a_tensor_that_lies_outside_of_its_numbers_is_refused(tensor, says, tmp_path):
    path, digest = written({"a": tensor}, NUMBERS, tmp_path)
    with pytest.raises(DataError, match=says):
        _torch_file.read(path, sha256=digest)


def test_another_content_is_refused_before_it_is_read(tmp_path):
    (tmp_path / "weights.pth").write_bytes(pickle.dumps(OrderedDict(a=1)))
    with pytest.raises(DataError, match="expected 0000000000000000…. Install its package again"):
        _torch_file.read(tmp_path / "weights.pth", sha256="0" * 64)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match="Cannot read the weights .*No such file"):
        _torch_file.read(tmp_path / "weights.pth", sha256="0" * 64)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"cos\nsystem\n(Vtrue\ntR.", "asks for 'os.system'"), (pickle.dumps(3, protocol=2), "not one of PyTorch's")],
)
def test_code_and_other_files_are_refused(content, says, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content + pickle.dumps(1, protocol=2) * 2)
    with pytest.raises(DataError, match=says):
        _torch_file.read(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_file_that_is_cut_short_is_refused(tmp_path):
    path, _ = written({"b": ("1", 0, (2,), (1,))}, NUMBERS, tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DataError, match="cut short"):
        _torch_file.read(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
