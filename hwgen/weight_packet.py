"""The weights that come in with each frame, as words of the port."""

import numpy as np
from numpy.typing import NDArray

from hwgen.families.devices import find_device
from hwgen.network import IntegerNetwork, Matrix
from hwgen.plan.plan import Plan
from hwgen.plan.units import Deal, MatrixPlan
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["weight_packet"]


def weight_packet(network: IntegerNetwork, plan: Plan) -> NDArray[np.uint16]:
    """Words of a frame, layer by layer; each layer's weights as often as it reads them.

    Returns
    -------
    uint16 (transfers of the plan's stream of weights)
        Empty where no weights come in.
    """
    family = find_device(plan.device).family
    parts = [np.empty(0, np.uint16)]
    for unit in plan.units:
        if not isinstance(unit, MatrixPlan) or not unit.external:
            continue
        stage = unit.stage_of(network.named, Matrix)
        coded = unit.element_sizes(stage, family).coded_weights(unit.folded(stage))
        bits = np.zeros((unit.weight_words, unit.inputs["i_weights"]), np.uint8)
        bits[:, : unit.word_bits] = coded.reshape(unit.weight_words, -1)
        reads = unit.weight_rounds
        # Words that share one of the port go on from the last of a round to the first of the next.
        whole = bits.size % WEIGHT_PORT_BITS == 0
        once = np.packbits(bits if whole else np.tile(bits, (reads, 1)), bitorder="little")
        parts.append(np.tile(once, reads if whole else 1).view("<u2").astype(np.uint16))
    packet = np.concatenate(parts)
    counts = [sum(unit.counts) for unit in plan.units if isinstance(unit, Deal)]
    assert packet.size == sum(counts), packet.size
    return packet
