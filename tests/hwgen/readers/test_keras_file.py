"""Keras files: the layouts that are read, and archives that are not."""

import io
import zipfile

import numpy as np
import pytest
from keras_files import Net

from hwgen.errors import ModelError
from hwgen.readers.keras_file import Wanted, is_keras, read_keras

h5py = pytest.importorskip("h5py", reason="needs the package h5py")


def net():
    made = Net(4)
    for _ in range(2):
        made.add(
            "QuantDense", {"use_bias": True}, {"kernel": np.ones((4, 4)), "bias": np.arange(4)}
        )
    return made


def wanted(made, *roles):
    return [Wanted(one["name"], one["kind"], roles if one["arrays"] else ()) for one in made.layers]


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_arrays_are_found_by_layer_and_role(tmp_path, ending):
    made = net()
    data = made.save(tmp_path, ending).read_bytes()
    assert is_keras(data)
    file = read_keras(data)
    assert file.config["class_name"] == "Sequential"
    arrays = file.arrays(wanted(made, "kernel", "bias"))
    assert list(arrays) == [one["name"] for one in made.layers[1:]]
    for found in arrays.values():
        assert found["kernel"].shape == (4, 4)
        assert np.array_equal(found["bias"], np.arange(4))


def test_the_first_keras_files_have_the_names_of_layers(tmp_path):
    made = net()

    def write(file):
        for one in made.layers[1:]:
            for k, array in enumerate(one["arrays"].values()):
                file[f"_layer_checkpoint_dependencies/{one['name']}/vars/{k}"] = array

    made.write_numbered = write
    file = read_keras(made.save(tmp_path, "keras").read_bytes())
    assert len(file.arrays(wanted(made, "kernel", "bias"))) == 2


def test_numbers_that_are_too_few_name_the_layer(tmp_path):
    made = net()
    file = read_keras(made.save(tmp_path, "keras").read_bytes())
    with pytest.raises(
        ModelError,
        match=r"^layer 'l1_quantdense' \(QuantDense\): must have 1 arrays in model.weights.h5 .*2$",
    ):
        file.arrays(wanted(made, "kernel"))


def zipped(**members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


def test_what_is_no_whole_model_is_one_sentence():
    bare, empty = io.BytesIO(), io.BytesIO()
    with h5py.File(bare, "w") as file:
        file.attrs["layer_names"] = ["a"]
    with h5py.File(empty, "w") as file:
        file["x"] = 1
    bomb = zipped(metadata_json="{}", config_json=b" " * (1 << 26) + b"{}")
    for data, message in (
        (bare.getvalue(), "holds weights of Keras without the layers; save the whole model, .*"),
        (empty.getvalue(), "is an HDF5 file, but no Keras model: it has no model_config"),
        (zipped(metadata_json="{}"), "is a .keras file without config.json"),
        (zipped(metadata_json="{}", config_json="{}"), "is a .keras file without model.weights.h5"),
        (zipped(config_json="{}", model_weights_h5="x"), "its model.weights.h5 is no HDF5 file"),
        (zipped(metadata_json="{}", config_json="{"), "is not JSON: .*"),
        (zipped(metadata_json="{}", config_json="[" * 10**5), "is nested too deeply"),
        (bomb, "its config.json unpacks to more than 67,108,864 bytes"),
        (bomb[:-30], "is a damaged .keras file, or one cut short"),
    ):
        assert is_keras(data)
        with pytest.raises(ModelError, match=f"^{message}$"):
            read_keras(data)


def test_other_archives_are_no_keras_files(tmp_path):
    np.savez(tmp_path / "x.npz", a=1)
    assert not is_keras((tmp_path / "x.npz").read_bytes())
    assert not is_keras(b"")
