"""Descriptions as files that other programs read: one format a folder."""

from hwgen.model.exporters.qonnx import export_qonnx

__all__ = ["export_qonnx"]
