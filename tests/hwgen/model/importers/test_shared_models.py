"""Networks trained by others compute what their authors' programs computed, to the integer."""

import numpy as np
import pytest
from shared_data import cifar10_test1000, mnist_test, shared_arrays, shared_file

from hwgen.model import Model
from hwgen.model.importers import import_model
from hwgen.passes import lower_network
from sim import golden

FILES = {
    "bnnpynq_lfcW1A1_mnist": "bnn_pynq",
    "bnnpynq_cnvW1A1_cifar10": "bnn_pynq",
    "tfc_1w1a_decoded": "decoded_mlp",
    "bnn_icestick_256_10": "single_layer",
}


def imported(name: str) -> Model:
    return import_model(shared_file(f"models/{name}.npz"))[0]


@pytest.mark.parametrize(("name", "importer"), FILES.items())
def test_each_network_is_imported_and_can_be_lowered(name: str, importer: str):
    model, used = import_model(shared_file(f"models/{name}.npz"))
    assert used.name == importer
    assert lower_network(model).stages


def test_lfc_gives_the_reference_accumulators_bits_and_accuracy_on_all_of_mnist():
    model = imported("bnnpynq_lfcW1A1_mnist")
    reference = shared_arrays("models/bnnpynq_lfcW1A1_mnist_reference.npz")
    pictures, labels = mnist_test()
    result = golden.run(model, pictures, keep=False)
    assert np.array_equal(result.scores, reference["last_acc"])
    assert result.classes is not None
    assert (result.classes == labels).sum() == 9834

    bits = result.scores > np.array(model.provenance["output_thresholds"])
    assert np.array_equal(np.packbits(bits, axis=1), reference["out_bits"])

    inner = golden.run(model, pictures[:100]).tensors
    for k in range(3):
        found = inner[f"dense{k}"].reshape(100, -1)
        assert np.array_equal(found, reference[f"acc{k}_first100"])


def test_cnv_gives_the_reference_scores_and_accuracy_on_1000_lossless_pictures():
    model = imported("bnnpynq_cnvW1A1_cifar10")
    reference = shared_arrays("images/cifar10_test1000_labels_scores.npz")
    result = golden.run(model, cifar10_test1000(), keep=False)
    assert np.array_equal(result.scores, reference["scores_cnvW1A1"])
    assert result.classes is not None
    assert (result.classes == reference["y"]).sum() == 805
    assert model.classes is not None
    assert model.classes[3] == "Cat"


def test_tfc_gives_the_reference_scores_and_accuracy_on_all_of_mnist():
    reference = shared_arrays("models/tfc_1w1a_reference.npz")
    pictures, labels = mnist_test()
    result = golden.run(imported("tfc_1w1a_decoded"), pictures, keep=False)
    assert np.array_equal(result.scores, reference["int_scores"])
    assert result.classes is not None
    assert (result.classes == labels).sum() == 9296


def test_the_icestick_layer_gives_its_own_scores_on_its_own_pictures():
    arrays = shared_arrays("models/bnn_icestick_256_10.npz")
    pictures = np.where(arrays["imgs"] > 0, 128, 127).astype(np.uint8).reshape(-1, 16, 16, 1)
    result = golden.run(imported("bnn_icestick_256_10"), pictures)
    assert np.array_equal(result.scores, arrays["scores"])
