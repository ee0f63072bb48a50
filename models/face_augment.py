"""Random framing, light, colour and sharpness, alike for faces and non-faces."""

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Generator, Tensor

__all__ = ["augment"]

SIZE = 32


def augment(
    images: Tensor, label: Tensor, frame: Tensor, spoilt: Tensor, generator: Generator
) -> Tensor:
    """One random variant of each picture, uint8 as they are.

    Parameters
    ----------
    images
        uint8 (N, 3, 32, 32).
    label
        1 for a face. Only the framing, the very flat and the very smooth depend on it.
    frame
        (N, 2): side and centre of the standard window.
    spoilt
        Face pictures to be framed so badly that they are non-faces.
    generator
        The only source of chance.
    """
    x = images.float() / 255
    count = len(x)
    source = _colour_to_grey(x, generator)
    x = _reframe(source, label.bool(), frame, spoilt, generator)
    x = _resample(x, label.bool(), generator)
    x = _light(x, label.bool(), generator)
    x = _tint(x, generator)
    x = _sharpen(x, generator)
    x = x + torch.randn(x.shape, generator=generator) * _chance(
        count, 0.7, _uniform(count, 0.0, 0.05, generator), generator
    )
    x = _cut_out(x, generator)
    return (x * 255).round().clamp(0, 255).byte()


def _uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """(N, 1, 1, 1)."""
    return torch.rand(count, 1, 1, 1, generator=generator) * (high - low) + low


def _normal(count: int, sigma: float, generator: Generator, channels: int = 1) -> Tensor:
    return torch.randn(count, channels, 1, 1, generator=generator) * sigma


def _chance(count: int, probability: float, value: Tensor, generator: Generator) -> Tensor:
    """`value` with a probability, else 0."""
    return value * (torch.rand(count, 1, 1, 1, generator=generator) < probability)


def _colour_to_grey(x: Tensor, generator: Generator) -> Tensor:
    """Most colour pictures turn grey, so that colour does not tell their source."""
    keep = torch.rand(len(x), 1, 1, 1, generator=generator) < 0.35
    return torch.where(keep, x, x.mean(1, keepdim=True).expand_as(x))


def _reframe(
    x: Tensor, face: Tensor, frame: Tensor, spoilt: Tensor, generator: Generator
) -> Tensor:
    """Shift, scale, turn and mirror."""
    count = len(x)

    def draw(low: float, high: float) -> Tensor:
        return _uniform(count, low, high, generator).flatten()

    # Non-faces: any window within the picture. Its effective resolution then covers that of the
    # faces, which have 18 or 19 pixels across.
    scale = torch.where(draw(0, 1) < 0.3, draw(0.9, 1.0), draw(0.4, 1.0))
    room = 1 - scale
    shift_x, shift_y = draw(-1, 1) * room, draw(-1, 1) * room
    angle = draw(-12, 12)

    side, centre = frame[:, 0], frame[:, 1]
    face_scale = side * torch.exp(draw(-0.13, 0.15))
    scale = torch.where(face, face_scale, scale)
    shift_x = torch.where(face, draw(-0.14, 0.14) * side, shift_x)
    shift_y = torch.where(face, centre + draw(-0.14, 0.14) * side, shift_y)

    # Spoilt faces: a detail, off the centre, too small, or turned. Shifts are in half windows.
    kind = torch.randint(4, (count,), generator=generator)
    random_sign = (draw(-1, 1) >= 0) * 2.0 - 1
    far, near = draw(0.8, 1.5) * random_sign, draw(-0.9, 0.9)
    sideways = draw(0, 1) < 0.5
    off_x, off_y = torch.where(sideways, far, near), torch.where(sideways, near, far)
    values = {
        0: (side * draw(0.25, 0.5), draw(-0.55, 0.55), draw(-0.55, 0.55), angle),
        1: (face_scale, off_x, off_y, angle),
        2: (side * draw(2.0, 3.2), draw(-1.2, 1.2), draw(-1.2, 1.2), angle),
        3: (face_scale, draw(-0.2, 0.2), draw(-0.2, 0.2), angle + draw(80, 280)),
    }
    for number, (s, dx, dy, turn) in values.items():
        chosen = spoilt & (kind == number)
        scale = torch.where(chosen, s, scale)
        shift_x = torch.where(chosen, dx * side, shift_x)
        shift_y = torch.where(chosen, centre + dy * side, shift_y)
        angle = torch.where(chosen, turn, angle)

    radian = angle * (math.pi / 180)
    mirror = (draw(-1, 1) >= 0) * 2.0 - 1
    cos, sin = scale * radian.cos(), scale * radian.sin()
    theta = torch.stack([mirror * cos, -mirror * sin, shift_x, sin, cos, shift_y], 1)
    grid = F.affine_grid(theta.view(-1, 2, 3), [count, 1, SIZE, SIZE], align_corners=False)
    y = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    # Where the window leaves the picture it shows another one: always around spoilt faces, that
    # no mirrored half face arises, and around other pictures as often as not.
    other = x[~face & ~spoilt]
    other = other[torch.randint(len(other), (count,), generator=generator)]
    outside = (grid.abs() > 1).any(-1)[:, None]
    paste = outside & (spoilt | (draw(0, 1) < 0.5))[:, None, None, None]
    return torch.where(paste, other, y)


def _resample(x: Tensor, face: Tensor, generator: Generator) -> Tensor:
    """Lose resolution, to a random grid per group; a few non-faces nearly all of it."""
    groups = torch.randint(6, (len(x),), generator=generator)
    smooth = ~face & (torch.rand(len(x), generator=generator) < 0.06)
    groups[smooth] = 6
    y = x.clone()
    for group in range(2, 7):
        chosen = groups == group
        low, high = (3, 9) if group == 6 else (13, 25)
        size = int(torch.randint(low, high, (1,), generator=generator))
        small = F.interpolate(
            x[chosen], (size, size), mode="bilinear", antialias=True, align_corners=False
        )
        y[chosen] = F.interpolate(small, (SIZE, SIZE), mode="bilinear", align_corners=False)
    return y


def _light(x: Tensor, face: Tensor, generator: Generator) -> Tensor:
    """Gamma, contrast, brightness and light from one side."""
    count = len(x)
    x = x.clamp(0.003, 1) ** torch.exp(_normal(count, 0.25, generator))
    mean = x.mean((1, 2, 3), keepdim=True)
    spread = x.std((1, 2, 3), keepdim=True).clamp_min(0.02)
    stretched = (x - mean) / spread * _uniform(count, 0.09, 0.27, generator)
    stretched = stretched + _uniform(count, 0.3, 0.7, generator)
    plain = (x - mean) * _uniform(count, 0.6, 1.3, generator) + mean
    plain = plain + _normal(count, 0.08, generator)
    x = torch.where(torch.rand(count, 1, 1, 1, generator=generator) < 0.65, stretched, plain)
    flat = ~face & (torch.rand(count, generator=generator) < 0.06)
    level = x.mean((1, 2, 3), keepdim=True)
    dull = level + (x - level) * _uniform(count, 0.0, 0.25, generator)
    x = torch.where(flat[:, None, None, None], dull, x)
    ramp = torch.linspace(-1, 1, SIZE)
    slope = ramp * _normal(count, 0.1, generator) + ramp[:, None] * _normal(count, 0.07, generator)
    return (x * (1 + _chance(count, 0.5, slope, generator))).clamp(0, 1)


def _gain(count: int, generator: Generator) -> Tensor:
    """Neutral, skin or white-balance gain of each channel, (N, 3, 1, 1)."""
    warm = torch.tensor([1.0, 0.0, -1.0])[None, :, None, None]
    green = torch.tensor([-0.5, 1.0, -0.5])[None, :, None, None]
    balance = warm * _normal(count, 0.13, generator) + green * _normal(count, 0.05, generator)
    skin = warm * _uniform(count, 0.05, 0.4, generator) + green * _uniform(
        count, -0.12, 0.02, generator
    )
    kind = torch.rand(count, 1, 1, 1, generator=generator)
    return torch.where(kind < 0.45, skin, torch.where(kind < 0.8, balance, 0.0)).exp()


def _tint(x: Tensor, generator: Generator) -> Tensor:
    """Colour the picture: evenly, by brightness, and differently around the middle."""
    count = len(x)
    inner, outer = _gain(count, generator), _gain(count, generator)
    ramp = torch.linspace(-1, 1, SIZE)
    dx = (ramp - _normal(count, 0.25, generator)) / _uniform(count, 0.5, 1.1, generator)
    dy = (ramp[:, None] - _normal(count, 0.25, generator)) / _uniform(count, 0.6, 1.3, generator)
    mask = torch.sigmoid((dx**2 + dy**2 - 1) * 5)
    mask = _chance(count, 0.45, mask, generator)
    gain = inner + (outer - inner) * mask
    curve = torch.exp(_chance(count, 0.5, _normal(count, 0.12, generator, 3), generator))
    patches = torch.randn(count, 3, 4, 4, generator=generator) * 0.12
    patches = F.interpolate(patches, (SIZE, SIZE), mode="bilinear", align_corners=False)
    patches = torch.exp(_chance(count, 0.3, patches, generator))
    neutral = torch.rand(count, 1, 1, 1, generator=generator) < 0.25
    tinted = (x.clamp(0.003, 1) ** curve) * gain * patches
    return torch.where(neutral, x, tinted).clamp(0, 1)


def _sharpen(x: Tensor, generator: Generator) -> Tensor:
    """Unsharp masking as cameras do, or a slight blur."""
    kernel = torch.tensor([1.0, 2.0, 1.0]) / 4
    kernel = (kernel[:, None] * kernel).expand(3, 1, 3, 3)
    blurred = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    amount = _chance(len(x), 0.6, _uniform(len(x), -0.7, 1.6, generator), generator)
    return (x + (x - blurred) * amount).clamp(0, 1)


def _cut_out(x: Tensor, generator: Generator) -> Tensor:
    """Cover a small rectangle of a few pictures."""
    count = len(x)
    place = torch.arange(SIZE)

    def span() -> Tensor:
        start = torch.randint(-4, SIZE, (count, 1), generator=generator)
        length = torch.randint(4, 11, (count, 1), generator=generator)
        return (place >= start) & (place < start + length)

    box = span()[:, None, :, None] & span()[:, None, None, :]
    box &= torch.rand(count, 1, 1, 1, generator=generator) < 0.12
    return torch.where(box, torch.rand(count, 3, 1, 1, generator=generator), x)
