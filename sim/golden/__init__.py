"""The golden model: what a description means, computed bit-exactly with NumPy.

It reads nothing but the description and shares no code with the passes, the plan or the hardware,
so one mistake cannot sit on both sides of a comparison. ``run`` computes a whole network; the
functions named after layer kinds compute one layer each and are usable alone::

    x = golden.picture(images, model.input)
    acc = golden.conv2d(x, conv)
    bits = golden.sign(golden.batch_norm(acc, norm))
"""

from sim.golden.derive import padding_levels
from sim.golden.fixed_point import average_pool, quantise, relu
from sim.golden.joins import add, concat
from sim.golden.layers import apply, batch_norm, conv2d, dense, flatten, max_pool, sign
from sim.golden.network import activated, activation_of, read_scores, run, sign_of
from sim.golden.packed import PackedBits
from sim.golden.results import GoldenResult, Tensors
from sim.golden.tensor import Form, Tensor, picture

__all__ = [
    "Form",
    "GoldenResult",
    "PackedBits",
    "Tensor",
    "Tensors",
    "activated",
    "activation_of",
    "add",
    "apply",
    "average_pool",
    "batch_norm",
    "concat",
    "conv2d",
    "dense",
    "flatten",
    "max_pool",
    "padding_levels",
    "picture",
    "quantise",
    "read_scores",
    "relu",
    "run",
    "sign",
    "sign_of",
]
