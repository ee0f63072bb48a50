"""Processing element of bipolar inputs for fabrics of 4-input LUTs with plain carry chains."""

from collections.abc import Iterator

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.element_parameters import check_element
from hwgen.rtl.entering_bit import entering_bit
from hwgen.rtl.full_adder import full_adder
from hwgen.rtl.restart_bit import restart_bit
from hwgen.rtl.triple_adder import triple_adder
from hwgen.sizes.count_tree import (
    CARRY,
    LEFT,
    RIGHT,
    ROOT,
    CountTree,
    Place,
    walk,
)
from hwgen.sizes.counters import COUNTERS, counter_tree

__all__ = ["CounterElement"]

Pair = tuple[Value, Value]
"""Bit of an input and of a weight."""


class CounterElement(wiring.Component):
    """XNOR-popcount of bipolar inputs and weights, and its accumulator, which can start at a bias.

    Counts the positions where ``x`` differs from ``w``: with negated weights, the matches. With
    ``biased`` an adder behind the tree adds ``bias`` and, on its carry, the last product: with
    minus a threshold as bias the sign of ``acc`` is its comparison. Counters of up to seven
    products take in XNORs where a LUT has inputs to spare, and end in registers, which cost
    nothing behind a LUT. All adders of a level of the tree are one long adder: between two of them
    lies a place where both operands have the bit that enters the upper one, so that its sum is the
    lower one's carry and its carry is that bit.

    Order: ``simd`` products at a time. Latency: ``1 + pipeline`` cycles from ``x`` to the cycle
    in which ``accumulate`` takes it, one more to ``acc``. Interval: 1.

    Parameters
    ----------
    simd : int
        Input lanes.
    acc_bits : int
        Width of the accumulator, two's complement with ``biased``, else unsigned; the caller sizes
        it for the whole sum.
    pipeline : int
        Further registers ahead of the accumulator: 0, 1 (after the count) or 2 (amid the adders
        too).
    biased : bool
        Whether there is a bias to add.
    added : int or None
        Its bits, where it has fewer than ``acc_bits``: unsigned, and so few that the sum has one
        more, above which `upper` stands.
    largest : int
        Products of the largest counter: 1, 2, 3 or 7.
    model : bool
        Describe cells instead of placing them, for simulation in Python.

    Members
    -------
    x, w : In(simd)
        Inputs and negated weights.
    accumulate, first : In(1)
        Aligned with the count: take it; start with it.
    bias : In(signed(acc_bits))
        Only with ``biased``: added to each count, so that a caller lets it be zero but with the
        first of a sum. Aligned with the count, or a cycle ahead where ``pipeline`` is not 0.
    acc : Out(acc_bits)
    """

    x: Signal
    w: Signal
    accumulate: Signal
    first: Signal
    acc: Signal
    bias: Signal
    upper: Signal

    def __init__(
        self,
        *,
        simd: int,
        acc_bits: int,
        pipeline: int = 1,
        biased: bool = False,
        added: int | None = None,
        largest: int = 7,
        model: bool = False,
    ):
        check_element(simd=simd, acc_bits=acc_bits, pipeline=pipeline)
        self.simd = simd
        self.acc_bits = acc_bits
        self.pipeline = pipeline
        self.biased = biased
        if added is not None and not (biased and simd <= 1 << added < 1 << acc_bits - 1):
            raise ValueError(
                f"added must be a count's bits and less than acc_bits - 1, not {added!r}"
            )
        self.added = added
        if largest not in COUNTERS:
            raise ValueError(f"largest must be one of {list(COUNTERS)!r}, not {largest!r}")
        self.largest = largest
        self.model = model
        members = {
            "x": In(simd),
            "w": In(simd),
            "accumulate": In(1),
            "first": In(1),
            "acc": Out(signed(acc_bits) if biased else unsigned(acc_bits)),
        }
        if biased:
            members["bias"] = In(signed(acc_bits) if added is None else unsigned(added))
        if added is not None:
            members["upper"] = In(acc_bits - added - 1)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Build counters, one adder a level, and the accumulator."""
        m = Module()
        lanes = iter(list(zip(self.x, self.w, strict=True)))
        tree = counter_tree(self.simd, biased=self.biased, largest=self.largest)
        starts = _starts(tree)
        counts: dict[Place, Value] = self._counters(m, tree, starts, lanes)
        # Registers that are left; one lies amid the levels where there are two.
        registers, middle = self.pipeline, tree.level // 2 + 1
        for level in range(1, tree.level + 1):
            if registers == 2 and level == middle:
                counts = {
                    place: self._passed_on(m, starts, place, count)
                    for place, count in counts.items()
                }
                registers -= 1
            if self.biased and level == tree.level:
                counts = {ROOT: self._with_bias(counts)}
            else:
                _add_level(m, tree, level, counts)
        count = counts[ROOT]
        for _ in range(registers):
            count = _registered(m, count)
        if self.added is not None:
            count = Cat(count, self.upper)

        lowest = restart_bit(m, self.acc[0], count[0], self.first, model=self.model)
        with m.If(self.accumulate):
            # Chosen behind the adder: there the LUT of each bit has an input left.
            total = Mux(self.first, count, self.acc + count)
            m.d.sync += self.acc.eq(Cat(lowest, total[1:]))
        return m

    def _with_bias(self, counts: dict[Place, Value]) -> Value:
        """Sum of what is counted, the last product and the bias; a bit more than what is added."""
        enters, count = counts[CARRY,], counts.get((LEFT,), Const(0, 1))
        if self.added is None:
            return (Cat(enters, count) + Cat(enters, self.bias))[1 : 1 + self.acc_bits]
        # The last carry needs a place of its own, as in a level.
        total = Cat(enters, count, count[-1]) + Cat(enters, self.bias, count[-1])
        return total[1 : 2 + self.added]

    def _passed_on(self, m: Module, starts: set[Place], place: Place, count: Value) -> Value:
        """Count a cycle later."""
        if place in starts:
            return entering_bit(m, count, Const(0), model=self.model)
        return _registered(m, count)

    def _counters(
        self, m: Module, tree: CountTree, starts: set[Place], lanes: Iterator[Pair]
    ) -> dict[Place, Value]:
        """Registered counts of the tree's counters, and the products that enter on carries."""
        counts = {}
        for place, node in walk(tree):
            if node.left is None and not node.carry:
                count = self._count(m, [next(lanes) for _ in range(node.width)])
                counts[place] = _registered(m, count)
            elif node.carry:
                x, w = next(lanes)
                if (*place, CARRY) in starts:
                    counts[*place, CARRY] = entering_bit(m, x, w, model=self.model)
                else:
                    counts[*place, CARRY] = _registered(m, x ^ w)
        return counts

    def _count(self, m: Module, pairs: list[Pair]) -> Value:
        """Count of one, two, three or seven products."""
        if len(pairs) == 3:
            return triple_adder(m, *pairs, model=self.model)
        if len(pairs) == 7:
            low, high = self._count(m, pairs[:3]), self._count(m, pairs[3:6])
            ones = full_adder(m, low[0], high[0], *pairs[6], model=self.model)
            twos = full_adder(m, low[1], high[1], ones[1], Const(0), model=self.model)
            return Cat(ones[0], twos)
        a, *others = [x ^ w for x, w in pairs]
        return Cat(a ^ others[0], a & others[0]) if others else a


def _starts(tree: CountTree) -> set[Place]:
    """Products that enter the chain of a level at its lowest place."""
    found: set[Place] = set()
    begun: set[int] = set()
    for place, node in walk(tree):
        if node.level and node.level not in begun:
            begun.add(node.level)
            if node.carry:
                found.add((*place, CARRY))
    return found


def _add_level(m: Module, tree: CountTree, level: int, counts: dict[Place, Value]) -> None:
    """Replace the counts that a level's adders take by theirs, all in one long adder."""
    a: list[Value] = []
    b: list[Value] = []
    found: list[tuple[Place, int, int]] = []
    for place, node in walk(tree):
        if node.level != level or node.left is None:
            continue
        left, right = counts.pop((*place, LEFT)), counts.pop((*place, RIGHT))
        enters = counts.pop((*place, CARRY), Const(0, 1))
        if found or node.carry:
            a.append(enters)
            b.append(enters)
        found.append((place, len(a), node.bits))
        a += list(left)
        b += [*right, *[Const(0, 1)] * (len(left) - len(right))]
    # The last carry needs a place of its own. Two equal bits leave it as it is, and unlike two
    # zeros they are not optimised away, so that a register fits behind it.
    total = Signal(len(a) + 1, name=f"level{level}")
    m.d.comb += total.eq(Cat(*a, a[-1]) + Cat(*b, a[-1]))
    for place, start, bits in found:
        counts[place] = total[start : start + bits]


def _registered(m: Module, value: Value) -> Signal:
    """Value a cycle later."""
    register = Signal(len(value), reset_less=True)
    m.d.sync += register.eq(value)
    return register
