"""First contents of memories: in files beside the Verilog, or left out where nothing reads them."""

import re

import numpy as np
import pytest
from amaranth.back import verilog
from amaranth.hdl import Module, Signal
from amaranth.lib.memory import Memory

from hwgen.errors import ModelError
from hwgen.verilog.memories import (
    MemoryFiles,
    bring_memories,
    drop_unread_contents,
    move_tables,
    named_memories,
    read_memories,
)
from hwgen.verilog.modules import plain_names


def emitted(words, width, *, name="words", written=False, granularity=None) -> str:
    m = Module()
    m.submodules[name] = memory = Memory(shape=width, depth=len(words), init=words)
    port = memory.read_port()
    out, data = Signal(width), Signal(width)
    m.d.comb += [port.addr.eq(out), out.eq(port.data)]
    if written:
        write = memory.write_port(granularity=granularity)
        m.d.comb += [write.addr.eq(out), write.data.eq(data), write.en.eq(data)]
    text = verilog.convert(m, ports=[out, data], emit_src=False, strip_internal_attrs=True)
    return plain_names(text)


def words_of(data: bytes) -> list[int]:
    return [int(line, 16) for line in data.decode().splitlines()]


def test_a_file_has_each_word_on_a_line_of_its_own_with_all_its_digits():
    rng = np.random.default_rng(1)
    # Of 32 bits or less yosys writes some in decimal.
    for width in (1, 31, 32, 33, 72):
        words = [int.from_bytes(rng.bytes(9), "little") % (1 << width) for _ in range(40)]
        text, files = move_tables(emitted(words, width), MemoryFiles.ALL)
        assert list(files) == named_memories(text) == ["top_words.mem"]
        assert words_of(files["top_words.mem"]) == words
        assert {len(x) for x in files["top_words.mem"].split()} == {-(-width // 4)}
        assert "] = " not in text
        assert f"  reg [{width - 1}:0] words [0:39];\n" in text


def test_large_tables_have_files_and_small_ones_do_not_unless_asked():
    small, large = emitted([5] * 256, 16), emitted([5] * 257, 16)
    assert move_tables(small, MemoryFiles.LARGE) == (small, {})
    assert len(move_tables(small, MemoryFiles.ALL)[1]) == 1
    assert len(move_tables(large, MemoryFiles.LARGE)[1]) == 1
    assert move_tables(large, MemoryFiles.NONE) == (large, {})


def test_files_of_two_memories_do_not_meet_case_aside():
    one = emitted([1, 2], 4, name="a$b").replace("module top(", "module Top(")
    text, files = move_tables(one + emitted([3, 4], 4, name="a_b"), MemoryFiles.ALL)
    assert {name: words_of(data) for name, data in files.items()} == {
        "Top_a_b.mem": [1, 2],
        "top_a_b_2.mem": [3, 4],
    }
    assert named_memories(text) == list(files)


@pytest.mark.parametrize("granularity", [None, 2])
def test_zeros_of_memories_that_are_written_are_left_out_and_nothing_else(granularity):
    about = {"width": 4, "written": True, "granularity": granularity}
    made = drop_unread_contents(emitted([0, 0, 0], **about))
    assert "initial begin" not in made
    assert "  reg [3:0] words [2:0];\n" in made
    for text in (emitted([0, 0, 1], **about), emitted([0, 0, 0], 4)):
        assert drop_unread_contents(text) == text
    # What is written is no table.
    text = emitted([0, 0, 1], **about)
    assert move_tables(text, MemoryFiles.ALL) == (text, {})


def test_files_are_brought_from_beside_the_verilog(tmp_path):
    text, files = move_tables(emitted([1, 2, 3], 4), MemoryFiles.ALL)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (tmp_path / "top.v").write_text(text)
    gone = re.escape(str(tmp_path / "top_words.mem"))
    with pytest.raises(ModelError, match=rf"^{gone}: cannot be read; run `hwgen build` again$"):
        bring_memories(tmp_path / "top.v", folder)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert read_memories(tmp_path / "top.v") == files
    bring_memories(tmp_path / "top.v", folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == files
