"""Tables in emitted Verilog are found, and nothing else is taken for one."""

from amaranth.back import verilog
from amaranth.hdl import Module, Signal
from amaranth.lib.memory import Memory

from hwgen.synth.constant_tables import find_tables, module_digests, replace_tables

WORDS = [3, 0, 2, 1, 3]


def emitted(words, *, width=2, enable=False, written=False, name="words", registered=True):
    """Verilog of a design with a memory below its top module."""
    m, below = Module(), Module()
    below.submodules[name] = memory = Memory(shape=width, depth=len(words), init=words)
    port = memory.read_port(domain="sync" if registered else "comb")
    address, out, en = Signal(range(len(words))), Signal(width), Signal(init=1)
    below.d.comb += [port.addr.eq(address), out.eq(port.data)]
    if registered:
        below.d.comb += port.en.eq(en if enable else 1)
    ports = [address, out, en]
    if written:
        write = memory.write_port()
        below.d.comb += [write.addr.eq(address), write.en.eq(en), write.data.eq(0)]
    m.submodules.below = below
    return verilog.convert(m, ports=ports, emit_src=False, strip_internal_attrs=True)


def test_a_table_is_found_with_its_words_and_where_it_is():
    for width in (1, 2, 40):
        words = [w % (1 << width) for w in WORDS]
        (table,) = find_tables(emitted(words, width=width)).values()
        assert (table.path, table.width, table.words) == ("top.below/words", width, tuple(words))
        assert table.depth == len(words)


def test_names_that_verilog_escapes_are_found_too():
    (table,) = find_tables(emitted(WORDS, name="a$b")).values()
    assert table.path == "top.below/a$b"


def test_a_table_without_a_register_is_told_apart():
    text = emitted(WORDS, registered=False)
    (table,) = find_tables(text).values()
    assert (table.path, table.words, table.registered) == ("top.below/words", tuple(WORDS), False)
    text = replace_tables(text, lambda table: "cells")
    assert "initial begin\n" not in text
    line = next(x for x in text.splitlines() if x.startswith("  cells words ("))
    assert ".en" not in line
    assert module_digests(emitted(WORDS))["top.below"] != module_digests(
        emitted(WORDS, registered=False))["top.below"]  # fmt: skip


def test_memories_that_are_written_or_of_one_word_are_none():
    for registered in (False, True):
        assert find_tables(emitted(WORDS, written=True, registered=registered)) == {}
        assert find_tables(emitted([1], registered=registered)) == {}


def test_an_instance_stands_for_a_table_with_its_address_and_enable():
    for enable in (False, True):
        text = replace_tables(emitted(WORDS, enable=enable), lambda table: "cells")
        assert "initial begin\n" not in text
        line = next(x for x in text.splitlines() if x.startswith("  cells words ("))
        assert line.endswith(".data(_0_));")
        assert (".en(1'h1)" in line) is not enable


def test_the_digest_of_a_module_tells_all_but_what_tables_hold():
    digests = module_digests(emitted(WORDS))
    assert list(digests) == ["top", "top.below"]
    assert module_digests(emitted(WORDS[::-1])) == digests
    for other in (emitted(WORDS[1:]), emitted(WORDS, width=3), emitted(WORDS, enable=True),
                  emitted(WORDS, written=True)):  # fmt: skip
        assert module_digests(other)["top.below"] != digests["top.below"]
