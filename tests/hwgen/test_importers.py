"""Modules of PyTorch become descriptions that give the module's own scores."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hwgen
from hwgen.errors import ModelError
from sim import golden

torch = pytest.importorskip("torch", reason="needs the package torch")

import torch.nn.functional as functional  # noqa: E402
import torch_networks as nets  # noqa: E402
from torch import nn  # noqa: E402

from hwgen.importers import from_torch  # noqa: E402

ROOT = Path(__file__).parents[2]
GREY = torch.zeros(1, 1, 6, 6)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def kinds(model):
    return [layer.kind for layer in model.layers]


def scores(module, pictures):
    """Of the module, in float64 from pixels of 0 to 1."""
    frames = torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    with torch.no_grad():
        return np.concatenate([module.eval()(frame[None]).numpy() for frame in frames])


def agrees(module, model, tolerance=1e-5):
    size = model.input
    shape = (40, size.height, size.width, size.channels)
    pictures = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    ours, theirs = golden.run(model, pictures).float_scores, scores(module, pictures)
    return np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


SIGNS = {
    "where": nets.binarised,
    "a function with torch.sign": nets.ZeroSign.apply,
    "torch.sign": torch.sign,
    "detached": lambda x: x + (torch.sign(x) - x).detach(),
    "detached from a clip": lambda x: (
        (x.sign() - functional.hardtanh(x)).detach() + functional.hardtanh(x)
    ),
    "above 0, doubled": lambda x: (x > 0).float() * 2 - 1,
    "below 0, turned": lambda x: 1 - 2 * (x < 0).to(x.dtype),
    "like": lambda x: torch.where(x < 0, -torch.ones_like(x), torch.ones_like(x)),
    "clipped": lambda x: functional.hardtanh(x).sign(),
    "heaviside": lambda x: torch.heaviside(x, torch.tensor(1.0)) * 2 - 1,
    "zeros replaced": nets.zero_to_one,
    "zeros masked": lambda x: x.sign().masked_fill(x == 0, -1),
    "bi-real": nets.bi_real,
    "data": lambda x: x + (x.sign() - x).data,
}


@pytest.mark.parametrize("name", SIGNS)
def test_a_sign_is_one_however_it_is_written(name):
    module = nets.dense(SIGNS[name])
    model = from_torch(module, GREY)
    assert kinds(model)[:5] == ["sign", "flatten", "dense", "batch_norm", "sign"]
    assert agrees(module, model)


def test_a_sign_that_only_looks_like_one_is_refused():
    with pytest.raises(ModelError, match=r"^Sequential: part '4', operation where: goes up and"):
        from_torch(nets.dense(lambda x: torch.where(x.sign().abs() > 0, 1.0, -1.0)), GREY)
    with pytest.raises(ModelError, match=r"^Sequential: .*product or quotient of tensors"):
        from_torch(nets.dense(lambda x: x * x.sigmoid()), GREY)


@pytest.mark.parametrize(
    ("activation", "bits"),
    [
        (lambda x: (x >= 0).float(), 1),
        (lambda x: torch.round(torch.clamp(x, 0, 1) * 3) / 3, 2),
        (lambda x: (x > 0.5).float() - (x < -0.5).float(), 2),
        (lambda x: (x > 0.25).float() + (x > 1).float() + (x > 1.75).float(), 2),
    ],
)
def test_other_steps_are_thresholds(activation, bits):
    module = nets.dense(activation)
    model = from_torch(module, GREY)
    assert kinds(model)[4] == "multi_threshold"
    assert model.layers[4].bits == bits
    assert agrees(module, model)


@pytest.mark.parametrize("linear", [nets.DetachedLinear, nets.InPlaceLinear, nets.RoundedLinear])
def test_weights_are_what_the_forward_makes_of_them(linear):
    module = nets.dense(nets.binarised, linear)
    model = from_torch(module, GREY)
    weights = model.layers[2].weights
    assert set(np.unique(np.abs(weights))) <= set(range(8))
    assert weights.max() == (7 if linear is nets.RoundedLinear else 1)
    assert agrees(module, model)


def sums_of_zero(sign):
    """Sums of 36 bits, of which a quarter is 0."""
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Flatten(),
        nets.Apply(lambda x: nets.binarised(2 * x - 1)),
        nets.InPlaceLinear(36, 16, bias=False),
        nets.Apply(sign),
        nn.Linear(16, 3, bias=False).requires_grad_(False),
    )


def test_the_sign_of_zero_is_zero_unless_it_is_said_to_be_one():
    module = sums_of_zero(torch.sign)
    module[4].weight.data.sign_()
    exact = from_torch(module, GREY)
    assert kinds(exact)[3] == "multi_threshold"
    assert exact.provenance["sign_of_zero"] == "0, as PyTorch has it, for which steps0 take 2 bits"
    assert agrees(module, exact)
    taken = from_torch(module, GREY, sign_of_zero=1, frames=0)
    assert kinds(taken)[3:5] == ["batch_norm", "sign"]
    assert taken.provenance["sign_of_zero"] == "1"
    with pytest.raises(ModelError, match=r"^Sequential: the description gives other scores than "):
        from_torch(module, GREY, sign_of_zero=-1)


def convolutions():
    return nn.Sequential(
        nets.BinaryConv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.Hardtanh(inplace=True),
        nets.Apply(nets.binarised),
        nets.BinaryConv2d(4, 6, 3, padding=1, stride=2),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(6),
        nets.Apply(nets.binarised),
        nets.BinaryConv2d(6, 6, 3, padding=1, groups=6, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(6),
        nets.Apply(nets.binarised),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.LogSoftmax(1),
    )


def signal():
    return nn.Sequential(
        nets.BinaryConv1d(2, 4, 5, padding=2),
        nn.BatchNorm1d(4),
        nets.Apply(nets.binarised),
        nn.MaxPool1d(2),
        nets.BinaryConv1d(4, 3, 3),
        nn.BatchNorm1d(3),
        nets.Apply(nets.binarised),
        nn.Flatten(),
        nets.ScaledLinear(24, 3),
    )


@pytest.mark.parametrize(
    ("make", "shape", "dropped"),
    [
        (convolutions, (2, 1, 10, 10), "LogSoftmax"),
        (signal, (1, 2, 20), None),
        (nets.Branches, (1, 3, 8, 8), "Softmax"),
    ],
)
def test_whole_networks_are_imported_and_checked(make, shape, dropped):
    torch.manual_seed(4)
    module = nets.settled(make()).train()
    model = from_torch(module, torch.zeros(shape), name="net")
    assert model.name == "net"
    assert model.provenance.get("dropped") == dropped
    assert module.training


def test_a_network_traced_before_is_imported_too():
    module = nets.dense(nets.bi_real)
    traced = torch.fx.symbolic_trace(module)
    one, other = from_torch(module, GREY), from_torch(traced, GREY)
    assert kinds(one) == kinds(other)
    assert np.array_equal(one.layers[2].weights, other.layers[2].weights)


def test_bytes_are_read_as_they_are():
    module = nn.Sequential(
        nets.Apply(lambda x: (x.float() / 255 - 0.5).flatten(1)), nets.ScaledLinear(36, 3)
    )
    model = from_torch(module, GREY.to(torch.uint8))
    assert model.provenance["pixels"].startswith("0 to 255")


class Deciding(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Counting(nn.Module):
    """Gives something else each time."""

    def __init__(self):
        super().__init__()
        self.scores = nets.ScaledLinear(36, 3)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.scores(nets.binarised(x.flatten(1) - 0.5)) + self.calls


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(36, 3)),
         r"Sequential: is a float network: nothing in it is quantised; "),
        (nets.dense(functional.gelu),
         r"Sequential: part '4', operation gelu: is an operation of PyTorch that is not imported$"),
        (nets.dense(torch.round), r"Sequential: part '4', operation round: rounds what is not cl"),
        (Deciding(), r"Deciding: its forward decides by the values of its input$"),
        (Counting(), r"Counting: the description gives other scores than the module on random fr"),
        (nn.Flatten(2, 9), r"Flatten: fails on a frame of the example's shape: Dimension out of "),
        (nn.LSTM(6, 3), r"LSTM: .*"),
        (nn.Sequential(), r"Sequential: no node makes its output$"),
    ],
)  # fmt: skip
def test_what_is_not_imported_is_one_sentence(module, sentence):
    with pytest.raises(ModelError, match=f"^{sentence}") as raised:
        from_torch(module, GREY)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((len, GREY), r"^from_torch takes a torch\.nn\.Module, not builtin_function_or_method$"),
        ((nn.Flatten(), np.zeros((1, 4))), r"^from_torch takes an example of the input, a tensor"),
        ((nn.Flatten(), torch.zeros(4)), r"^from_torch takes an example of the input, a tensor"),
    ],
)
def test_other_arguments_are_refused(arguments, sentence):
    with pytest.raises(ModelError, match=sentence):
        from_torch(*arguments)


def test_other_options_are_refused():
    with pytest.raises(ModelError, match=r"^pixels must be one of pixels, unit, "):
        from_torch(nn.Flatten(), GREY, pixels="grey")
    with pytest.raises(ModelError, match=r"^sign_of_zero must be -1, 1 or None, not 2$"):
        from_torch(nn.Flatten(), GREY, sign_of_zero=2)


def test_modules_of_brevitas_go_by_their_own_export(capsys):
    qnn = pytest.importorskip("brevitas.nn", reason="needs the package brevitas")
    pytest.importorskip("onnxoptimizer", reason="needs the package onnxoptimizer")
    from brevitas.quant.binary import (
        SignedBinaryActPerTensorConst,
        SignedBinaryWeightPerTensorConst,
    )

    torch.manual_seed(5)
    binary = {"bias": False, "weight_quant": SignedBinaryWeightPerTensorConst}
    module = nets.settled(
        nn.Sequential(
            nn.Flatten(),
            qnn.QuantLinear(36, 16, **binary),
            nn.BatchNorm1d(16),
            qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst),
            qnn.QuantLinear(16, 3, **binary),
        )
    ).train()
    model = from_torch(module, GREY)
    assert kinds(model) == ["flatten", "dense", "batch_norm", "sign", "dense", "batch_norm"]
    assert module.training
    assert logging.root.manager.disable == logging.NOTSET
    assert capsys.readouterr().out == ""


def test_the_package_reaches_it_and_pytorch_is_loaded_only_when_it_is_called():
    assert hwgen.importers.from_torch is from_torch
    program = "import sys, hwgen; hwgen.importers.from_torch; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout == "False\n"
