"""What is wrong with a node whatever it reads."""

from hwgen.model.importers.qonnx.constants import QUANTISERS, Constants, check_domain
from hwgen.model.importers.qonnx.quantiser import quant_format
from hwgen.readers.onnx_file import Node

__all__ = ["check_alone"]


def check_alone(node: Node, constants: Constants) -> None:
    """Refuse a node that no input would make fit; what it reads is not known."""
    check_domain(node)
    parameters = [constants.get(name) for name in node.inputs[1:]]
    given = [array for array in parameters if array is not None]
    if node.op in QUANTISERS and len(given) == len(parameters):
        quant_format(node, given)
