"""Decoded dense networks: thresholds that are met, and flipped ones."""

import re

import numpy as np
import pytest
from foreign_networks import decoded_arrays, save

from hwgen.errors import ModelError
from hwgen.model import BatchNorm
from hwgen.model.importers import import_model
from sim import golden


def test_it_computes_what_its_arrays_say(tmp_path):
    arrays = decoded_arrays()
    model, importer = import_model(save(tmp_path, arrays))
    pictures = np.random.default_rng(1).integers(0, 256, (200, 3, 3, 1), dtype=np.uint8)
    x = np.where(pictures.reshape(200, -1) >= 128, 1, -1)
    x = np.where(x @ arrays["W0"].T >= arrays["T0"], 1, -1)
    assert importer.name == "decoded_mlp"
    assert np.array_equal(golden.run(model, pictures).scores, x @ arrays["W1"].T)


def test_flips_become_negative_gamma_and_are_right_at_both_neighbours(tmp_path):
    arrays = decoded_arrays()
    model, _ = import_model(save(tmp_path, arrays))
    norm = next(layer for layer in model.layers if isinstance(layer, BatchNorm))
    assert np.array_equal(norm.gamma < 0, arrays["flip0"])
    # What the trained weights give is minus what the flipped ones give.
    slope = np.where(arrays["flip0"], -1, 1)
    acc = arrays["T0"] + np.array([[-1], [0], [1]])
    bits = golden.sign_of(model, "dense0", "norm0", slope * acc)
    assert (bits == [[-1], [1], [1]]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.update(extra=a["W0"]),
         "holds an array 'extra', which no decoded network has"),
        (lambda a: a["flip0"].__setitem__(0, True),
         "its arrays 'W0', 'Wraw0' and 'flip0' contradict each other"),
        (lambda a: a.update(W2=a["W1"]), "lacks the array 'Wraw1'"),
        (lambda a: a.update(W0=a["W0"][None]),
         "array 'W0': must have 2 dimensions, not the shape 1 x 6 x 9"),
        (lambda a: a.update(flip0=a["flip0"][:4]), "array 'flip0': must have the shape 6, not 4"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_one_sentence(tmp_path, change, message):
    arrays = decoded_arrays()
    change(arrays)
    path = save(tmp_path, arrays)
    with pytest.raises(ModelError, match=f"^{re.escape(f'{path}: {message}')}$"):
        import_model(path)
