"""Verilog without the first contents of memories, and otherwise as Amaranth writes it."""

import re

import pytest
from amaranth.back import verilog
from amaranth.hdl import Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.constant_table import ConstantTable, rows_of
from hwgen.rtl.emission import TABLE_MARK, Emission


class Both(wiring.Component):
    """A table, and a memory that is written, its words ``first`` at first."""

    def __init__(self, granularity: int | None = None, first: tuple[int, ...] = ()):
        self.granularity, self.first = granularity, first
        super().__init__({"address": In(2), "data": In(4), "o": Out(8)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.words = table = ConstantTable(rows=rows_of([1, 2, 3], 4), bits=4)
        m.submodules.ram = ram = memory.Memory(shape=4, depth=3, init=self.first)
        read, write = table.read_port(), ram.write_port(granularity=self.granularity)
        again = ram.read_port()
        m.d.comb += [
            read.addr.eq(self.address),
            again.addr.eq(self.address),
            write.addr.eq(self.address),
            write.data.eq(self.data),
            write.en.eq(self.data),
            self.o.eq(read.data ^ (again.data << 4)),
        ]
        return m


def plain(component: Both) -> str:
    return verilog.convert(component, name="top", emit_src=False, strip_internal_attrs=True)


@pytest.mark.parametrize("granularity", [None, 2])
def test_contents_of_tables_and_zeros_are_left_out_and_nothing_else(granularity):
    emission = Emission()
    text = emission.convert(Both(granularity), "top")
    assert [rows.tolist() for rows in emission.tables] == [[[1], [2], [3]]]
    mark = f"  (* {TABLE_MARK} = 32'd0 *)\n  reg [3:0] words [2:0];\n"
    assert mark in text
    contents = re.compile(r"  initial begin\n(?:    \w+\[\d\] = [^\n]+\n)+  end\n")
    whole = plain(Both(granularity))
    assert len(contents.findall(whole)) == 2
    # The first number that yosys gives is in the names of its own variables.
    bare = [re.sub(r"dump_module\$\d+", "", x) for x in (text, contents.sub("", whole))]
    assert bare[0].replace(mark, "  reg [3:0] words [2:0];\n") == bare[1]


def test_other_first_contents_of_a_memory_that_is_written_stay():
    text = Emission().convert(Both(first=(0, 0, 1)), "top")
    assert "    ram[2] = 4'h1;\n" in text
