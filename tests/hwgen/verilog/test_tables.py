"""Contents of tables: in the text as yosys would write them, or in files beside it."""

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.constant_table import ConstantTable, rows_of
from hwgen.rtl.emission import Emission
from hwgen.verilog.memories import MemoryFiles, named_memories
from hwgen.verilog.modules import plain_names
from hwgen.verilog.tables import place_tables


class Reader(wiring.Component):
    """Reads one table."""

    def __init__(self, words: list[int], bits: int, name: str):
        self.words, self.bits, self.table_name = words, bits, name
        super().__init__({"address": In(range(len(words))), "data": Out(bits)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        rows = rows_of(self.words, self.bits)
        m.submodules[self.table_name] = table = ConstantTable(rows=rows, bits=self.bits)
        port = table.read_port()
        seen = Signal(self.bits)
        m.d.comb += [port.addr.eq(self.address), seen.eq(port.data), self.data.eq(seen)]
        return m


def emitted(words: list[int], bits: int, name: str = "words") -> tuple[str, list[np.ndarray]]:
    emission = Emission()
    return plain_names(emission.convert(Reader(words, bits, name), "top")), emission.tables


def words_of(data: bytes) -> list[int]:
    return [int(line, 16) for line in data.decode().splitlines()]


def drawn(bits: int, count: int = 40) -> list[int]:
    rng = np.random.default_rng(bits)
    return [int.from_bytes(rng.bytes(9), "little") % (1 << bits) for _ in range(count)]


def test_a_file_has_each_word_on_a_line_of_its_own_with_all_its_digits():
    for bits in (1, 4, 31, 32, 33, 72):
        words = drawn(bits)
        text, files = place_tables(*emitted(words, bits), MemoryFiles.ALL)
        assert list(files) == named_memories(text) == ["top_words.mem"]
        assert words_of(files["top_words.mem"]) == words
        assert {len(x) for x in files["top_words.mem"].split()} == {-(-bits // 4)}
        assert "] = " not in text
        assert f"  reg [{bits - 1}:0] words [0:39];\n" in text


def test_a_text_is_what_amaranth_and_yosys_write_of_the_same_contents():
    # Of 32 bits yosys writes words in decimal.
    for bits in (1, 3, 4, 31, 32, 33, 72):
        reader = Reader(drawn(bits), bits, "words")
        whole = verilog.convert(reader, name="top", emit_src=False, strip_internal_attrs=True)
        text, files = place_tables(*emitted(drawn(bits), bits), MemoryFiles.NONE)
        assert text == plain_names(whole)
        assert "  initial begin\n    words[0] = " in text
        assert files == {}


def test_large_tables_have_files_and_small_ones_do_not_unless_asked():
    small, large = emitted([5] * 256, 16), emitted([5] * 257, 16)
    assert place_tables(*small, MemoryFiles.LARGE) == place_tables(*small, MemoryFiles.NONE)
    assert len(place_tables(*small, MemoryFiles.ALL)[1]) == 1
    assert len(place_tables(*large, MemoryFiles.LARGE)[1]) == 1
    assert not place_tables(*large, MemoryFiles.NONE)[1]


def test_files_of_two_memories_do_not_meet_case_aside():
    one, rows = emitted([1, 2], 4, name="a$b")
    other, more = emitted([3, 4], 4, name="a_b")
    joined = one.replace("module top(", "module Top(") + other.replace("32'd0 *)", "32'd1 *)")
    text, files = place_tables(joined, [*rows, *more], MemoryFiles.ALL)
    assert {name: words_of(data) for name, data in files.items()} == {
        "Top_a_b.mem": [1, 2],
        "top_a_b_2.mem": [3, 4],
    }
    assert named_memories(text) == list(files)
