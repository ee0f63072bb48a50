"""Names of modules in emitted Verilog, and where they stand."""

import re

from amaranth.back import verilog
from amaranth.hdl import Instance, Module, Signal

from hwgen.verilog.modules import bare, instance_paths, plain_names, split_modules


def emitted(tree: dict, name: str = "top") -> str:
    """Verilog of modules below one another, each with a register that is kept."""

    def build(below: dict) -> Module:
        m = Module()
        kept = Signal(name="kept")
        m.d.sync += kept.eq(~kept)
        for part, inside in below.items():
            if inside is None:
                m.submodules[part] = Instance("CELL", p_INIT=3, i_a=kept)
            else:
                m.submodules[part] = build(inside)
        return m

    return verilog.convert(build(tree), name=name, ports=[], emit_src=False)


def names(text: str) -> list[str]:
    return [name for name, _ in split_modules(text)]


def test_names_are_plain_and_instances_keep_theirs():
    text = plain_names(emitted({"conv1": {"pe0_0": {}}, "a$b": {}}, "face"))
    assert names(text) == ["face", "face_a_b", "face_conv1", "face_conv1_pe0_0"]
    assert re.findall(r"^module \\|^  \\\S+  \S+ \($", text, re.MULTILINE) == []
    assert "  face_conv1 conv1 (" in text
    assert "  face_a_b \\a$b  (" in text


def test_names_that_meet_have_a_number_case_aside():
    text = plain_names(emitted({"a": {"b": {}}, "a_b": {}, "A_B": {}, "a_b_2": {}}))
    found = [name.lower() for name in names(text)]
    assert len(found) == 6
    assert len(set(found)) == 6
    assert plain_names(text) == text


def test_names_of_cells_and_keywords_are_left_to_them():
    assert names(plain_names(emitted({"LUT4": {}}, "SB"))) == ["SB", "SB_LUT4_2"]
    assert names(plain_names(emitted({"full_adder": {}}, "hwgen"))) == [
        "hwgen",
        "hwgen_full_adder_2",
    ]
    assert names(plain_names(emitted({"match": {}}, "first"), ["first_match"])) == [
        "first",
        "first_match_2",
    ]
    # A module that is placed but not defined.
    text = emitted({"x": {"cell": None}, "LL": {}}, "CE").replace("  CELL #(", "  CE_LL #(")
    assert names(plain_names(text)) == ["CE", "CE_LL_2", "CE_x"]


def test_where_a_module_stands_is_read_from_the_instances():
    text = emitted({"core": {"u": {"fifo": {}}, "v": {}, "cell": None}}, "t")
    paths = {name.replace(".", "_"): name for name in names(text)}
    assert instance_paths(text) == {name: name for name in names(text)}
    assert instance_paths(plain_names(text)) == paths
    assert instance_paths(text + "module alone(input a);\nendmodule\n")["alone"] == "alone"


def test_an_escaped_name_is_bare_without_its_marks():
    assert bare("\\a.b ") == "a.b"
    assert bare("ab") == "ab"
