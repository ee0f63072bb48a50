"""The importer of ONNX files."""

from hwgen.model.builder import Builder
from hwgen.model.importers.qonnx.walk import Walk
from hwgen.model.importers.source import Importer, Source
from hwgen.readers.onnx_file import is_onnx, read_onnx

__all__ = ["QONNX"]


def _build(source: Source) -> Builder:
    graph = read_onnx(source.data, source.path)
    walk = Walk(graph, source.name, source.options)
    builder = walk.run()
    return builder.provenance(
        source.provenance(QONNX.name, producer=graph.producer, **walk.facts())
    )


QONNX = Importer("qonnx", "a QONNX network (.onnx)", lambda source: is_onnx(source.data), _build)
"""Graphs of quantisers, layers with weights, pools and arithmetic with constants."""
