"""Networks of BNN-PYNQ, small ones made here: strict thresholds, pixels of 8 bits, pools."""

import re
from fractions import Fraction

import numpy as np
import pytest
from foreign_networks import conv_arrays, conv_scores, dense_arrays, save

from hwgen.errors import ModelError
from hwgen.model import BatchNorm, Builder, Table, load_model, save_model
from hwgen.model.importers import import_model
from hwgen.model.importers.chain import add_threshold
from sim import golden


def test_a_dense_network_computes_what_its_arrays_say(tmp_path):
    arrays = dense_arrays()
    model, importer = import_model(save(tmp_path, arrays))
    pictures = np.random.default_rng(1).integers(0, 256, (200, 4, 4, 1), dtype=np.uint8)
    pictures[0], pictures[1] = 127, 128
    x = np.where(pictures.reshape(200, -1) >= 128, 1, -1)
    for k in range(2):
        x = np.where(x @ arrays[f"W{k}"].T > arrays[f"T{k}"], 1, -1)
    assert importer.name == "bnn_pynq"
    assert np.array_equal(golden.run(model, pictures).scores, x @ arrays["W2"].T)
    assert model.classes == ("a", "b", "c")
    assert model.provenance["output_thresholds"] == arrays["T2"].tolist()


def test_a_convolutional_network_computes_what_its_arrays_say(tmp_path):
    arrays = conv_arrays()
    model, _ = import_model(save(tmp_path, arrays))
    pictures = np.random.default_rng(2).integers(0, 256, (40, 18, 18, 3), dtype=np.uint8)
    assert np.array_equal(golden.run(model, pictures).scores, conv_scores(arrays, pictures))


def test_pixels_are_quantised_as_the_formula_says(tmp_path):
    model, _ = import_model(save(tmp_path, conv_arrays()))
    assert isinstance(model.input.transform, Table)
    levels = np.floor((2 * np.arange(256) / 255 - 1) * 128 + 0.5)
    assert model.input.transform.values.tolist() == [np.clip(levels, -128, 127).tolist()]
    assert not np.array_equal(model.input.transform.values[0], np.arange(256) - 128)


@pytest.mark.parametrize("threshold", [-14, -2, 0, 2, 14])
def test_a_strict_threshold_is_right_at_both_neighbours(tmp_path, threshold):
    arrays = dense_arrays()
    arrays["T0"][:] = threshold
    arrays["Tpop0"][:] = (threshold + 16) // 2
    model, _ = import_model(save(tmp_path, arrays))
    acc = np.array([[threshold - 1], [threshold], [threshold + 1]]).repeat(8, axis=1)
    bits = golden.sign_of(model, "dense0", "norm0", acc)
    assert (bits == [[-1], [-1], [1]]).all()


@pytest.mark.parametrize("threshold", [-(2**51), -7, 0, 7, 2**51])
def test_the_figures_of_a_threshold_are_exact(threshold):
    builder = Builder("exact", height=1, width=1, channels=2).conv2d(np.ones((2, 1, 1, 2)))
    falling = np.array([False, True])
    add_threshold(builder, 1, np.full(2, threshold), strict=True, falling=falling)
    norm = builder.build().layers[1]
    assert isinstance(norm, BatchNorm)
    assert norm.gamma.tolist() == [1, -1]
    assert [Fraction(m) for m in norm.mean.tolist()] == [
        threshold + Fraction(1, 2),
        -threshold - Fraction(1, 2),
    ]
    assert (norm.beta.tolist(), norm.variance.tolist(), norm.epsilon) == ([0, 0], [1, 1], 0)


def test_the_description_comes_back_from_its_file(tmp_path):
    model, _ = import_model(save(tmp_path, conv_arrays()))
    save_model(model, tmp_path / "model.json")
    pictures = np.random.default_rng(3).integers(0, 256, (5, 18, 18, 3), dtype=np.uint8)
    again = load_model(tmp_path / "model.json")
    assert np.array_equal(golden.run(again, pictures).scores, golden.run(model, pictures).scores)


def reads_bits(arrays):
    arrays["Tpop0"] = (arrays["T0"] + 27) // 2
    arrays["T0"] = 2 * arrays["Tpop0"] - 27
    del arrays["T0_q8"]


def has_oblong_kernels(arrays):
    arrays["W1"] = arrays["W1"][:, :2]
    arrays["T1"] = 2 * arrays["Tpop1"] - 24


@pytest.mark.parametrize(
    ("arrays", "change", "message"),
    [
        (dense_arrays, lambda a: a.update(X=a["W0"]),
         "holds an array 'X', which no network of BNN-PYNQ has"),
        (dense_arrays, lambda a: a.pop("T1"), "lacks the array 'T1'"),
        (dense_arrays, lambda a: a.pop("Tpop1"), "lacks the array 'Tpop1'"),
        (dense_arrays, lambda a: a.pop("W1"), "lacks the array 'W1'"),
        (dense_arrays, lambda a: a["T1"].__setitem__(3, 77),
         "its arrays 'T1' and 'Tpop1' contradict each other"),
        (dense_arrays, lambda a: a.update(T1=a["T1"][:5]),
         "array 'T1': must have the shape 8, not 5"),
        (dense_arrays, lambda a: a.update(T1=a["T1"].astype(str)),
         "array 'T1': must be integers, not <U21"),
        (dense_arrays, lambda a: a.update(T1=a["T1"] + 2**52), "array 'T1': must be within 2**51"),
        (dense_arrays, lambda a: a["W1"].__setitem__((0, 0), 0),
         "array 'W1': must hold -1 and +1 only"),
        (dense_arrays, lambda a: a.update(W1=a["W1"][0]),
         "array 'W1': must have 2 or 4 dimensions, not the shape 8"),
        (dense_arrays, lambda a: a.update(W1=a["W1"].astype(np.uint8)),
         "array 'W1': must be signed integers, not uint8"),
        (dense_arrays, lambda a: a.update(classes=a["classes"][:2]),
         "array 'classes': must be 3 names"),
        (dense_arrays, lambda a: a.update(W0=a["W0"][:, :15], T0=a["T0"] + 1),
         "its first layer has 15 inputs, which is no square picture"),
        (dense_arrays, lambda a: a.update(T0_q8=2 * a["T0"]),
         "has 8-bit pixels ahead of a dense layer, which is not imported"),
        (conv_arrays, lambda a: a["T0"].__iadd__(1),
         "its arrays 'T0' and 'T0_q8' contradict each other"),
        (conv_arrays, reads_bits,
         "has a convolution that reads bits of a picture, which is not imported"),
        (conv_arrays, lambda a: a.update(W4=a["W4"][:, :44], T4=a["T4"] + 1),
         "its array 'W4' reads 44 inputs, which is no square of 5 channels"),
        (conv_arrays, has_oblong_kernels,
         "array 'W1': must have square kernels, not 2 x 3"),
        (conv_arrays, lambda a: [a.pop(k) for k in ("W4", "W5", "T4", "Tpop4")],
         "has no dense layer, from which the picture's size would follow"),
        (conv_arrays, lambda a: a.update(W5=a["W3"]), "has a convolution behind a dense layer"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_one_sentence(tmp_path, arrays, change, message):
    network = arrays()
    change(network)
    path = save(tmp_path, network)
    with pytest.raises(ModelError, match=f"^{re.escape(f'{path}: {message}')}$"):
        import_model(path)


def test_layers_that_do_not_chain_are_refused_by_name(tmp_path):
    arrays = dense_arrays()
    arrays["W1"] = np.concatenate([arrays["W1"], arrays["W1"]], axis=1)
    arrays["T1"] = 2 * arrays["Tpop1"] - 16
    with pytest.raises(ModelError, match=r"^[^:<]*mini\.npz: layer 'dense1': .*16.*8$"):
        import_model(save(tmp_path, arrays))
