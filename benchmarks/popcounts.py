"""Ways to count matches, alone and in whole matrix units: ``python -m benchmarks.popcounts``.

Prints cells after packing, cells for each product, and the clock after placing and routing. Alone
means one element with an accumulator of 10 bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, get_args

import typer
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.wiring import In, Out

from benchmarks.area import PIXEL_FOLDINGS, pixel_unit, unit_under_test, unit_verilog
from benchmarks.packing import packed, placed_clock
from benchmarks.tools import Step
from hwgen.console import errors_to_exit, out, steps
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.families.fabric import Counting
from hwgen.families.family import Family
from hwgen.rtl.carry_element import CarryElement
from hwgen.rtl.counter_element import CounterElement
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.processing_element import BinaryElement

ACC_BITS = 10
SIMDS = (31, 32, 63, 64)
UNIT_SIMDS = (32, 48, 64)
PLACING: dict[Counting, tuple[str, ...]] = {
    "counter": ("--freq", "40"),
    "carry": ("--freq", "100", "--seed", "1"),
}
"""The clock in MHz that placing aims at, and where it starts from, by what the family counts with.
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


Compared = BinaryElement | CounterElement | CarryElement | MatrixUnit


@dataclass(frozen=True)
class Way:
    """A component to synthesise, how, and how many products it has."""

    family: Family
    name: str
    simd: int
    products: int
    component: Compared
    options: str = ""
    placed: bool = False


def harness(dut: Compared) -> tuple[Module, list[Signal]]:
    """A component between shift registers, so that it fits the pins of a part; its ports."""
    m = Module()
    m.submodules.dut = dut
    members = list(dut.signature.flatten(dut))
    ins = [Value.cast(v) for _, member, v in members if member.flow is In]
    outs = Cat(Value.cast(v) for _, member, v in members if member.flow is Out)
    i, o = Signal(name="i"), Signal(name="o")
    first, last = Signal(sum(map(len, ins))), Signal(len(outs))
    m.d.sync += [first.eq(Cat(i, first)), last.eq(outs), o.eq(last.xor())]
    start = 0
    for port in ins:
        m.d.comb += Value.cast(port).eq(first[start : start + len(port)])
        start += len(port)
    return m, [i, o]


def ways() -> Iterator[Way]:
    """All that is compared."""
    for family in FAMILIES.values():
        for simd in SIMDS:
            one = (simd, simd)
            options = ("", "-dff", family.without_carry)
            for option in options:
                element = BinaryElement(simd=simd, acc_bits=ACC_BITS)
                yield Way(family, f"sum {option}".strip(), *one, element, option)
            if family.counting == "counter":
                for largest in (1, 3, 7):
                    element = CounterElement(simd=simd, acc_bits=ACC_BITS, largest=largest)
                    yield Way(family, f"counters to {largest}", *one, element)
                form = {"simd": simd, "acc_bits": ACC_BITS, "biased": True}
                yield Way(family, "counters, bias", *one, CounterElement(**form))
                parted = CounterElement(**form, added=(simd - 1).bit_length())
                yield Way(family, "counters, parted bias", *one, parted)
            if family.counting == "carry":
                element = CarryElement(simd=simd, acc_bits=ACC_BITS)
                yield Way(family, "carry chain", *one, element)
        for counting in get_args(Counting):
            # Each fabric's elements are of its own cells.
            if counting not in ("binary", family.counting):
                continue
            for simd in UNIT_SIMDS:
                yield _unit(family, counting, simd, 1)
            if counting == family.counting:
                yield _unit(family, counting, UNIT_SIMDS[-1], 2)
        for pe, simd in PIXEL_FOLDINGS:
            unit = pixel_unit(pe, simd)
            yield Way(family, f"unit of pixels, PE {pe}", simd, pe * simd, unit, placed=True)


def _unit(family: Family, counting: Counting, simd: int, pipeline: int) -> Way:
    """A whole matrix unit; the clock of the largest is measured."""
    unit = unit_under_test(simd, counting, pipeline)
    lanes = unit.parameters.pe * simd * unit.parameters.pixels
    name = f"unit, {counting}, pipeline {pipeline}"
    return Way(family, name, simd, lanes, unit, placed=simd == UNIT_SIMDS[-1])


def measure(way: Way, step: Step) -> tuple[int, float | None]:
    """Cells after packing, and the clock in MHz that nextpnr reports for one seed."""
    part = PARTS[way.family.calibrated_on]
    what = f"{way.name} of SIMD {way.simd} on {way.family.name}"
    clock = None
    if way.placed:
        # A clock that is missed is a finding here.
        aim = (*PLACING[way.family.counting], "--timing-allow-fail")
        verilog = unit_verilog(*harness(way.component))
        clock = placed_clock(verilog, "unit", part, step, what, aim)
    cells = packed(unit_verilog(way.component), "unit", part, step, what, options=way.options)
    return cells.logic_cells, clock


@app.command()
def run(
    family: Annotated[
        str | None, typer.Option(help=f"Only this one: {' or '.join(FAMILIES)}.")
    ] = None,
) -> None:
    """Measure all ways to count; print each as soon as it is known, as a row of Markdown."""
    out.print("| family | structure | SIMD | cells | cells a product | MHz |")
    out.print("|---|---|---|---|---|---|")
    with steps() as step:
        for way in ways():
            if family not in (None, way.family.name):
                continue
            cells, clock = measure(way, step)
            mhz = "" if clock is None else f"{clock:.0f}"
            per_product = f"{cells / way.products:.2f}"
            row = (way.family.name, way.name, str(way.simd), str(cells), per_product, mhz)
            out.print(f"| {' | '.join(row)} |")


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
