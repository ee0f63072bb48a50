"""A description as a network that can be trained."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from hwgen.errors import ModelError
from hwgen.model import (
    INPUT_NAME,
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    Input,
    Layer,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
    infer_shapes,
    verify_model,
)
from hwgen.training.estimators import Gradient
from hwgen.training.levels import Levels, common_step
from hwgen.training.norm import Norm
from hwgen.training.plain import Averages, Joined, Maxima, Plain, Rounds, Signs, Thresholds
from hwgen.training.weighted import Weighted

__all__ = ["Network", "Pixels"]

_RESIDUAL_WINDOW = 2.0
"""Of a sign behind a sum: it adds a bit to numbers of about that size."""


class Pixels(nn.Module):
    """Pixels to what they stand for, as integers on one step."""

    def __init__(self, read: Input) -> None:
        super().__init__()
        meaning = read.meaning
        self.line: tuple[int, int] | None = None
        if isinstance(meaning, Affine):
            self.step = common_step(meaning.scale, meaning.offset)
            pixels = np.arange(read.low, read.high + 1)
            factor, offset = (int(x / self.step) for x in (meaning.scale, meaning.offset))
            values, self.line = (pixels * factor + offset)[None], (factor, offset)
        else:
            self.step, values = meaning.scale, meaning.values.copy()
        self.low, self.top = read.low, float(abs(values).max())
        self.register_buffer("values", torch.from_numpy(values).float(), persistent=False)

    def level(self, pixel: int) -> Tensor:
        """The integer of each channel that a pixel stands for, (1, 1 or channels, 1, 1)."""
        return self.values[:, pixel - self.low].view(1, -1, 1, 1)  # type: ignore[index]

    def forward(self, pictures: Tensor) -> Levels:
        """Integers (frames, channels, rows, columns) of pictures (frames, rows, columns, ...)."""
        pixels = pictures.permute(0, 3, 1, 2)
        if self.line is not None:
            factor, offset = self.line
            return Levels(pixels.float() * factor + offset, self.step, self.top)
        place = pixels.long() - self.low
        values: Tensor = self.values  # type: ignore[assignment]
        rows = values.expand(place.shape[1], -1)
        x = torch.stack([row[place[:, c]] for c, row in enumerate(rows)], 1)
        return Levels(x, self.step, self.top)


class Network(nn.Module):
    """The layers of a description as modules of their names.

    While it trains it computes in float32, with the statistics of each batch, and maxima are taken
    ahead of signs instead of behind them: the same bits, for no gamma changes its sign, and
    better gradients. After ``eval()`` it computes what the description says: sums are exact
    integers, all else is float64.
    """

    def __init__(self, model: Model, gradient: Gradient = "polynomial") -> None:
        super().__init__()
        self.model = model
        shapes = infer_shapes(model)
        if shapes[model.layers[-1].name][:2] != (1, 1) or model.head is not None:
            raise ModelError(f"{model.source}: only networks of classes, of one pixel, are trained")
        self.pixels = Pixels(model.input)
        self.parts = nn.ModuleDict(
            {_key(layer.name): self._module(layer, shapes, gradient) for layer in model.layers}
        )
        self.order, self.reads = _wired(model)
        self._join_flips()
        self._set_windows()
        self.log_scale = nn.Parameter(torch.tensor(0.0))
        """Of the scores in the loss; being positive, it decides nothing."""

    def part(self, name: str) -> nn.Module:
        """The module of a layer."""
        return self.parts[_key(name)]

    def _module(self, layer: Layer, shapes: dict, gradient: Gradient) -> nn.Module:
        in_shape = shapes[layer.inputs[0]]
        match layer:
            case Conv2d():
                pixel = layer.padding.pixel
                return Weighted(
                    layer, in_shape, None if pixel is None else self.pixels.level(pixel)
                )
            case Dense():
                return Weighted(layer, in_shape)
            case BatchNorm():
                return Norm(layer)
            case Sign():
                return Signs(gradient)
            case Quantise():
                return Rounds(layer)
            case MultiThreshold():
                return Thresholds(layer)
            case MaxPool():
                return Maxima(layer, in_shape, shapes[layer.name])
            case AveragePool():
                return Averages(layer)
            case Add() | Concat():
                return Joined(isinstance(layer, Add))
            case _:
                return Plain("relu" if isinstance(layer, Relu) else "flatten")

    def _join_flips(self) -> None:
        """Maxima that were moved ahead of a norm turn where its gamma is negative."""
        for name in self.order:
            part = self.part(name)
            if isinstance(part, Norm):
                source = self.reads[name][0]
                while source != INPUT_NAME and isinstance(pool := self.part(source), Maxima):
                    pool.flip = lambda norm=part: norm.flip
                    source = self.reads[source][0]

    def _set_windows(self) -> None:
        named = self.model.named
        for layer in self.model.layers:
            part = self.part(layer.name)
            if isinstance(part, Signs) and isinstance(named.get(layer.inputs[0]), Add):
                part.window = _RESIDUAL_WINDOW

    def steps(self, pictures: Tensor) -> Iterator[tuple[str, Levels]]:
        """What each layer gives in turn; those that no later layer reads are let go of."""
        final = {name: k for k, layer in enumerate(self.order) for name in self.reads[layer]}
        values = {INPUT_NAME: self.pixels(pictures)}
        for k, name in enumerate(self.order):
            values[name] = self.part(name)(*(values[source] for source in self.reads[name]))
            yield name, values[name]
            for source in set(self.reads[name]):
                if final[source] == k:
                    del values[source]

    def forward(self, pictures: Tensor) -> Levels:
        """Scores (frames, classes, 1, 1) of pictures (frames, rows, columns, channels)."""
        (last,) = deque(self.steps(pictures), maxlen=1)
        return last[1]

    def logits(self, pictures: Tensor) -> Tensor:
        """Scores (frames, classes) on the scale of the loss; one score is for class 1."""
        return self.scaled(self(pictures).real().flatten(1)) * self.log_scale.exp()

    @staticmethod
    def scaled(scores: Tensor) -> Tensor:
        """Scores of at least two classes."""
        return torch.cat([-scores / 2, scores / 2], 1) if scores.shape[1] == 1 else scores

    def randomise(self, seed: int) -> None:
        """Draw first latent weights of one bit."""
        generator = torch.Generator().manual_seed(seed)
        for part in self.parts.values():
            if isinstance(part, Weighted):
                part.randomise(generator)

    def clip(self) -> None:
        """Keep parameters where they have a meaning; to be called after each step."""
        for part in self.parts.values():
            if isinstance(part, Weighted | Norm):
                part.clip()

    def exported(self, provenance: dict[str, object], classes: Sequence[str] | None) -> Model:
        """The description with weights and figures of now."""
        layers = []
        for layer in self.model.layers:
            part = self.part(layer.name)
            kept = not isinstance(part, Weighted | Norm)
            layers.append(layer if kept else part.exported(layer))  # type: ignore[arg-type]
        named = tuple(classes) if classes is not None else self.model.classes
        model = replace(self.model, layers=tuple(layers), provenance=provenance, classes=named)
        verify_model(model)
        return model


def _key(name: str) -> str:
    """Name of a module: those of layers can be what `ModuleDict` has for itself."""
    return f"_{name}"


def _wired(model: Model) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Layers in the order of training, and what each reads: maxima go ahead of signs."""
    order = [layer.name for layer in model.layers]
    reads = {layer.name: layer.inputs for layer in model.layers}
    layers = model.named

    def alone(name: str) -> bool:
        return sum(source == name for sources in reads.values() for source in sources) == 1

    for pool in [layer.name for layer in model.layers if isinstance(layer, MaxPool)]:
        chain = []
        name = reads[pool][0]
        for kind in (Sign, BatchNorm):
            if name != INPUT_NAME and isinstance(layers[name], kind) and alone(name):
                chain.append(name)
                name = reads[name][0]
        if not chain or not isinstance(layers[chain[0]], Sign) or name == INPUT_NAME:
            continue
        sign, first = chain[0], chain[-1]
        for reader, sources in reads.items():
            reads[reader] = tuple(sign if source == pool else source for source in sources)
        reads[pool], reads[first] = (name,), (pool,)
        order.remove(pool)
        order.insert(order.index(first), pool)
    return order, reads
