"""What memories become: the same as yosys makes of them."""

import json
import random
import subprocess

import pytest

from hwgen.sizes.memory_map import Mapping, Memory, fewest_rams, map_memory
from hwgen.synth.tools import find_tool

MAPPING = {
    "ice40": (
        "synth_ice40 -noflatten -top top -run begin:map_ram",
        "memory_libmap -lib +/ice40/brams.txt -lib +/ice40/spram.txt -no-auto-huge",
    ),
    "ecp5": (
        "synth_ecp5 -noflatten -top top -run begin:map_ram",
        "memory_libmap -lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt",
    ),
}
"""What the families' flows do up to the block RAMs."""

WORDS = (2, 5, 8, 16, 17, 33, 48, 64, 67, 96, 128, 200, 256, 257, 512, 600, 1024, 1025, 2049)
BITS = (1, 2, 3, 4, 8, 9, 10, 16, 18, 20, 36, 40, 64, 72)


def grid(seed, count):
    """Memories at the edges of the modes and around the costs of logic."""
    rng = random.Random(seed)
    found = []
    while len(found) < count:
        access = rng.choice(["rom", "rows", "rows", "old", "queue"])
        fields = rng.choice([1, 1, 2, 3, 4]) if access == "rows" else 1
        memory = Memory(rng.choice(WORDS), fields * rng.choice(BITS), access, fields)
        # In a smaller table a column could be constant; what is larger only takes time.
        if access == "rom" and memory.words < 16:
            continue
        if memory.words * memory.bits < {"queue": 2_000, "rom": 10_000}.get(access, 50_000):
            found.append(memory)
    return found


def verilog(name, memory):
    """Module with one memory, as the units have them."""
    rng = random.Random(name)
    words, bits = memory.words, memory.bits
    width, address = bits // memory.fields, max(1, (words - 1).bit_length())
    values = [rng.getrandbits(bits) if memory.access == "rom" else 0 for _ in range(words)]
    lines = [
        f"module {name}(input clk, re, input [{memory.fields - 1}:0] we, "
        f"input [{address - 1}:0] wa, ra, input [{bits - 1}:0] d, output [{bits - 1}:0] q);",
        "(* no_rw_check *)" if memory.access == "rows" else "",
        f"reg [{bits - 1}:0] mem [{words - 1}:0];",
        "initial begin",
        *(f"mem[{k}] = {bits}'h{value:x};" for k, value in enumerate(values)),
        "end",
    ]
    if memory.access != "rom":
        lines.append("always @(posedge clk) begin")
        for k in range(memory.fields):
            part = f"[{k * width + width - 1}:{k * width}]"
            lines.append(f"if (we[{k}]) mem[wa]{part} <= d{part};")
        lines.append("end")
    if memory.access == "queue":
        lines.append("assign q = mem[ra];")
    else:
        lines.append(f"reg [{bits - 1}:0] r; always @(posedge clk) if (re) r <= mem[ra];")
        lines.append("assign q = r;")
    return "\n".join([*lines, "endmodule\n"])


@pytest.mark.parametrize("family", MAPPING)
def test_memories_become_what_yosys_makes_of_them(family, tmp_path):
    memories = grid(5, 60)
    names = [f"m{k}" for k in range(len(memories))]
    text = "".join(map(verilog, names, memories))
    instances = "".join(f"(* keep *) {name} u_{name}();\n" for name in names)
    (tmp_path / "design.v").write_text(f"{text}module top;\n{instances}endmodule\n")
    flow, mapping = MAPPING[family]
    (tmp_path / "map.ys").write_text(
        "read_verilog design.v\nsetattr -mod -set keep_hierarchy 1 m*\n"
        f"{flow}\n{mapping}\ntee -o stat.json stat -json\n"
    )
    command = [*find_tool("yosys").command, "-q", "map.ys"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    modules = json.loads((tmp_path / "stat.json").read_text())["modules"]

    found = {}
    for name, memory in zip(names, memories, strict=True):
        cells = modules[f"\\{name}"]["num_cells_by_type"]
        block = sum(n for cell, n in cells.items() if "RAM4K" in cell or "16KD" in cell)
        found[memory] = block, cells.get("$__TRELLIS_DPR16X4_", 0)
    estimated = {memory: map_memory(memory, family) for memory in memories}
    assert {m: (e.ebr, e.lutram) for m, e in estimated.items()} == found
    # All that can come of a memory did.
    assert any(e.ebr > 1 and e.rows > 1 for e in estimated.values())
    assert any(not e.ebr and not e.lutram for e in estimated.values())
    assert any(e.lutram for e in estimated.values()) == (family == "ecp5")


def test_banks_side_by_side_share_a_block_ram():
    # Two fields of 8 bits are one word of 16; written as one word, they would be two of 8.
    assert map_memory(Memory(240, 16, "rows", 2), "ice40") == Mapping(ebr=1)
    assert map_memory(Memory(240, 16, "rows", 2), "ecp5") == Mapping(ebr=1)


def test_a_small_table_is_logic_and_the_next_larger_one_is_not():
    assert map_memory(Memory(66, 16, "rom"), "ice40") == Mapping()
    assert map_memory(Memory(68, 16, "rom"), "ice40") == Mapping(ebr=1)


def test_tables_take_the_fewest_block_rams_of_any_mode():
    sizes = ((256, 16), (256, 17), (257, 16), (512, 8), (2048, 2), (2049, 1), (576, 24))
    assert [fewest_rams(*size, "ice40") for size in sizes] == [1, 2, 2, 1, 1, 2, 6]
    # A shallow table is logic to synthesis, whatever it would take.
    assert fewest_rams(16, 64, "ice40") == 4
    assert map_memory(Memory(16, 64, "rom"), "ice40").ebr == 0
