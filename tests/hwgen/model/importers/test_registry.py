"""Which importer reads a file, and files that none can read."""

import hashlib
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from foreign_networks import conv_arrays, decoded_arrays, dense_arrays, save, single_arrays

from hwgen.errors import ModelError
from hwgen.model.importers import IMPORTERS, import_model
from hwgen.model.importers import archive as archive_module


@pytest.mark.parametrize(
    ("arrays", "importer"),
    [
        (dense_arrays, "bnn_pynq"),
        (conv_arrays, "bnn_pynq"),
        (decoded_arrays, "decoded_mlp"),
        (single_arrays, "single_layer"),
    ],
)
def test_the_content_decides_and_not_the_name(tmp_path, arrays, importer):
    path = save(tmp_path, arrays())
    other = path.rename(tmp_path / "weights.onnx")
    assert import_model(other)[1].name == importer


def test_importers_have_names_of_their_own():
    assert len({importer.name for importer in IMPORTERS}) == len(IMPORTERS)


def test_the_description_says_where_it_comes_from(tmp_path):
    path = save(tmp_path, dense_arrays())
    provenance = import_model(path)[0].provenance
    assert provenance["imported_from"] == "mini.npz"
    assert provenance["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "BSD 3-Clause" in str(provenance["licence"])
    assert provenance["author"] == "BNN-PYNQ (Xilinx)"


@pytest.mark.parametrize(
    ("file", "name"),
    [("a-b c.npz", "a_b_c"), ("1st.npz", "net_1st"), ("module.npz", "net_module"),
     ("x" * 80 + ".npz", "x" * 64)],
)  # fmt: skip
def test_the_name_is_one_that_verilog_takes(tmp_path, file, name):
    assert import_model(save(tmp_path, dense_arrays(), file))[0].name == name


def refused(path, message):
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        import_model(path)


def test_thresholds_that_may_or_may_not_be_strict_are_not_guessed(tmp_path):
    arrays = {k: v for k, v in dense_arrays().items() if k[0] in "WT" and "pop" not in k}
    refused(save(tmp_path, arrays), "no importer knows a network by these arrays: T0, T1, .*")


def test_an_archive_without_arrays_is_refused(tmp_path):
    refused(save(tmp_path, {}), "no importer knows a network by these arrays: none")


@pytest.mark.parametrize("data", [b"hello", b"\x00" * 100])
def test_other_content_is_refused(tmp_path, data):
    path = tmp_path / "x.npz"
    path.write_bytes(data)
    refused(path, r"no importer knows this content; what can be read: .*\.npz.*")


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    path.touch()
    refused(path, "the file is empty")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    refused(tmp_path / "none.npz", "cannot be read: No such file or directory")
    refused(tmp_path, "is a folder without parameters of BNN-PYNQ")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.99])
def test_a_file_cut_short_is_refused(tmp_path, part):
    path = save(tmp_path, conv_arrays())
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    refused(path, "is a damaged .npz file, or one cut short")


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_byte_is_refused_or_changes_nothing(tmp_path, seed):
    path = save(tmp_path, dense_arrays())
    good = import_model(path)[0]
    data = bytearray(path.read_bytes())
    at = int(np.random.default_rng(seed).integers(4, len(data)))
    data[at] ^= 0x55
    path.write_bytes(data)
    try:
        model = import_model(path)[0]
    except ModelError as error:
        model, message = good, str(error)
    else:
        message = f"{path}: "
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert [layer.name for layer in model.layers] == [layer.name for layer in good.layers]


def test_pickled_arrays_are_not_read(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, W0=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refused(path, "array 'W0': is pickled, and nothing pickled is read")


def test_floats_are_not_read(tmp_path):
    arrays = dense_arrays()
    arrays["W0"] = arrays["W0"].astype(np.float32)
    refused(save(tmp_path, arrays), "array 'W0': must hold integers or text, not float32; .*")


def test_what_is_no_array_is_refused(tmp_path):
    path = save(tmp_path, dense_arrays())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("readme.txt", "hello")
    refused(path, "holds 'readme.txt', which is no array")


def test_a_header_that_promises_more_than_there_is_takes_no_memory(tmp_path):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<i8", "fortran_order": False, "shape": (1 << 40,)}
    )
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W0.npy", file.getvalue())
    refused(path, "array 'W0': is cut short, or longer than its header says")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W0.npy", b"no header")
    refused(path, r"array 'W0': is no \.npy array, or one with a damaged header")


def test_arrays_too_large_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = save(tmp_path, dense_arrays())
    monkeypatch.setattr(archive_module, "MAX_BYTES", 100)
    refused(path, "its arrays have more than 100 bytes")


def test_the_document_lists_each_importer():
    page = (Path(__file__).parents[4] / "docs" / "import.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| \[`(\w+)`\]\(#(\w+)\)", page, re.MULTILINE)
    sections = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    names = [importer.name for importer in IMPORTERS]
    assert table == [(name, name) for name in names]
    assert [s for s in sections if s in names] == names
