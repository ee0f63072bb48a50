"""Quantised networks in QONNX: read, folded, brought to integers, matched to layers.

`constants` folds what follows from the file's arrays. What flows is a `tensor.Tensor`: integers of
a layer, where each of the graph's elements lies among them, and the exact functions (`steps`) that
make the graph's values of them. Nodes change its places (`places`), add functions (`arithmetic`),
or become layers (`linear`, `pools`, `joins`, `activate`); `walk` goes from node to node.
"""

from hwgen.model.importers.qonnx.importer import QONNX

__all__ = ["QONNX"]
