"""Keras models of Larq, QKeras and plain layers: files read, layers matched, nothing run.

`topology` reads who reads whom, `quantisers` what a file says of a quantiser; `kernels` and
`levels` are what those make of weights and of values. Each layer becomes, through the functions
that QONNX graphs go through, a change of the tensor that flows (`flow`), or layers (`weighted`,
`pools`, `activations`); `walk` goes from layer to layer.
"""

from hwgen.model.importers.keras.importer import KERAS

__all__ = ["KERAS"]
