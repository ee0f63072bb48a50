"""From scikit-learn's handwritten digits to a small FPGA: train, import, evaluate, build, verify.

    python examples/digits/digits.py            a plain PyTorch network, and one of Brevitas
    python examples/digits/digits.py --place    places the first on an iCEBreaker as well

Needs ``pip install 'hwgen[examples]'``; --place also ``hwgen[synth,boards]``.
"""

import argparse
import logging
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

import hwgen
from hwgen.importers import from_torch

SEED = 0
HIDDEN = 64
EPOCHS = 60


@dataclass(frozen=True)
class Digits:
    """Pictures, uint8 (n, 8, 8, 1), and the digit that each shows."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def read_digits() -> Digits:
    """The 1,797 pictures that scikit-learn brings, a quarter of them held out.

    Their pixels are 0 to 16; as bytes they are 16 times as much, and 255 for 16.
    """
    pixels, labels = load_digits(return_X_y=True)
    pictures = np.minimum(pixels * 16, 255).astype(np.uint8).reshape(-1, 8, 8, 1)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=0.25, stratify=labels, random_state=SEED
    )
    return Digits(pictures[train], labels[train], pictures[test], labels[test])


class Sign(torch.autograd.Function):
    """-1 or +1; backwards as if it were the identity from -1 to 1."""

    @staticmethod
    def forward(ctx, x):
        """+1 for 0 too."""
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, *gradients):
        """Nothing is learned where the number is far from 0."""
        (x,) = ctx.saved_tensors
        return gradients[0] * (x.abs() <= 1)


class BinaryLinear(nn.Linear):
    """A fully connected layer whose weights count as their signs."""

    def forward(self, input):
        """Sums of products with -1 and +1."""
        return nn.functional.linear(input, Sign.apply(self.weight))


class Binarise(nn.Module):
    """The sign as a layer."""

    def forward(self, x):
        """-1 and +1."""
        return Sign.apply(x)


def plain_network() -> nn.Module:
    """Two binary layers in plain PyTorch."""
    return nn.Sequential(
        nn.Flatten(),
        BinaryLinear(64, HIDDEN, bias=False),
        nn.BatchNorm1d(HIDDEN),
        Binarise(),
        BinaryLinear(HIDDEN, 10, bias=False),
        nn.BatchNorm1d(10),
    )


def brevitas_network() -> nn.Module:
    """The same in Brevitas."""
    import brevitas.nn as qnn
    from brevitas.quant.binary import (
        SignedBinaryActPerTensorConst,
        SignedBinaryWeightPerTensorConst,
    )

    def linear(inputs, outputs):
        return qnn.QuantLinear(
            inputs, outputs, bias=False, weight_quant=SignedBinaryWeightPerTensorConst
        )

    return nn.Sequential(
        nn.Flatten(),
        linear(64, HIDDEN),
        nn.BatchNorm1d(HIDDEN),
        qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst),
        linear(HIDDEN, 10),
        nn.BatchNorm1d(10),
    )


def as_input(pictures: np.ndarray) -> torch.Tensor:
    """Pictures as the networks read them: channels first, 0 to 1."""
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255)


def train(make, digits: Digits, epochs: int = EPOCHS) -> nn.Module:
    """Train a network; the same weights each time."""
    torch.manual_seed(SEED)
    network = make()
    images, labels = as_input(digits.train), torch.from_numpy(digits.train_labels)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    steps = epochs * -(-len(images) // 64)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.02, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimiser.step()
            rate.step()
            with torch.no_grad():
                for part in network.modules():
                    if isinstance(part, nn.Linear):
                        part.weight.clamp_(-1, 1)
    return network.eval()


def accuracy(model: hwgen.Model, digits: Digits) -> float:
    """Share of the held-out pictures that the golden model, and so the hardware, gets right."""
    found = hwgen.evaluate(model, digits.test, digits.test_labels).accuracy
    assert found is not None
    return found


def import_plain(network: nn.Module, digits: Digits) -> hwgen.Model:
    """A description of a module of PyTorch, held against it on random frames."""
    return from_torch(network, as_input(digits.test[:1]), name="digits", pixels="unit")


def import_brevitas(network: nn.Module, digits: Digits, folder: Path) -> hwgen.Model:
    """A description of a network of Brevitas, by way of a QONNX file and ``hwgen import``."""
    from brevitas.export import export_qonnx

    file, description = folder / "digits.onnx", folder / "digits.json"
    export_qonnx(network, args=as_input(digits.test[:1]), export_path=str(file), verbose=False)
    command = [sys.executable, "-m", "hwgen", "import", file, "--input", "unit", "-o", description]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return hwgen.load_model(description)


def build_and_verify(
    model: hwgen.Model, digits: Digits, folder: Path, frames: int = 4
) -> tuple[hwgen.Build, hwgen.Verification]:
    """Verilog for an iCEBreaker, each of its transfers held against golden model and simulator."""
    built = hwgen.build(model, folder, device="up5k")
    proof = hwgen.verify(folder, digits.test[:frames])
    assert proof.right, proof.verdict.first_mismatch
    return built, proof


def place(folder: Path) -> hwgen.Synthesis:
    """Place and route on an iCEBreaker, with a bitstream."""
    placed = hwgen.synthesise(folder, board="icebreaker")
    assert placed.fits, placed.outcome.problem
    return placed


def main() -> None:
    """Run all of it, and print what comes out."""
    parser = argparse.ArgumentParser(description="Digits on a small FPGA.")
    parser.add_argument("-o", "--output", type=Path, default=Path("rtl_out/digits"))
    parser.add_argument("--place", action="store_true", help="place and route for an iCEBreaker")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    # What exporters say of other packages.
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    chosen.output.mkdir(parents=True, exist_ok=True)

    digits = read_digits()
    np.savez(chosen.output / "test.npz", images=digits.test, labels=digits.test_labels)
    print(f"{len(digits.train)} pictures to train on, {len(digits.test)} held out")

    model = import_plain(train(plain_network, digits), digits)
    print(f"PyTorch:  {accuracy(model, digits):.1%} of the held-out pictures right")
    network = train(brevitas_network, digits)
    other = import_brevitas(network, digits, chosen.output)
    print(f"Brevitas: {accuracy(other, digits):.1%}")

    built, proof = build_and_verify(model, digits, chosen.output / "plain")
    cycles = built.manifest["interval_cycles"]
    print(f"built:    {cycles:,} cycles a picture, {len(built.files)} files")
    verdict = proof.verdict
    print(f"verified: {verdict.transfers_checked:,} transfers, {verdict.mismatches} mismatches")
    if chosen.place:
        placed = place(chosen.output / "plain")
        cells = placed.outcome.cells
        print(f"placed:   {cells.logic_cells:,} logic cells, {cells.ebr} block RAMs; it fits")


if __name__ == "__main__":
    main()
