import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from saccade.inference.engines import onnx as engine

onnx = pytest.importorskip("onnx")
helper = onnx.helper
FLOAT = onnx.TensorProto.FLOAT


@pytest.fixture
def network(tmp_path):
    """Rows (n, 3) to their doubles (n, 3) and their sums (n,)."""
    nodes = [
        helper.make_node("Add", ["rows", "rows"], ["doubles"]),
        helper.make_node("ReduceSum", ["rows", "axes"], ["sums"], keepdims=0),
    ]
    ends = [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in ENDS.items()]
    axes = onnx.numpy_helper.from_array(np.array([1], np.int64), "axes")
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], [axes])
    path = tmp_path / "rows.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return engine.load(path).answer


ENDS = {"rows": ["batch", 3], "doubles": ["batch", 3], "sums": ["batch"]}


@pytest.mark.parametrize("count", [1, engine.ROWS, engine.ROWS + 1, 5 * engine.ROWS + 7])
def test_rows_are_answered_in_blocks_and_come_in_order(network, count):
    rows = np.arange(3 * count, dtype=np.float32).reshape(count, 3)
    doubles, sums = network(rows)
    np.testing.assert_array_equal(doubles, 2 * rows)
    np.testing.assert_array_equal(sums, rows.sum(axis=1))


def test_several_threads_may_ask_at_once(network):
    tables = [np.full((3 * engine.ROWS, 3), number, np.float32) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        for rows, (doubles, _) in zip(tables, pool.map(network, tables), strict=True):
            np.testing.assert_array_equal(doubles, 2 * rows)


def test_rows_are_answered_in_blocks_after_many_lone_ones(network):
    for _ in range(engine.IN_A_ROW + 2):
        network(np.ones((1, 3), np.float32))
    doubles, _ = network(np.ones((3 * engine.ROWS, 3), np.float32))
    np.testing.assert_array_equal(doubles, 2)


@pytest.fixture
def large_network(tmp_path):
    """Images (n, 4, 64, 64) to their means, by way of eight times as much."""
    nodes = [
        helper.make_node("Tile", ["images", "repeats"], ["eightfold"]),
        helper.make_node("Exp", ["eightfold"], ["raised"]),
        helper.make_node("ReduceMean", ["raised"], ["means"], axes=[1, 2, 3], keepdims=0),
    ]
    ends = [helper.make_tensor_value_info("images", FLOAT, ["batch", 4, 64, 64])]
    ends.append(helper.make_tensor_value_info("means", FLOAT, ["batch"]))
    repeats = onnx.numpy_helper.from_array(np.array([1, 8, 1, 1], np.int64), "repeats")
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], [repeats])
    path = tmp_path / "images.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return engine.load(path).answer


def held():
    """Return the bytes of heaps and private mappings of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmData"))


@pytest.mark.skipif(sys.platform != "linux", reason="/proc of Linux")
def test_the_memory_of_large_batches_is_given_back_with_the_next_smaller_one(large_network):
    large_network(np.zeros((2, 4, 64, 64), np.float32))
    before = held()
    images = np.zeros((256, 4, 64, 64), np.float32)  # 17 MB, and 134 MB for what is computed of them
    large_network(images)
    with_large = held()
    (means,) = large_network(images[:3])
    np.testing.assert_allclose(means, 1)
    assert with_large - before > 100 * 2**20
    assert held() - before < 60 * 2**20
