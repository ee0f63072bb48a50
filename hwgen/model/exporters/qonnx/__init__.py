"""Writes QONNX.

What flows through the file are integers times a power of two, so that any executor's floats are
exact. What is behind a layer's sums up to the next activation (scales, batch normalisation, relu)
is turned into thresholds on them in exact arithmetic, as the importer does.
"""

from hwgen.model.exporters.qonnx.export import export_qonnx

__all__ = ["export_qonnx"]
