from amaranth.back import verilog

from hwgen.rtl.carry_element import CarryElement
from hwgen.rtl.cells import with_cells
from hwgen.rtl.counter_element import CounterElement
from hwgen.rtl.processing_element import BinaryElement
from hwgen.rtl.spram_table import SpramTable


def modules(element) -> list[str]:
    text = with_cells(verilog.convert(element, name="element", emit_src=False))
    return [line.split("(")[0].split()[1] for line in text.splitlines() if line[:7] == "module "]


def test_cells_that_are_placed_are_defined():
    assert modules(CarryElement(simd=9, acc_bits=5)) == ["element", "CCU2C"]
    assert modules(CounterElement(simd=9, acc_bits=5)) == [
        "element",
        "SB_LUT4",
        "hwgen_full_adder",
        "hwgen_triple_differ",
        "hwgen_triple_carry",
        "hwgen_restart_bit",
    ]


def test_spram_is_defined_but_for_synthesis():
    table = SpramTable(depth=2, bits=17)
    text = with_cells(verilog.convert(table, name="element", emit_src=False))
    assert modules(table) == ["element", "SB_SPRAM256KA"]
    assert text.count("  SB_SPRAM256KA \\") + text.count("  SB_SPRAM256KA chip") == 2
    assert "`ifndef SYNTHESIS" in text.partition("module SB_SPRAM256KA")[0]


def test_other_cells_are_not():
    assert "CCU2C" not in modules(BinaryElement(simd=9, acc_bits=5))
    assert modules(CounterElement(simd=2, acc_bits=5)) == ["element", "hwgen_restart_bit"]


def test_synthesis_skips_the_definition_of_what_it_has_itself():
    text = with_cells(verilog.convert(CarryElement(simd=9, acc_bits=5), name="element"))
    assert "`ifndef SYNTHESIS" in text.partition("module CCU2C")[0]
