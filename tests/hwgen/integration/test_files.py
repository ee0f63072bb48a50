"""Template, FuseSoC's description and ports of a build."""

import json
import re
from pathlib import Path

import pytest
from integration_builds import build_network, lint
from port_bench import read_ports

from hwgen.build_folder import BuildFolder
from hwgen.plan.ports import Port

CASES = [
    ("both", False),
    ("several bits", True),
]


@pytest.fixture(scope="module", params=CASES, ids=str)
def built(request, tmp_path_factory):
    network, marked = request.param
    folder = tmp_path_factory.mktemp("build") / "b"
    return folder, build_network(network, folder, input_tlast=marked)


def test_the_manifests_ports_are_those_of_the_verilog(built):
    folder, name = built
    manifest, verilog = BuildFolder(folder).read_manifest(), (folder / f"{name}.v").read_text()
    assert {p["name"]: p["width"] for p in manifest["ports"]} == read_ports(verilog, name)
    body = verilog[verilog.index(f"\nmodule {name}(") :]
    for port in manifest["ports"]:
        found = re.search(
            rf"^  (input|output) (?:signed )?(?:\[\d+:0\] )?{port['name']};", body, re.M
        )
        assert found is not None
        assert found[1] == port["direction"]
    assert manifest["input_tlast"] == ("s_axis_tlast" in {p["name"] for p in manifest["ports"]})


def test_the_template_is_verilog_that_fits_the_core(built):
    folder, name = built
    text = (folder / f"{name}_template.vh").read_text()
    (folder / "wrapped.v").write_text(
        f'module wrapped;\n`include "{name}_template.vh"\nendmodule\n'
    )
    quiet = ["-Wno-UNDRIVEN", "-Wno-UNUSEDSIGNAL"]
    assert lint(folder, *quiet, "--top-module", "wrapped", "wrapped.v", f"{name}.v") == (0, "")
    (folder / "wrapped.v").unlink()
    for port in BuildFolder(folder).read_manifest()["ports"]:
        assert f".{port['name']}({port['name']})" in text


def test_lint_settings_of_a_core_end_with_its_file(built):
    folder, name = built
    (folder / "other.v").write_text("module other(input a, output b);\nendmodule\n")
    found = lint(folder, f"{name}.v", "other.v", "--top-module", "other")
    (folder / "other.v").unlink()
    assert found.status == 1
    assert {"UNUSEDSIGNAL", "UNDRIVEN"} <= set(re.findall(r"%Warning-(\w+): other\.v", found.text))


def test_a_wire_without_a_driver_in_the_core_is_still_told(built):
    folder, name = built
    broken = re.sub(r"  assign s_axis_tready = .*\n|\.\w*ready\(s_axis_tready\)", "",
                    (folder / f"{name}.v").read_text())  # fmt: skip
    (folder / "broken.v").write_text(re.sub(r",\s*,", ",", broken))
    found = lint(folder, "broken.v", "--top-module", name)
    (folder / "broken.v").unlink()
    assert "s_axis_tready" in found.text


def test_the_core_file_names_files_that_the_build_has_and_all_that_the_verilog_reads(built):
    folder, name = built
    text = (folder / f"{name}.core").read_text()
    assert text.startswith("CAPI=2:\n")
    manifest = BuildFolder(folder).read_manifest()
    listed = set(re.findall(r"^      - ([\w.]+): \{", text, re.MULTILINE))
    assert listed <= set(manifest["files"])
    other = {f"{name}_template.vh", f"{name}.core", "folding.json", "model.json"}
    assert set(manifest["files"]) - listed == other
    copied = dict(re.findall(r"- ([\w.]+): \{file_type: user, copyto: ([\w.]+)\}", text))
    assert copied == {file: file for file in listed if not file.endswith(".v")}


def test_files_of_an_older_build_go(tmp_path):
    build_network("residual", tmp_path / "b")
    name = build_network("several pixels", tmp_path / "b")
    kept = {"parted.v", "manifest.json"}
    files = json.loads((tmp_path / "b" / "manifest.json").read_text())["files"]
    assert {path.name for path in (tmp_path / "b").iterdir()} == {*files, *kept}
    assert f"{name}_tb.v" in files


def test_a_port_is_told_as_the_contracts_say():
    assert Port("rst", "input", 1, "reset").as_json() == {
        "name": "rst", "direction": "input", "width": 1, "role": "reset",
    }  # fmt: skip


WAVES = Path(__file__).parents[3] / "docs" / "waves"


@pytest.mark.parametrize("name", ["frame", "tlast", "weights"])
def test_each_timing_diagram_is_drawn_from_its_source(name):
    wavedrom = pytest.importorskip("wavedrom")
    drawn = wavedrom.render((WAVES / f"{name}.json").read_text()).tostring()
    assert sorted(re.findall(r">([\w ]+)<", drawn)) == sorted(
        re.findall(r">([\w ]+)<", (WAVES / f"{name}.svg").read_text())
    )
    assert f"waves/{name}.svg" in (WAVES.parent / "integrate.md").read_text()
