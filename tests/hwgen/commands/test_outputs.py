"""Files that commands write and read again: refused before the work, and edited by others."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ToolError
from hwgen.model import Builder


def last_line(text):
    lines = [line for line in text.splitlines() if not line.startswith("[")]
    assert len(lines) == 1, text
    return lines[0]


def edited(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("kind", ["a folder of others", "a file", "below a file", "below /proc"])
def test_an_output_that_cannot_be_is_refused_before_anything_is_computed(
    call, model, tmp_path, monkeypatch, kind
):
    def never(*_, **__):
        raise AssertionError("computed")

    monkeypatch.setattr("hwgen.jobs.build.make_sized_design", never)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    folder = {
        "a folder of others": tmp_path / "mine",
        "a file": model,
        "below a file": model / "out",
        "below /proc": Path("/proc/none/out"),
    }[kind]
    before = sorted(tmp_path.rglob("*"))
    code, _, err = call("build", model, "-o", folder)
    assert code == 2
    assert last_line(err).startswith(f"error: {folder}: ")
    assert sorted(tmp_path.rglob("*")) == before


def test_results_that_cannot_be_written_are_refused_before_anything_runs(call, model, tmp_path):
    call("build", model, "-o", tmp_path / "out")
    for command, file in (("verify", "verify.json"), ("synth", "synth.json")):
        (tmp_path / "out" / file).mkdir()
        code, _, err = call(command, tmp_path / "out")
        assert code == 2
        assert last_line(err) == f"error: {tmp_path}/out/{file}: cannot be written: is a folder"


MANIFESTS = {
    "clock_mhz": "fast", "interval_cycles": None, "latency_cycles": [1], "device": 7, "top": 1e9,
    "scores": {"scale": ["1"], "offset": [0]}, "classes": [3],
}  # fmt: skip


@pytest.mark.parametrize("key", MANIFESTS)
def test_an_edited_manifest_is_refused_with_the_key(call, model, tmp_path, key):
    folder = tmp_path / "out"
    call("build", model, "-o", folder)
    edited(folder / "manifest.json", lambda document: document.update({key: MANIFESTS[key]}))
    code, _, err = call("verify", folder)
    assert code == 2
    assert re.fullmatch(
        rf"error: {re.escape(str(folder))}/manifest\.json: {key} must not be .*; run .*",
        last_line(err),
    )


def test_verilog_that_is_no_text_is_one_sentence(call, model, tmp_path):
    folder = tmp_path / "out"
    call("build", model, "-o", folder, "--device", "up5k")
    with (folder / "mini.v").open("ab") as file:
        file.write(b"\xff")
    for words in (("synth", folder), ("verify", folder, "--simulator", "cxxrtl")):
        code, _, err = call(*words)
        line = err.splitlines()[-1]
        assert code == 2, err
        assert re.fullmatch(r"error: .*out/mini\.v: is not UTF-8 text: .* at byte \d+", line)


def test_verify_takes_the_pictures_of_all_files_in_order(call, model, tmp_path, monkeypatch):
    seen = []

    def verify_design(model, plan, verilog, images, **_):
        seen.append(images)
        raise ToolError("seen")

    monkeypatch.setattr("sim.benches.verify_design.verify_design", verify_design)
    call("build", model, "-o", tmp_path / "out")
    pictures = np.random.default_rng(1).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    np.save(tmp_path / "a.npy", pictures[:2])
    np.save(tmp_path / "b.npy", pictures[2:])
    files = ("--images", tmp_path / "a.npy", "--images", tmp_path / "b.npy")
    assert call("verify", tmp_path / "out", *files, "--frames", 4)[0] == 3
    np.testing.assert_array_equal(seen[0], pictures[:4])


def test_words_that_no_verilog_can_be_written_of_are_refused(call, tmp_path):
    path = tmp_path / "wide.json"
    net = Builder("wide", height=1, width=1, channels=8192)
    net.dense(np.ones((1, 8192)), "fc").save(path)
    code, _, err = call("build", path, "-o", tmp_path / "out")
    assert code == 2
    assert re.fullmatch(
        rf"error: {path}: stream '\w+' has words of 65,536 bits, but at most 65,535 are built",
        err.splitlines()[-1],
    )


def test_a_manifest_with_a_buffer_that_nobody_could_build_is_refused(call, model, tmp_path):
    folder = tmp_path / "out"
    call("build", model, "-o", folder)
    edited(folder / "manifest.json", lambda document: document["buffers"][0].update(size=1 << 40))
    code, _, err = call("verify", folder)
    assert code == 2
    assert last_line(err) == (
        f"error: {folder}/manifest.json: belongs to another model or folding; build again"
    )
