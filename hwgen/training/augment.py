"""Random variants of pictures for training, from a seeded generator alone."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Generator, Tensor

from hwgen.errors import ModelError, describe

__all__ = ["NONE", "Augmentation", "augment"]


@dataclass(frozen=True)
class Augmentation:
    """How far pictures are varied; 0 leaves a side of them as it is.

    Parameters
    ----------
    shift : int
        Most pixels that a picture moves, in each direction; its edges are continued.
    mirror : bool
        Whether half of the pictures change left and right.
    rotate : float
        Most degrees either way, 0 to 180.
    zoom : float
        Most that sides grow or shrink, as a share of them, below 1.
    brightness : float
        Most that is added or taken, as a share of the range of pixels, 0 to 1.
    contrast : float
        Most that the distance from a picture's mean grows or shrinks, as a share of it, 0 to 1.
    blur : float
        Most of a 3 x 3 blur that is mixed in, 0 to 1.
    noise : float
        Largest standard deviation of what is added to each pixel, as a share of their range.
    """

    shift: int = 0
    mirror: bool = False
    rotate: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    blur: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        most = {"shift": 1 << 16, "rotate": 180.0, "zoom": 0.9}
        for field in fields(self):
            value, limit = getattr(self, field.name), most.get(field.name, 1.0)
            if not 0 <= value <= limit:
                raise ModelError(f"augmentation {field.name} must be 0 to {limit:g}, not {value:g}")

    @classmethod
    def parse(cls, text: str) -> "Augmentation":
        """Read ``shift=2,mirror,rotate=10``; ``none`` or nothing for none.

        Raises
        ------
        ModelError
            For anything else.
        """
        return cls(**dict(_options(text)))

    def __str__(self) -> str:
        """Write what `parse` reads."""
        told = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value:
                told.append(field.name if value is True else f"{field.name}={value:g}")
        return ",".join(told) or "none"


NONE = Augmentation()


def _options(text: str) -> Iterator[tuple[str, Any]]:
    kinds: dict[str, type] = {field.name: type(field.default) for field in fields(Augmentation)}
    given = [word for word in text.replace(",", " ").split() if word != "none"]
    if len({word.partition("=")[0] for word in given}) < len(given):
        raise ModelError(f"augmentation names something twice: {describe(text)}")
    for word in given:
        name, equals, number = word.partition("=")
        if name not in kinds:
            raise ModelError(
                f"augmentation {describe(name)} is unknown; there are {', '.join(kinds)}"
            )
        if (kinds[name] is bool) == bool(equals):
            raise ModelError(
                f"augmentation {name} takes {'no' if equals else 'a'} number, as in "
                f"{name}{'' if equals else '=2'}"
            )
        try:
            yield name, kinds[name](number) if equals else True
        except ValueError as error:
            what = "a whole number" if kinds[name] is int else "a number"
            raise ModelError(f"augmentation {name} must be {what}, not {number!r}") from error


def augment(images: Tensor, options: Augmentation, generator: Generator) -> Tensor:
    """Draw a variant of each picture.

    Parameters
    ----------
    images : uint8 (N, H, W, C)
    options : Augmentation
    generator : Generator
        The only source of chance, on the CPU. What it draws depends on N and ``options`` alone.

    Returns
    -------
    uint8 (N, H, W, C)
        Pixels are whole numbers again, so that they are some that a camera could give.
    """
    x = images
    if options.mirror:
        flipped = _draw(len(x), generator, x) < 0
        x = torch.where(flipped, x.flip(2), x)
    if options.rotate or options.zoom:
        x = _turned(x, options, generator)
    elif options.shift:
        x = _shifted(x, options.shift, generator)
    if not (options.brightness or options.contrast or options.blur or options.noise):
        return x
    values = x.float()
    if options.blur:
        share = options.blur * _draw(len(x), generator, x).abs()
        values = values + share * (_blurred(values) - values)
    if options.contrast:
        mean = values.mean((1, 2, 3), keepdim=True)
        values = mean + (values - mean) * (1 + options.contrast * _draw(len(x), generator, x))
    if options.brightness:
        values = values + 255 * options.brightness * _draw(len(x), generator, x)
    if options.noise:
        spread = 255 * options.noise * _draw(len(x), generator, x).abs()
        values = values + spread * torch.randn(x.shape, generator=generator).to(x.device)
    return values.round().clamp(0, 255).to(torch.uint8)


def _draw(count: int, generator: Generator, like: Tensor) -> Tensor:
    """(N, 1, 1, 1), even over -1 to 1."""
    return (torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1).to(like.device)


def _shifted(x: Tensor, most: int, generator: Generator) -> Tensor:
    """Whole pixels, so that they stay what they are."""
    count, height, width, _ = x.shape

    def moved(size: int) -> Tensor:
        by = torch.randint(-most, most + 1, (count, 1), generator=generator)
        return (torch.arange(size) + by).clamp(0, size - 1).to(x.device)

    rows, columns = moved(height)[:, :, None], moved(width)[:, None, :]
    return x[torch.arange(count, device=x.device)[:, None, None], rows, columns]


def _turned(x: Tensor, options: Augmentation, generator: Generator) -> Tensor:
    """Turned, zoomed and shifted at once, between pixels."""
    count, height, width, _ = x.shape
    angle, zoom, down, right = (_draw(count, generator, x).flatten() for _ in range(4))
    angle = torch.deg2rad(angle * options.rotate)
    scale = 1 + zoom * options.zoom
    cos, sin = scale * angle.cos(), scale * angle.sin()
    # In halves of a side, of which rows and columns may have different numbers.
    right, down = 2 * options.shift * right / width, 2 * options.shift * down / height
    theta = torch.stack([cos, -sin * height / width, right, sin * width / height, cos, down], 1)
    grid = F.affine_grid(theta.view(-1, 2, 3), [count, 1, height, width], align_corners=False)
    planes = x.permute(0, 3, 1, 2).float()
    planes = F.grid_sample(planes, grid, padding_mode="border", align_corners=False)
    return planes.permute(0, 2, 3, 1).round().clamp(0, 255).to(torch.uint8)


def _blurred(values: Tensor) -> Tensor:
    planes = values.permute(0, 3, 1, 2)
    kernel = torch.tensor([1.0, 2.0, 1.0], device=values.device) / 4
    kernel = (kernel[:, None] * kernel).expand(planes.shape[1], 1, 3, 3)
    padded = F.pad(planes, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(padded, kernel, groups=planes.shape[1]).permute(0, 2, 3, 1)
