"""Networks, figures and the comparison that the tests of the golden model share."""

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import (
    BatchNorm,
    Input,
    Layer,
    Model,
)
from sim import golden
from sim.golden import network
from tests import naive_reference as naive

RNG_SEED = 7


def random_weights(*shape: int, seed: int = RNG_SEED) -> NDArray[np.int8]:
    return (2 * np.random.default_rng(seed).integers(0, 2, shape) - 1).astype(np.int8)


def random_pictures(frames: int, picture: Input, seed: int = RNG_SEED) -> NDArray[np.integer[Any]]:
    shape = (frames, picture.height, picture.width, picture.channels)
    ends = picture.low, picture.high + 1
    return np.random.default_rng(seed).integers(*ends, shape, dtype=picture.dtype)


def norm(
    source: str, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float = 0.25
) -> BatchNorm:
    figures = np.broadcast_arrays(*np.atleast_1d(gamma, beta, mean, variance))
    gamma, beta, mean, variance = (f.astype(np.float64) for f in figures)
    return BatchNorm("norm", (source,), gamma, beta, mean, variance, epsilon)


def network_of(picture: Input, *layers: Layer) -> Model:
    return Model("net", picture, layers)


def exact_values(values: naive.Values) -> NDArray[Any]:
    """Give values as decimals where there are Normalised ones among them, else as they are."""
    if not any(isinstance(v, naive.Normalised) for v in values.flat):
        return values
    # Behind a relu some are zeros.
    found = [v.decimal() if isinstance(v, naive.Normalised) else Decimal(0) for v in values.flat]
    return np.array(found, object).reshape(values.shape)


def first_largest(scores: list[Any]) -> int:
    if not isinstance(scores[0], Decimal):
        return scores.index(max(scores))
    with localcontext() as context:
        context.prec = 250
        largest = max(scores)  # of about 200 digits: what is closer than this is equal
        return next(k for k, s in enumerate(scores) if largest - s < Decimal("1e-100"))


def check_like_naive(model: Model, images: NDArray[np.integer[Any]]) -> golden.GoldenResult:
    """Compare every tensor, the scores and the classes with the literal reference."""
    result = golden.run(model, images)
    assert list(result.tensors) == [layer.name for layer in model.layers]
    exact: dict[str, golden.Tensor] = {}
    for n, image in enumerate(images):
        expected = naive.evaluate(model, image)
        exact["input"] = golden.picture(images[n : n + 1], model.input)
        for layer in model.layers:
            name = layer.name
            x = exact[name] = network.apply(layer, *(exact[source] for source in layer.inputs))
            want = exact_values(expected[name])
            got = result.tensors[name][n]
            assert got.shape == want.shape
            if x.form.normalised or x.form.rectified:
                assert got.dtype == np.float64
                np.testing.assert_allclose(got, want.astype(np.float64), rtol=1e-9, atol=1e-9)
            else:
                np.testing.assert_array_equal(got, x.ints[0])
                values = [
                    slope.rational * int(k) + intercept.rational
                    for k, slope, intercept in zip(
                        got.flat,
                        x.form.slopes * got.size,
                        x.form.intercepts * got.size,
                        strict=False,
                    )
                    if slope.rational is not None and intercept.rational is not None
                ]
                assert values == want.ravel().tolist()
        scores = exact_values(expected[model.layers[-1].name])
        if result.classes is not None:
            assert result.classes[n] == first_largest(scores.ravel().tolist())
        np.testing.assert_allclose(
            result.float_scores[n].ravel(),
            scores.astype(np.float64).ravel(),
            rtol=1e-9,
            atol=1e-9,
        )
    if result.tensors[model.layers[-1].name].dtype != np.float64:
        last = result.tensors[model.layers[-1].name]
        np.testing.assert_array_equal(result.scores.ravel(), last.ravel())
    scale, offset = (
        np.array([float(v) for v in figures])
        for figures in (result.score_scale, result.score_offset)
    )
    np.testing.assert_allclose(result.scores * scale + offset, result.float_scores, rtol=1e-12)
    return result
