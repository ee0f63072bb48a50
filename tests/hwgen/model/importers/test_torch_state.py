"""State dicts and topologies: the network is that of the module that was saved."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from shared_data import mnist_test, shared_file

from hwgen.errors import ModelError
from hwgen.model import save_model
from hwgen.model.importers import Options, import_model
from sim import golden

torch = pytest.importorskip("torch", reason="needs the package torch")

import torch_networks as nets  # noqa: E402
from torch import nn  # noqa: E402

from hwgen.importers import from_torch  # noqa: E402

LEFT_OUT = ("weights", "gamma", "beta", "mean", "variance", "epsilon")


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network():
    torch.manual_seed(3)
    return nets.settled(
        nn.Sequential(
            nets.BinaryConv2d(2, 4, 3, bias=False),
            nn.BatchNorm2d(4),
            nets.Apply(nets.binarised),
            nets.BinaryConv2d(4, 4, 3, bias=False),
            nn.BatchNorm2d(4),
            nets.Apply(nets.binarised),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(24, 6, bias=False),
            nn.BatchNorm1d(6),
            nets.Apply(nets.binarised),
            nn.Linear(6, 3, bias=False),
        )
    )


def saved(folder, module=None):
    """A module's state dict, and the topology of what it is imported to."""
    module = module or network()
    for part in (module[8], module[11]):
        part.weight.data.sign_()
    model = from_torch(module, torch.zeros(1, 2, 10, 8), pixels="raw", frames=1)
    torch.save(module.state_dict(), folder / "net.pth")
    save_model(model, folder / "full.json")
    topology = json.loads((folder / "full.json").read_text())
    for entry in topology["layers"]:
        for key in LEFT_OUT:
            entry.pop(key, None)
    return model, topology


def imported(folder, topology):
    (folder / "t.json").write_text(json.dumps(topology))
    model, importer = import_model(folder / "net.pth", Options(topology=str(folder / "t.json")))
    assert importer.name == "torch_state"
    return model


def equal(one, other):
    shape = (20, one.input.height, one.input.width, one.input.channels)
    pictures = np.random.default_rng(4).integers(0, 256, shape, dtype=np.uint8)
    scores = [golden.run(model, pictures).scores for model in (one, other)]
    return np.array_equal(*scores) and len(np.unique(scores[0])) > 2


def test_a_topology_is_filled_in_order_and_by_shape(tmp_path):
    model, topology = saved(tmp_path)
    for entry in topology["layers"]:
        if entry["kind"] == "batch_norm":
            entry |= dict.fromkeys(("gamma", "mean"))
    made = imported(tmp_path, topology)
    assert equal(made, model)
    assert made.provenance["importer"] == "torch_state"
    assert made.provenance["imported_from"] == "net.pth"


def test_layers_can_be_named(tmp_path):
    model, topology = saved(tmp_path)
    convolutions = [e["name"] for e in topology["layers"] if e["kind"] == "conv2d"]
    topology["state"] = dict(zip(convolutions, ["0", "3"], strict=True))
    assert equal(imported(tmp_path, topology), model)
    topology["layers"][3]["filters"] = 5
    with pytest.raises(ModelError):
        imported(tmp_path, topology)


def test_a_bias_goes_into_the_batch_normalisation_behind_it(tmp_path):
    module = network()
    module[8] = nn.Linear(24, 6)
    module[8].bias.data = torch.tensor([1.5, -3.0, 0.25, 2.0, 0.0, -7.0])
    model, topology = saved(tmp_path, module)
    assert equal(imported(tmp_path, topology), model)


def change(topology, kind, number, **keys):
    [e for e in topology["layers"] if e["kind"] == kind][number].update(keys)


def test_what_does_not_fit_is_one_sentence(tmp_path):
    def refused(sentence, edit, state=None):
        module = network()
        _, topology = saved(tmp_path, module)
        edit(topology)
        if state is not None:
            tensors = module.state_dict()
            state(tensors)
            torch.save(tensors, tmp_path / "net.pth")
        start = f"{tmp_path}/net.pth: topology {tmp_path}/t.json: "
        with pytest.raises(ModelError, match=f"^{re.escape(start)}{sentence}"):
            imported(tmp_path, topology)

    refused(
        r"layer 'dense2': no tensors are left that fit a dense of 7$",
        lambda t: change(t, "dense", 0, units=7),
    )
    refused(
        r"layer 'conv0': module '0': has kernels of 3 x 3, not \[5, 5\]$",
        lambda t: change(t, "conv2d", 0, kernel=5),
    )
    refused(
        r"no layer takes the tensors of '12' \(weight 6 x 6\)$",
        lambda t: None,
        lambda s: s.update({"12.weight": torch.ones(6, 6)}),
    )
    refused(
        r"layer 'dense2': module '8': has a weight of 0, whose sign is neither -1 nor \+1$",
        lambda t: None,
        lambda s: s["8.weight"].zero_(),
    )
    refused(
        r"layer 'dense2': module '8': has weights of -0.5 and \+0.5, a scale that the desc",
        lambda t: None,
        lambda s: s["8.weight"].mul_(0.5),
    )
    refused(
        r"module '11' has a bias, and no batch_norm right behind it that could "
        r"take it$",
        lambda t: None,
        lambda s: s.update({"11.bias": torch.ones(3)}),
    )
    refused(
        r"state names a layer 'nowhere', which is not there$",
        lambda t: t.update(state={"nowhere": "0"}),
    )
    refused(
        r"state must map names of layers to names of modules in the state dict$",
        lambda t: t.update(state=[1]),
    )
    refused(r"layers must be a list, not 3$", lambda t: t.update(layers=3))
    refused(r"layer 'dense2': the file has no module 'x'$",
            lambda t: t.update(state={"dense2": "x"}))  # fmt: skip


def test_without_a_topology_the_file_is_told_of_and_what_to_do(tmp_path):
    saved(tmp_path)
    with pytest.raises(
        ModelError,
        match=r"net\.pth: is a file of PyTorch with tensors \(0\.weight "
        r"4 x 2 x 3 x 3, 1\.weight 4, 1\.bias 4, \.\.\.\), which has no topology: "
        r"export the network as QONNX, give the module to hwgen\.importers\."
        r"from_torch, or say --topology T\.json, a description without weights$",
    ):
        import_model(tmp_path / "net.pth")  # fmt: skip


def test_without_pytorch_the_package_is_named(tmp_path, monkeypatch):
    _, topology = saved(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ModelError, match=r"is a file of PyTorch with tensors, which has no topol"):
        import_model(tmp_path / "net.pth")
    with pytest.raises(Exception, match=r"is read with the package torch: pip install 'hwgen\[to"):
        imported(tmp_path, topology)


TOPOLOGY = {
    "format": "hwgen-bnn/1",
    "name": "dense_mnist",
    "input": {
        "height": 28, "width": 28, "channels": 1, "type": "uint8",
        "transform": {"kind": "affine", "offset": -128},
    },
    "layers": [
        {"kind": "sign", "name": "binarise"},
        {"kind": "flatten"},
        {"kind": "dense", "name": "hidden", "units": 256},
        {"kind": "sign", "name": "bits"},
        {"kind": "dense", "name": "scores", "units": 10},
    ],
}  # fmt: skip


def test_a_checkpoint_of_others_is_as_right_as_it_says_itself(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps(TOPOLOGY))
    file = shared_file("models/public/dense_mnist_bn.pth.tar")
    model, _ = import_model(file, Options(topology=str(tmp_path / "t.json")))
    pictures, labels = mnist_test()
    right = (golden.run(model, pictures, keep=False).classes == labels).sum()
    # Its best_accuracy, of epoch 2, is 46.18 percent.
    assert right == 4618


def test_the_topology_of_the_document_is_one(tmp_path):
    page = (Path(__file__).parents[4] / "docs" / "import.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    figures = ("weight", "bias", "running_mean", "running_var")
    tensors = {"classifier.1.weight": torch.ones(256, 784)}
    tensors |= {f"classifier.2.{name}": torch.ones(256) for name in figures}
    torch.save(tensors | {"classifier.4.weight": -torch.ones(10, 256)}, tmp_path / "net.pth")
    model = imported(tmp_path, json.loads(text))
    assert [layer.kind for layer in model.layers] == [
        "sign", "flatten", "dense", "batch_norm", "sign", "dense",
    ]  # fmt: skip
