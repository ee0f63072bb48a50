"""Memories in files of their own mean the same."""

import re

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import Module, Signal
from amaranth.lib.memory import Memory

from hwgen.synth.lift_memories import lift_memories


def emitted(words, width):
    m = Module()
    m.submodules.memory = memory = Memory(shape=width, depth=len(words), init=words)
    port = memory.read_port()
    out = Signal(width)
    m.d.comb += [port.addr.eq(out), out.eq(port.data)]
    return verilog.convert(m, ports=[out], emit_src=False, strip_internal_attrs=True)


def words_of(text):
    """Words of a ``$readmemh`` file, in the order of their addresses."""
    found = dict(line.split() for line in text.splitlines())
    assert [int(at[1:], 16) for at in found] == list(range(len(found)))
    return [int(word, 16) for word in found.values()]


def test_each_word_of_what_amaranth_emits_is_in_the_file(tmp_path):
    rng = np.random.default_rng(1)
    # Of 32 bits or less yosys writes some in decimal.
    for width in (1, 31, 32, 33, 72):
        words = [int.from_bytes(rng.bytes(9), "little") % (1 << width) for _ in range(40)]
        text = lift_memories(emitted(words, width), tmp_path)
        assert re.search(r'^  initial \$readmemh\("memory0\.hex", \S+\);$', text, re.MULTILINE)
        assert "] = " not in text
        assert words_of((tmp_path / "memory0.hex").read_text()) == words


def test_memories_have_files_of_their_own_in_order(tmp_path):
    block = "  initial begin\n    {}[0] = 4'h{};\n    {}[1] = 4'd1;\n  end\n"
    text = block.format("a", "f", "a") + "  wire x;\n" + block.format("\\b[0] ", "e", "\\b[0] ")
    assert lift_memories(text, tmp_path) == (
        '  initial $readmemh("memory0.hex", a);\n  wire x;\n'
        '  initial $readmemh("memory1.hex", \\b[0] );\n'
    )
    assert words_of((tmp_path / "memory1.hex").read_text()) == [14, 1]


def test_other_blocks_stay_as_they_are(tmp_path):
    for block in (
        "  initial begin\n    a = 4'h0;\n  end\n",
        "  initial begin\n    a[0] = 4'hx;\n  end\n",
        "  initial begin\n    a[0] = 4'h1;\n    b[0] = 4'h1;\n  end\n",
        "  initial begin\n    a[0] = 4'h1;\n    $finish;\n  end\n",
    ):
        assert lift_memories(block, tmp_path) == block
    assert list(tmp_path.iterdir()) == []
