"""What units have in common that multiply with weights from a source."""

import numpy as np
from amaranth.hdl import Const, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from hwgen.rtl.constant_table import rows_of
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.table_words import looked_up
from hwgen.rtl.weight_sources import WeightSource, in_bitstream
from hwgen.sizes.code_book import book_of

__all__ = ["FedUnit", "registered"]


class FedUnit(wiring.Component):
    """A matrix unit's ports, and its weights.

    Parameters
    ----------
    parameters : MatrixParameters
        Folding, element format, weights and thresholds.
    weights : WeightSource, optional
        Where the weights come from; by default they lie in the bitstream.
    model : bool
        Describe cells of the fabric instead of placing them, for simulation in Python.

    Members
    -------
    i : In(stream of unsigned(parameters.patch_bits))
    o : Out(stream of unsigned(parameters.output_bits))
    i_weights : In(stream), loaded : Out(1)
        Only where the source of the weights adds them.
    """

    i: stream.Interface
    o: stream.Interface
    i_weights: stream.Interface
    loaded: Signal

    def __init__(
        self,
        *,
        parameters: MatrixParameters,
        weights: WeightSource | None = None,
        model: bool = False,
    ):
        self.parameters = parameters
        self.weights = weights or in_bitstream(parameters)
        self.weights.check(parameters)
        self.model = model
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(parameters.patch_bits))),
                "o": Out(stream.Signature(unsigned(parameters.output_bits))),
                **self.weights.members(parameters),
            }
        )

    def weight_word(self, m: Module, step: Value, *, ahead: bool) -> Value:
        """Weights of each step, as `WeightSource.build` has them; indices are looked up."""
        word = self.weights.build(m, self, step, ahead=ahead)
        p = self.parameters
        if not p.index_bits:
            return word
        book = rows_of(book_of(p.weights, p.index_bits).tolist(), p.weight_bits)
        return looked_up(m, "book", word, p.index_bits, book, p.weight_bits)

    def load_words(self) -> NDArray[np.uint16]:
        """Words of 16 bits that ``i_weights`` takes at boot, where the weights are loaded."""
        return self.weights.load_words(self.parameters)


def registered(m: Module, value: Value, name: str) -> Value:
    """Value a cycle later; constants stay what they are."""
    if isinstance(value, Const):
        return value
    held = Signal(len(value), name=name, reset_less=True)
    m.d.sync += held.eq(value)
    return held
