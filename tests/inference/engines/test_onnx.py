from concurrent.futures import ThreadPoolExecutor

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
