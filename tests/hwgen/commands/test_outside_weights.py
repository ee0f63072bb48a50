"""Weights that come from outside: what build, tables and show say of them."""

import json

import numpy as np
import pytest
from small_networks import weights

from hwgen.errors import FitError
from hwgen.jobs.build import build
from hwgen.model import Builder, Model

FOLDING = {
    "conv1": {"pe": 8, "simd": 27, "taps": [3, 3]},
    "conv2": {"pe": 2, "simd": 4, "storage": "external", "rows": 2},
    "fc": {"pe": 4, "simd": 8, "storage": "external"},
}


@pytest.fixture
def folding(tmp_path):
    path = tmp_path / "folding.json"
    path.write_text(json.dumps(FOLDING))
    return path


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_build_says_how_often_each_word_comes_and_what_that_takes(call, model, folding, tmp_path):
    code, text, _ = call("build", model, "--folding", folding, "-o", tmp_path / "out")
    assert code == 0
    assert max(len(line.rstrip()) for line in text.splitlines() if "wrote" not in line) <= 80
    for line in (
        "weights of conv2 from outside: 72 words a frame, each weight 2 times",
        "weights of fc from outside: 8 words a frame, each weight once",
        "weights from outside, a frame: 160 bytes, 3.333 MB/s",
        "all through DRAM in 16 bits: 3.832 KB, 79.83 MB/s",
    ):
        assert f"{line}\n" in text
    manifest = manifest_of(tmp_path / "out")
    assert manifest["weights"] == {
        "load_words": 0,
        "packet_words": 80,
        "bytes_per_frame": 160,
        "dram_bytes_per_frame": 3832,
        "cycles_per_word": 1,
    }
    layers = {x["name"]: x for x in manifest["layers"]}
    assert [(layers[n]["weight_reads"], layers[n]["weight_words"]) for n in ("conv2", "fc")] == [
        (2, 72), (1, 8),
    ]  # fmt: skip
    assert (tmp_path / "out" / "mini_weights.bin").stat().st_size == 160
    assert "weight_reads" not in layers["conv1"]


def test_a_memory_of_a_build_is_that_of_its_summary_and_manifest(call, model, folding, tmp_path):
    words = ("build", model, "--folding", folding, "-o", tmp_path / "out", "--memory", "spi:24")
    code, text, _ = call(*words)
    assert code == 0
    assert "weights from spi:24: " in text
    assert "100.0% of " in text
    assert max(len(line.rstrip()) for line in text.splitlines() if "wrote" not in line) <= 80
    assert manifest_of(tmp_path / "out")["weights"]["cycles_per_word"] == 16 + 32 / 1024


def test_where_all_weights_are_inside_a_memory_is_noted_not_to_be_used(call, model, tmp_path):
    code, text, errors = call("build", model, "-o", tmp_path / "out", "--memory", "spi:24")
    assert code == 0
    assert "from outside" not in text
    assert "note: --memory: not used, as all weights of mini lie in the design\n" in errors
    assert "weights" not in manifest_of(tmp_path / "out")


def wide() -> Model:
    """A network whose weights do not fit the smallest device."""
    net = Builder("wide", height=32, width=32, channels=1, bits=1).flatten()
    return net.dense(weights(np.random.default_rng(1), 128, 1024), name="fc").build()


def test_a_rate_that_a_memory_does_not_allow_is_refused_with_the_one_that_it_does(tmp_path):
    # A word of 16 bits and its part of a CRC a line, and 51 clocks ahead of all.
    words, folder = 128 * 1024 // 16, tmp_path / "out"
    most = 51 + words * 16 + words // 1024 * 32
    with pytest.raises(
        FitError,
        match=rf"^<memory>: weights from spi:24 are too slow for a frame in {most - 51:,} cycles: "
        rf"16\.38 KB of them a frame allow one in {most:,}, at most 182\.7 frames a second at a "
        r"clock of 24 MHz$",
    ):
        build(wide(), folder, device="hx1k", cycles=most - 51, memory="spi:24")
    assert not folder.exists()
    built = build(wide(), folder, device="hx1k", fps=182.6, memory="spi:24")
    assert built.bandwidth is not None
    assert built.bandwidth.interval_cycles == most
    assert built.bandwidth.share == 1


def test_a_memory_that_there_is_not_is_one_sentence(call, model, tmp_path):
    code, text, errors = call("build", model, "-o", tmp_path / "out", "--memory", "disk:1")
    assert (code, text) == (2, "")
    assert errors.startswith("error: --memory: must be qspi:MHZ, ") or "\nerror: --memory" in errors
    assert not (tmp_path / "out").exists()


def test_tables_and_show_of_a_build_have_bytes_of_each_memory(call, model, folding, tmp_path):
    folder = tmp_path / "out"
    call("build", model, "--folding", folding, "-o", folder)
    found = []
    for command in ("tables", "show"):
        _, text, _ = call(command, folder)
        assert "weights read a frame: 160 bytes from outside\n" in text
        found.append(json.loads(call(command, folder, "--json")[1])["bytes_per_frame"])
    assert found[0] == found[1]
    assert (found[0]["memory"], found[0]["spram"], found[0]["outside"]) == (0, 0, 160)
    table = json.loads(call("tables", folder, "--json")[1])
    assert table["dram_bytes_per_frame"] == 3832
    built = {x["name"]: x["built"] for x in table["layers"]}
    assert (built["conv1"]["weight_kb"], built["conv2"]["weight_kb"]) == (0.027, 0)


def test_of_a_description_show_knows_no_memories(call, model):
    assert json.loads(call("show", model, "--json")[1])["bytes_per_frame"] is None
    assert "read a frame" not in call("show", model)[1]
