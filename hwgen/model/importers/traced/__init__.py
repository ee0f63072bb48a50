"""Modules of PyTorch: run once, written down, brought to the operators of ONNX.

`record` runs the module, `simplify` takes out what cancels, `step_functions` finds signs and
comparisons, `translate` writes the graph, which `qonnx` takes as it takes that of a file.
"""

from hwgen.model.importers.traced.record import Recording, evaluated, record
from hwgen.model.importers.traced.translate import Translation, translate

__all__ = ["Recording", "Translation", "evaluated", "record", "translate"]
