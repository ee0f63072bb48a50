"""The command line: what it writes, its exit codes, and one sentence for each bad input."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from small_networks import small_face

import hwgen.cli
import sim.cli
from hwgen.model import save_model

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "mini.json"
    save_model(small_face(), path)
    return path


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*words, program=hwgen.cli):
        monkeypatch.setattr(sys, "argv", ["hwgen", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            program.main()
        text = capsys.readouterr()
        return end.value.code or 0, text.out, text.err

    return run


def last_line(text):
    lines = [line for line in text.splitlines() if not line.startswith("[")]
    assert len(lines) == 1, text
    return lines[0]


def edited(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_two_builds_in_two_folders_have_identical_bytes(call, model, tmp_path):
    folders = [tmp_path / "a", tmp_path / "deep" / "b"]
    for folder in folders:
        assert call("build", model, "-o", folder)[0] == 0
    first, second = ({p.name: p.read_bytes() for p in f.iterdir()} for f in folders)
    assert first == second
    beside = {f"mini{end}" for end in (".core", "_tb.v", "_tb_pixels.hex", "_tb_scores.hex",
                                       "_template.vh")}  # fmt: skip
    assert set(first) == {"mini.v", "model.json", "folding.json", "manifest.json", *beside}


def test_a_build_does_not_depend_on_hash_seed_or_working_folder(model, tmp_path):
    texts = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-m", "hwgen", "build", str(model), "-o", "out"],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "PATH": ""},
            check=True,
            capture_output=True,
        )
        texts.append((folder / "out" / "mini.v").read_bytes())
    assert texts[0] == texts[1]


def test_the_manifest_has_the_keys_that_other_programs_read(call, model, tmp_path):
    call("build", model, "-o", tmp_path / "out", "--cycles", 600, "--device", "up5k")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest.keys() >= {
        "name", "device", "top", "files", "tools", "streams", "layers", "latency_cycles",
        "interval_cycles", "macs", "binary_macs", "resources",
    }  # fmt: skip
    assert manifest["interval_cycles"] <= 600
    assert manifest["macs"] == 64 * 27 * 8 + 16 * 72 * 8 + 32 * 4
    assert manifest["binary_macs"] == 16 * 72 * 8 + 32 * 4
    resources = manifest["resources"]
    assert set(resources) == {"logic_cells", "lut4", "ff", "ebr", "spram", "dsp"}
    assert 100 < resources["ff"] < resources["lut4"]
    assert resources["logic_cells"] > resources["lut4"] > 500
    assert (resources["ebr"] > 0, resources["spram"], resources["dsp"]) == (True, 0, 0)
    assert set(manifest["layers"][0]) == {
        "name", "kind", "pe", "simd", "m", "weight_storage", "weight_bits", "cycles",
    }  # fmt: skip
    assert set(manifest["streams"][0]) == {
        "name", "from", "to", "payload_bits", "transfers_per_frame",
    }  # fmt: skip


def test_a_build_for_a_device_tells_what_it_is_estimated_to_take(call, model, tmp_path):
    _, out, _ = call("build", model, "-o", tmp_path / "out", "--device", "up5k")
    assert re.search(
        r"^about [\d,]+ of 5,280 logic cells of up5k, estimated\n"
        r"\d+ of 30 block RAMs, \d of 4 SPRAMs, \d of 8 DSPs of up5k$",
        out,
        re.MULTILINE,
    )
    call("build", model, "-o", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert set(manifest["resources"].values()) == {None}


def test_what_fits_no_device_asked_for_ends_with_exit_code_1(call, model, tmp_path):
    folder = tmp_path / "out"
    code, out, err = call("build", model, "-o", folder, "--cycles", 64, "--device", "hx1k")
    assert (code, out) == (1, "")
    assert re.search(
        r"mini.json: does not fit hx1k at 64 cycles a frame: needs at least [\d,]+ logic cells of "
        r"the 1,126 that are left beside routing and host link \([\d,]+ short\); [\w-]+ would do$",
        err.strip(),
    )
    assert not folder.exists()


def test_sim_run_prints_the_keys_that_other_programs_read(call, model, tmp_path):
    images = tmp_path / "x.npy"
    np.save(images, np.random.default_rng(1).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8))
    code, out, _ = call("run", model, "--images", images, "--json", program=sim.cli)
    result = json.loads(out)
    assert code == 0
    assert result.keys() >= {
        "scores", "classes", "latency_cycles", "interval_cycles", "frames", "seconds",
        "layers", "buffers", "bottleneck",
    }  # fmt: skip
    assert np.array(result["scores"]).shape == (3, 4)
    assert result["classes"] == np.array(result["scores"]).argmax(1).tolist()


def test_a_folding_file_gives_the_same_build_again(call, model, tmp_path):
    call("build", model, "-o", tmp_path / "a", "--cycles", 500)
    call("build", model, "-o", tmp_path / "b", "--folding", tmp_path / "a" / "folding.json")
    assert (tmp_path / "a" / "mini.v").read_bytes() == (tmp_path / "b" / "mini.v").read_bytes()


def test_weights_in_spram_are_a_file_of_the_build_until_there_are_none(call, model, tmp_path):
    folding = tmp_path / "folding.json"
    folding.write_text('{"conv2": {"simd": 24, "storage": "spram"}, "fc": {"storage": "memory"}}')
    folder = tmp_path / "out"
    _, out, _ = call("build", model, "-o", folder, "--folding", folding, "--device", "up5k")
    assert "weights of conv2 in SPRAM, to be loaded at boot\n" in out
    manifest = json.loads((folder / "manifest.json").read_text())
    weights = (folder / "mini_weights.bin").read_bytes()
    assert manifest["sha256"]["mini_weights.bin"] == sha256(weights).hexdigest()
    assert "mini_weights.bin" in manifest["files"]
    assert len(weights) == 8 * 3 * 2 * 2
    storage = {x["name"]: x["weight_storage"] for x in manifest["layers"] if x["simd"]}
    assert storage == {"conv1": "memory", "conv2": "spram", "fc": "memory"}
    assert json.loads((folder / "folding.json").read_text())["conv2"]["storage"] == "spram"
    assert call("build", model, "-o", folder)[0] == 0
    assert not (folder / "mini_weights.bin").exists()


def test_spram_of_a_device_that_has_none_is_wrong_input(call, model, tmp_path):
    folding = tmp_path / "folding.json"
    folding.write_text('{"conv2": {"storage": "spram"}}')
    code, _, err = call("build", model, "-o", tmp_path / "out", "--folding", folding)
    assert code == 2
    needs = 'storage "spram" needs a device with SPRAM (up5k), not generic'
    assert last_line(err) == f"error: {folding}: layer 'conv2': {needs}"


def first_layer(key, value):
    return lambda document: document["layers"][0].update({key: value})


BAD_MODELS = {
    "a kind that is unknown": (first_layer("kind", "lstm"), r"layer 'conv1'.*'lstm'"),
    "a kind that comes later": (
        first_layer("kind", "add"), r"layer 'conv1'.*"),
    "a key that is unknown": (first_layer("bias", [1]), r"layer 'conv1'.*bias"),
    "another version": (lambda d: d.update(format="hwgen-bnn/2"), r"format.*hwgen-bnn/1.*"),
    "weights that are no base64": (
        lambda d: d["layers"][0]["weights"].update(base64="@@@"), r"layer 'conv1'.*base64.*"),
    "weights that are too few": (
        lambda d: d["layers"][0]["weights"].update(base64="AAAA"), r"layer 'conv1'.*bits.*"),
    "NaN": (lambda d: d["layers"][1]["gamma"].__setitem__(0, float("nan")), r".*NaN.*"),
    "a negative variance": (
        lambda d: d["layers"][1]["variance"].__setitem__(0, -1), r"layer 'norm1'.*variance.*"),
    "shapes that do not chain": (
        lambda d: d["input"].update(channels=4), r"layer 'conv1'.*"),
    "a cycle": (first_layer("inputs", ["fc"]), r"layers form a cycle: .*"),
    "a sidecar that is not there": (
        first_layer("weights", {"npz": "no.npz", "key": "w"}), r"layer 'conv1'.*no\.npz.*"),
    "a sidecar outside": (
        first_layer("weights", {"npz": "../no.npz", "key": "w"}), r"layer 'conv1'.*\.\./no\.npz.*"),
    "a keyword as a name": (first_layer("name", "module"), r"layer 'module'.*keyword.*"),
    "a name of a port": (first_layer("name", "clk"), r"layer 'clk'.*"),
    "a name that the top has": (
        lambda d: d["layers"][-1].update(name="mini"), r"layer 'mini'.*collides.*"),
    "names that collide": (
        lambda d: d["layers"][4].update(name="conv1_window"), r"layer 'conv1': .*collides.*"),
    "a size of gigabytes": (
        lambda d: d["input"].update(height=100000, width=100000), r".*elements.*"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_MODELS)
def test_a_bad_description_ends_in_one_sentence_and_writes_nothing(call, model, tmp_path, case):
    change, pattern = BAD_MODELS[case]
    edited(model, change)
    code, out, err = call("build", model, "-o", tmp_path / "out")
    line = last_line(err)
    assert code == 2
    assert not out
    assert re.fullmatch(rf"error: {re.escape(str(model))}: .*{pattern}.*", line), line
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mini.json"]


def test_integers_without_a_sign_are_refused_at_the_layer_that_reads_them(call, model, tmp_path):
    def drop_sign(document):
        document["layers"] = [x for x in document["layers"] if x["name"] != "sign1"]

    code, _, err = call("build", edited(model, drop_sign), "-o", tmp_path / "out")
    assert code == 2
    assert re.fullmatch(
        r"error: .*: layer 'conv2': .*put a sign or a quantise before it", last_line(err)
    )


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        (["--device", "hx2k"], r"device must be one of hx1k, .*, not 'hx2k'"),
        (["--cycles", "3"], r".*layer 'conv1': needs at least [\d,]+ cycles a frame, more than .*"),
        (["--cycles", "0"], r"cycles a frame must be positive, not 0"),
        (["--fps", "-1"], r"--fps must be a positive number, not -1.0"),
        (["--fps", "nan"], r"--fps must be a positive number, not nan"),
        (["--fps", "1e12"], r".*mini\.json: --fps 1e\+12 is more than the network can have: at "
         r"most 375,000 frames a second at a clock of 24 MHz, as a frame takes 64 cycles or more"),
        (["--fps", "25e6", "--clock-mhz", "10", "--device", "up5k"],
         r".*mini\.json: --fps 2\.5e\+07 is more than .* 156,250 frames a second .* of 10 MHz, .*"),
        (["--fps", "5", "--cycles", "9"], r"only one of .*"),
        (["--clock-mhz", "0"], r"clock must be .*"),
        (["--folding", "no.json"], r"no\.json: cannot be read: No such file or directory"),
        (["--storage", "memory"], r"--storage and --products need --device hx1k \| .*"),
        (["--storage", "spram", "--device", "hx8k"], r".*mini\.json: storage \"spram\" needs a .*"),
        (["--products", "dsp", "--device", "up5k"], r".*: products must not be \"dsp\", as .*"),
    ],
)  # fmt: skip
def test_bad_options_end_in_one_sentence(call, model, tmp_path, options, pattern):
    code, _, err = call("build", model, "-o", tmp_path / "out", *options)
    assert code == 2
    assert re.fullmatch(f"error: {pattern}", last_line(err)), err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("entry", "pattern"),
    [
        ({"conv1": {"pe": 3}}, r"layer 'conv1': pe must divide 8 output channels, not 3"),
        ({"conv1": {"simd": 5}}, r"layer 'conv1': simd must divide 3 input channels, .* not 5"),
        ({"conv1": {"m": [3, 3]}}, r"layer 'conv1': m must divide the 8x8 output pixels, not 3x3"),
        ({"conv1": {"taps": [2, 1]}}, r"layer 'conv1': taps must divide the 3x3 kernel, not 2x1"),
        ({"conv1": {"pe": "4"}}, r"layer 'conv1': pe must be a positive integer, not '4'"),
        ({"conv1": 4}, r"layer 'conv1': must be an object with the keys .*"),
        ({"conv9": {}}, r"layer 'conv9': the network has no such matrix layer"),
    ],
)
def test_a_folding_that_does_not_divide_names_file_layer_and_constraint(
    call, model, tmp_path, entry, pattern
):
    folding = tmp_path / "folding.json"
    folding.write_text(json.dumps(entry))
    code, _, err = call("build", model, "-o", tmp_path / "out", "--folding", folding)
    assert code == 2
    assert re.fullmatch(f"error: {re.escape(str(folding))}: {pattern}", last_line(err)), err


def test_a_folder_that_is_no_build_is_left_alone(call, model, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    code, _, err = call("build", model, "-o", folder)
    assert code == 2
    assert re.fullmatch(r"error: .*mine: is not empty and holds no build; .*", last_line(err))
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]


def test_pictures_of_another_shape_are_refused(call, model, tmp_path):
    images = tmp_path / "x.npy"
    np.save(images, np.zeros((1, 9, 8, 3), np.uint8))
    code, _, err = call("run", model, "--images", images, program=sim.cli)
    assert code == 2
    assert last_line(err).startswith(f"error: {images}: ")


def test_an_interrupted_build_leaves_nothing_behind(call, model, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.rename", interrupt)
    code, _, err = call("build", model, "-o", tmp_path / "out")
    assert code == 130
    assert last_line(err) == "interrupted; nothing was written"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mini.json"]
