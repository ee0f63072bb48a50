"""The example that a newcomer runs whole: its functions, its notebook, and what README says."""

import ast
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the package torch")
pytest.importorskip("sklearn", reason="needs the package scikit-learn")

from examples.digits import digits as example  # noqa: E402

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "digits"


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data():
    return example.read_digits()


@pytest.fixture(scope="module")
def trained(data):
    network = example.train(example.plain_network, data)
    return network, example.import_plain(network, data)


def classes(network, data):
    with torch.no_grad():
        return network(example.as_input(data.test)).argmax(1).numpy()


def test_pictures_are_bytes_and_the_held_out_ones_are_others(data):
    assert data.train.dtype == np.uint8
    assert (data.train.shape, data.test.shape) == ((1347, 8, 8, 1), (450, 8, 8, 1))
    assert {*np.unique(data.train)} == {*range(0, 256, 16), 255}
    seen = {picture.tobytes() for picture in data.train}
    assert sum(picture.tobytes() in seen for picture in data.test) == 0


def test_the_network_is_right_as_often_as_readme_says(data, trained):
    network, model = trained
    right = example.accuracy(model, data)
    assert right == (classes(network, data) == data.test_labels).mean()
    (stated,) = re.findall(r"PyTorch: +([\d.]+)%", (ROOT / "docs" / "tutorial.md").read_text())
    # Another processor may round otherwise while it trains.
    assert right >= 0.9
    assert abs(100 * right - float(stated)) < 3


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
def test_it_is_built_and_verified(data, trained, tmp_path):
    built, proof = example.build_and_verify(trained[1], data, tmp_path / "d", frames=2)
    assert built.manifest["device"] == "up5k"
    assert (proof.verdict.frames, proof.verdict.mismatches) == (2, 0)


@pytest.mark.filterwarnings("ignore")
def test_the_network_of_brevitas_goes_through_its_file(data, tmp_path):
    pytest.importorskip("brevitas", reason="needs the package brevitas")
    network = example.train(example.brevitas_network, data, epochs=1)
    model = example.import_brevitas(network, data, tmp_path)
    assert model.provenance["importer"] == "qonnx"
    right = (classes(network, data) == data.test_labels).mean()
    assert example.accuracy(model, data) == right


def cells():
    notebook = json.loads((FOLDER / "digits.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def called(tree):
    """Functions of the example that are used in some code."""
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {name for name in names if callable(getattr(example, name, None)) and name in OWN}


OWN = {
    node.name
    for node in ast.parse((FOLDER / "digits.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef)
}


def test_the_notebook_calls_what_the_script_calls():
    source = "\n".join("".join(cell["source"]) for cell in cells())
    script = ast.parse((FOLDER / "digits.py").read_text(encoding="utf-8"))
    (main,) = (n for n in script.body if isinstance(n, ast.FunctionDef) and n.name == "main")
    assert called(ast.parse(source)) == called(main)
    used = re.findall(r"\bdigits\.(\w+)", source)
    assert all(hasattr(example, name) for name in used)


def test_the_notebook_has_no_outputs():
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells())
