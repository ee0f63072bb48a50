"""Where the weights of a matrix unit come from: wired in, memory, SPRAM, or a stream."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import numpy as np
from amaranth.hdl import Const, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Member, Out
from numpy.typing import NDArray

from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.spram_table import SpramTable, load_words
from hwgen.rtl.table_words import address_in_turn, words_in_turn
from hwgen.sizes.spram import SPRAM_BITS

__all__ = ["Rom", "Spram", "Streamed", "WeightSource", "Wired", "in_bitstream"]


class Fed(Protocol):
    """What a source may use of its matrix unit; the ports are there if it is their source's."""

    parameters: MatrixParameters
    model: bool
    i_weights: stream.Interface
    loaded: Signal


class WeightSource(ABC):
    """Gives a matrix unit one weight word a step: those of its folds in turn, then again."""

    loads: ClassVar[bool] = False
    """Whether the unit's ``i_weights`` takes `load_words` at boot before the unit works."""

    def members(self, parameters: MatrixParameters) -> dict[str, Member]:
        """Ports that the unit gets besides ``i`` and ``o``."""
        return {}

    @abstractmethod
    def check(self, parameters: MatrixParameters) -> None:
        """Reject weights that it cannot hold.

        Raises
        ------
        ValueError
            Says which it can.
        """

    def load_words(self, parameters: MatrixParameters) -> NDArray[np.uint16]:
        """Words of 16 bits to load, where it `loads`."""
        return np.zeros(0, np.uint16)

    def ready(self, unit: Fed) -> Value | None:
        """What is low while no step may be made, whatever the step; None for nothing."""
        return None

    @abstractmethod
    def build(self, m: Module, unit: Fed, step: Value, *, ahead: bool) -> Value:
        """Build it inside the module of its unit.

        Gives the word of each step in the cycle after the step, or with ``ahead`` in the cycle of
        the step already, from the clock in which reset ends.
        """


class Wired(WeightSource):
    """One word, wired in."""

    def check(self, parameters: MatrixParameters) -> None:
        """There is one word."""
        words = _words(parameters)
        if words != 1:
            raise ValueError(f"weights must be of one word to be wired in, not of {words}")

    def build(self, m: Module, unit: Fed, step: Value, *, ahead: bool) -> Value:
        """Give the word at all times."""
        word = int.from_bytes(unit.parameters.weight_rows().tobytes(), "little")
        return Const(word, unit.parameters.word_bits)


class Rom(WeightSource):
    """Words in read-only memory, which the bitstream fills."""

    def check(self, parameters: MatrixParameters) -> None:
        """There are several words."""
        _check_several(parameters, "memory")

    def build(self, m: Module, unit: Fed, step: Value, *, ahead: bool) -> Value:
        """Read the memory."""
        p = unit.parameters
        return words_in_turn(m, "weights", p.weight_rows(), p.word_bits, step, ahead=ahead)


class Spram(WeightSource):
    """Words in SPRAM, loaded once after power-on (see `SpramTable`); ready once they are.

    Adds the table's stream ``i_weights`` and ``loaded``.
    """

    loads = True

    def members(self, parameters: MatrixParameters) -> dict[str, Member]:
        """What loads it, and whether it is loaded."""
        return {"i_weights": In(stream.Signature(unsigned(SPRAM_BITS))), "loaded": Out(1)}

    def check(self, parameters: MatrixParameters) -> None:
        """There are several words."""
        _check_several(parameters, "SPRAM")

    def load_words(self, parameters: MatrixParameters) -> NDArray[np.uint16]:
        """All of its weights."""
        return load_words(parameters.weight_rows())

    def ready(self, unit: Fed) -> Value:
        """Once they are loaded."""
        return unit.loaded

    def build(self, m: Module, unit: Fed, step: Value, *, ahead: bool) -> Value:
        """Read the table."""
        p = unit.parameters
        depth = _words(p)
        address = address_in_turn(m, "weights", depth, step, ahead=ahead)
        m.submodules.weights = table = SpramTable(depth=depth, bits=p.word_bits, model=unit.model)
        wiring.connect(m, wiring.flipped(unit.i_weights), table.i)
        m.d.comb += [unit.loaded.eq(table.loaded), table.address.eq(address)]
        return table.data


class Streamed(WeightSource):
    """Words from outside, each as it comes; the unit waits for them.

    Adds the stream ``i_weights``.

    Parameters
    ----------
    bits : int
        Width of its words; weights lie at the bottom.
    """

    def __init__(self, bits: int):
        self.bits = bits

    def members(self, parameters: MatrixParameters) -> dict[str, Member]:
        """The stream."""
        return {"i_weights": In(stream.Signature(unsigned(self.bits)))}

    def check(self, parameters: MatrixParameters) -> None:
        """They fit."""
        if parameters.word_bits > self.bits:
            raise ValueError(f"bits must be at least {parameters.word_bits}, not {self.bits!r}")

    def ready(self, unit: Fed) -> Value:
        """While there is a word."""
        return unit.i_weights.valid

    def build(self, m: Module, unit: Fed, step: Value, *, ahead: bool) -> Value:
        """Take a word with each step."""
        m.d.comb += unit.i_weights.ready.eq(step)
        word = unit.i_weights.payload[: unit.parameters.word_bits]
        if ahead:
            return word
        held = Signal(len(word), name="weights", reset_less=True)
        m.d.sync += held.eq(word)
        return held


def in_bitstream(parameters: MatrixParameters) -> WeightSource:
    """Source of weights that need no loading."""
    return Wired() if _words(parameters) == 1 else Rom()


def _words(parameters: MatrixParameters) -> int:
    return parameters.neuron_fold * parameters.synapse_fold


def _check_several(parameters: MatrixParameters, where: str) -> None:
    if _words(parameters) == 1:
        raise ValueError(f"weights must be of several words to lie in {where}, not of one")
