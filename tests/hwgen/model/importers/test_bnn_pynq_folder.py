"""Folders of BNN-PYNQ: what another program folds into them is what is imported."""

import re

import numpy as np
import pytest
from foreign_networks import save

from hwgen.errors import ModelError
from hwgen.model.importers import Options, import_model

CNV = [(64, 3, 3, 3), (64, 3, 3, 64), (128, 3, 3, 64), (128, 3, 3, 128), (256, 3, 3, 128),
       (256, 3, 3, 256), (512, 256), (512, 512), (10, 512)]  # fmt: skip
LFC = [(1024, 784), (1024, 1024), (1024, 1024), (47, 1024)]
FOLDINGS = {
    "cnv": ([16, 32, 16, 16, 4, 1, 1, 1, 4], [3, 32, 32, 32, 32, 32, 4, 8, 1]),
    "lfc": ([32, 64, 32, 16], [64, 32, 64, 8]),
}
"""PE and SIMD of each layer, as the project publishes its networks."""


def arrays(shapes, seed):
    """A random network in the form of an .npz file, with thresholds at the ends of their range."""
    rng = np.random.default_rng(seed)
    made = {}
    for k, shape in enumerate(shapes):
        made[f"W{k}"] = rng.choice(np.array([-1, 1], np.int8), shape)
        made[f"W{k}"][:, -1] = -1  # no neuron looks like one that was added
        inputs = int(np.prod(shape[1:]))
        if len(shape) == 4 and k == 0:
            made["T0_q8"] = rng.integers(-7000, 7000, shape[0])
            made["T0"] = np.floor(made["T0_q8"] / 2).astype(np.int64)
        elif len(shapes) == 4 or k < len(shapes) - 1:
            made[f"Tpop{k}"] = rng.integers(-5, inputs + 5, shape[0])
            made[f"T{k}"] = 2 * made[f"Tpop{k}"] - inputs
    return made


def fold(folder, made, pes, simds):
    """Write it as the board's loader reads it, neuron after neuron."""
    folder.mkdir(exist_ok=True)
    for k, (pe_count, simd) in enumerate(zip(pes, simds, strict=True)):
        rows = made[f"W{k}"].reshape(len(made[f"W{k}"]), -1)
        thresholds = made["T0_q8"] if k == 0 and "T0_q8" in made else made.get(f"Tpop{k}")
        neurons, inputs = rows.shape
        width = -(-inputs // 64) * 64 if inputs == 784 else inputs
        height = -(-neurons // 64) * 64 if neurons < 64 else neurons
        words = {pe: [] for pe in range(pe_count)}
        limits = {pe: [] for pe in range(pe_count)}
        for neuron in range(height):
            bits = np.ones(width, np.uint8)
            if neuron < neurons:
                bits[:inputs] = rows[neuron] > 0
            for begin in range(0, width, simd):
                lanes = np.packbits(bits[begin : begin + simd], bitorder="little")
                words[neuron % pe_count].append(int.from_bytes(lanes.tobytes(), "little"))
            if thresholds is not None:
                limit = int(thresholds[neuron]) if neuron < neurons else 32767
                limits[neuron % pe_count].append(limit)
        for pe in range(pe_count):
            np.array(words[pe], "<u8").tofile(folder / f"{k}-{pe}-weights.bin")
            if thresholds is not None:
                np.array(limits[pe], "<i8").tofile(folder / f"{k}-{pe}-thres.bin")
    return folder


def same(one, other):
    assert (one.input.height, one.input.channels) == (other.input.height, other.input.channels)
    assert [layer.name for layer in one.layers] == [layer.name for layer in other.layers]
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        for what in ("weights", "mean", "gamma"):
            if hasattr(mine, what):
                assert np.array_equal(getattr(mine, what), getattr(theirs, what))


@pytest.fixture(scope="module")
def lfc():
    return arrays(LFC, 3)


@pytest.fixture(scope="module")
def folded(tmp_path_factory, lfc):
    return fold(tmp_path_factory.mktemp("lfc") / "params-v2", lfc, *FOLDINGS["lfc"])


def test_a_folded_lfc_is_the_network_of_its_arrays(tmp_path, folded, lfc):
    (folded / "hw").mkdir()
    model, importer = import_model(folded, Options(topology="lfc"))
    assert importer.name == "bnn_pynq_folder"
    assert model.name == "params_v2"
    assert model.provenance["imported_from"] == "params-v2"
    assert len(model.provenance["output_thresholds"]) == 47
    same(model, import_model(save(tmp_path, lfc))[0])
    other = lfc | {"W1": lfc["W1"].copy(), "T1": lfc["T1"]}
    other["W1"][3, 7] *= -1
    with pytest.raises(AssertionError):
        same(model, import_model(save(tmp_path, other))[0])


def test_a_folded_cnv_is_the_network_of_its_arrays(tmp_path):
    made = arrays(CNV, 4)
    folder = fold(tmp_path / "cnv", made, *FOLDINGS["cnv"])
    names = [f"class {k}" for k in range(10)]
    (folder / "classes.txt").write_text("\n".join(names) + "\n")
    model, _ = import_model(folder, Options(topology="CNV"))
    assert model.classes == tuple(names)
    same(model, import_model(save(tmp_path, made))[0])


def refused(path, message, topology="lfc"):
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        import_model(path, Options(topology=topology))


def test_the_topology_has_to_be_said(folded):
    refused(
        folded, "has the parameters of a BNN-PYNQ network; say which by --topology cnv or lfc", None
    )
    refused(
        folded, "the topology must be cnv or lfc, of 1-bit weights and .*, not 'cnvW1A2'", "cnvW1A2"
    )
    refused(folded, "lacks the file '4-0-weights.bin'", "cnv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("1-3-weights.bin", None, "lacks the file '1-3-weights.bin'"),
        ("1-3-thres.bin", None, "lacks the file '1-3-thres.bin'"),
        ("9-0-thres.bin", bytes(8), "has the file '9-0-thres.bin', which a network of 4 layers .*"),
        ("1-3-weights.bin", bytes(12), "its file .* must hold words .* not 12 bytes"),
        ("1-3-weights.bin", bytes(16), r"its files '1-\*-weights.bin' must have one size"),
        ("1-3-weights.bin", b"\xff" * 4096, "its files .* have more than 32 bits .*"),
        ("classes.txt", b"\xff", "its file 'classes.txt' must be UTF-8 text"),
        ("classes.txt", b"a\n" * 65, "has 64 neurons in layer 3, but needs 65"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_whole_is_one_sentence(folded, name, content, message):
    path = folded / name
    before = path.read_bytes() if path.exists() else None
    try:
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        refused(folded, message)
    finally:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)


def test_thresholds_of_two_bits_are_one_sentence(folded):
    whole = {path: path.read_bytes() for path in folded.glob("1-*-thres.bin")}
    try:
        for path, content in whole.items():
            path.write_bytes(content * 3)
        refused(folded, "has 3072 thresholds for 1024 neurons in layer 1; networks of 1-bit .*")
    finally:
        for path, content in whole.items():
            path.write_bytes(content)


def test_other_folders_are_one_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "is a folder without parameters of BNN-PYNQ")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.bin").write_bytes(bytes(9))
    refused(tmp_path / "other", "no importer knows this content; what can be read: .*")
