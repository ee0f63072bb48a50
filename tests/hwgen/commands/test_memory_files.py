"""The files of a build that stand beside its Verilog."""

import json
import re
import shutil
from hashlib import sha256

import pytest
from small_networks import small_face

from hwgen.model import save_model

TABLES = {"mini_conv2_weights.mem", "mini_fc_weights.mem"}


@pytest.fixture
def folder(call, tmp_path):
    """A build whose tables are in files, and the function that builds it again."""
    save_model(small_face(), tmp_path / "mini.json")

    def build(*options):
        done = call("build", tmp_path / "mini.json", "-o", tmp_path / "out", *options)
        assert done[0] == 0, done
        return tmp_path / "out"

    return build


def memories(where):
    return {path.name for path in where.glob("*.mem")}


def test_memory_files_are_of_the_build_and_leave_with_it(folder):
    out = folder("--memory-files", "all")
    assert memories(out) >= TABLES
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["memory_files"] == "all"
    assert memories(out) == {name for name in manifest["files"] if name.endswith(".mem")}
    for name in memories(out):
        assert manifest["sha256"][name] == sha256((out / name).read_bytes()).hexdigest()
    text = (out / "mini.v").read_text()
    assert set(re.findall(r'\$readmemh\("([^"]+)", ', text)) == memories(out)
    # All of its tables are small.
    assert memories(folder()) == set()
    assert json.loads((out / "manifest.json").read_text())["memory_files"] == "large"
    assert "$readmemh" not in (out / "mini.v").read_text()


@pytest.mark.skipif(shutil.which("g++") is None, reason="CXXRTL needs g++")
def test_memory_files_are_what_the_design_holds(call, folder):
    out = folder("--memory-files", "all")
    path = out / "mini_fc_weights.mem"
    words = path.read_text().split()
    words[0] = f"{int(words[0], 16) ^ 1:0{len(words[0])}x}"
    path.write_text("\n".join(words) + "\n")
    options = ("--simulator", "cxxrtl", "--frames", 1)
    code, _, err = call("verify", out, *options)
    assert code == 1
    assert "layer 'fc': transfer " in err
    path.unlink()
    code, _, err = call("verify", out, *options)
    assert code == 2
    assert err.endswith(f"error: {path}: cannot be read; run `hwgen build` again\n")
