"""The price of a folded stage where no device is known, or no calibration of what it needs."""

from math import prod

from hwgen.network import Matrix, Pool
from hwgen.plan.folding import Folding, patch_of

__all__ = ["rough_price"]


def rough_price(stage: Matrix, pool: Pool | None, f: Folding) -> float:
    """Rough LUT4 of a folded stage: only the order of the options matters.

    A build without a device has no family whose cells `hwgen.estimates.estimate` could count, and
    where paths part, foldings are tried at one rate after another, too many to lay each out. So
    this orders them by hand-made weights of what grows with the lanes. It fixes what such builds
    put out: another weight here is other Verilog there.
    """
    patch_pixels = prod(patch_of(stage, f))
    bits = stage.in_element.bits
    lane = 2.7 if stage.in_element.bipolar else bits + 1.0
    if not stage.weight_element.bipolar:
        lane = stage.weight_bits * (1.0 if stage.in_element.bipolar else bits) + 2.0
    acc = (stage.acc_max - stage.acc_min).bit_length()
    lanes = f.pe * f.simd * f.m * lane + f.pe * f.m * 2 * acc
    memory = f.pe * f.simd * stage.weight_bits * 0.5
    window = patch_pixels * (20 + 2 * f.group * bits * (patch_pixels > 1))
    # A pool of its own takes another line buffer.
    apart = 200 if pool and pool.window != f.block else 0
    return lanes + memory + window + apart
