"""``hwgen verify``: what it needs, what it prints, and the keys that it writes."""

import json
import re
import shutil

import pytest


def last_line(text):
    """The error, behind lines of progress."""
    (line,) = [line for line in text.splitlines() if not line.startswith("[")]
    return line


def test_verify_needs_a_build(call, tmp_path):
    code, _, err = call("verify", tmp_path)
    assert code == 2
    assert re.fullmatch(
        r"error: .*: has no manifest\.json; run `hwgen build` first", last_line(err)
    )


@pytest.mark.parametrize(
    ("simulator", "sentence"),
    [
        ("verilator", "verilator: needs g++ on the PATH"),
        ("icarus", "icarus: iverilog is not on the PATH; install it, or use verilator"),
        ("cxxrtl", "cxxrtl: g++ is not on the PATH; install it"),
    ],
)
def test_a_missing_tool_ends_with_exit_code_3(
    call, model, tmp_path, monkeypatch, simulator, sentence
):
    call("build", model, "-o", tmp_path / "out")
    monkeypatch.setenv("PATH", "")
    options = ("--frames", 1, "--simulator", simulator)
    code, _, err = call("verify", tmp_path / "out", *options)
    assert code == 3
    assert last_line(err) == f"error: {sentence}"
    assert not (tmp_path / "out" / "verify.json").exists()


@pytest.mark.skipif(shutil.which("g++") is None, reason="CXXRTL needs g++")
def test_verify_runs_on_cxxrtl_and_writes_the_keys_that_other_programs_read(call, model, tmp_path):
    call("build", model, "-o", tmp_path / "out")
    code, out, _ = call("verify", tmp_path / "out", "--frames", 2, "--simulator", "cxxrtl")
    assert code == 0
    reached = r"\d+ of \d+ thresholds from both sides, \d+ of \d+ at the edge"
    assert re.match(rf"pictures reach {reached}\n[\d,]+ transfers of .* 4 traffic patterns", out)
    assert out.endswith("0 mismatches in value and cycle\n")
    result = json.loads((tmp_path / "out" / "verify.json").read_text())
    assert result.keys() == {
        "frames", "cycles", "streams", "transfers_checked", "mismatches", "first_mismatch",
        "coverage", "simulator", "seed", "seconds",
    }  # fmt: skip
    assert (result["simulator"], result["mismatches"]) == ("cxxrtl", 0)
    coverage = result["coverage"]
    assert coverage.keys() == {"goals", "reached", "layers"}
    for layer in coverage["layers"]:
        assert layer.keys() == {"layer", "kind", "constant", "goals", "reached"}
    for key in ("both_sides", "at_edge"):
        assert sum(x["reached"][key] for x in coverage["layers"]) == coverage["reached"][key]
