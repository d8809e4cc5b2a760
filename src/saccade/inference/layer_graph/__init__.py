"""A Keras network of plain layers as an ONNX graph, layer by layer, in a moment.

ONNX Runtime answers with a convolutional network in less than half of the time that TensorFlow takes on a processor,
but tf2onnx takes some 15 seconds to convert a backbone, and this .2. It knows few kinds of layers and operations, those
that backbones and classifiers are made of, and gives up on every other: then Keras answers, or tf2onnx converts. A file
that is exported is compared with Keras, whoever wrote it.
"""

from typing import Any

from onnx import helper

from saccade.core.backend import Model
from saccade.inference.layer_graph.graph import Graph, NotPlainError
from saccade.inference.layer_graph.layers import LAYERS
from saccade.inference.layer_graph.operations import OPERATIONS

__all__ = ["OPSET", "NotPlainError", "to_onnx"]

OPSET = 17
"""Read by ONNX Runtime since 1.13 (2022); newer ones bring nothing that these networks use."""

IR_VERSION = 8
"""Of files that the same runtimes read."""


def to_onnx(network: Model) -> Any:
    """Return an ONNX model (a ModelProto) of a Keras network of one input, any batch, all outputs in their order.

    Raises:
        NotPlainError: the network has a layer that is not known here.
    """
    graph = Graph(layers=LAYERS, operations=OPERATIONS)
    graph.add_network(network)
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph.finished(network), opset_imports=opsets, ir_version=IR_VERSION)
