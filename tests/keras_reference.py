"""What Keras models compute, layer after layer, in rationals: written from the public definitions.

Only square roots are floats: a tie behind one has no chance with random figures.
"""

import ast
from fractions import Fraction
from math import floor, log2
from typing import Any

import numpy as np

__all__ = ["evaluate", "kernel_of"]


def _each(function, x):
    made = np.empty(x.shape, object)
    made.reshape(-1)[:] = [function(value) for value in x.reshape(-1)]
    return made


def exact(array):
    return _each(lambda value: Fraction(float(value)), np.asarray(array))


def _sgn(value):
    return (value > 0) - (value < 0)


def parsed(given):
    """Name and settings, positional ones under their numbers."""
    if isinstance(given, dict):
        return given["class_name"], given["config"]
    if "(" not in given:
        return given, {}
    call = ast.parse(given, mode="eval").body
    settings = dict(enumerate(ast.literal_eval(one) for one in call.args))
    return call.func.id, settings | {k.arg: ast.literal_eval(k.value) for k in call.keywords}


def value_quantiser(given):
    """A function of one rational."""
    name, s = parsed(given)
    alpha = Fraction(float(np.float32(s.get("alpha") or 1)))
    if name in ("ste_sign", "SteSign", "approx_sign", "ApproxSign"):
        return lambda x: Fraction(1 if x >= 0 else -1)
    if name == "SteHeaviside":
        return lambda x: Fraction(1 if x > 0 else 0)
    if name in ("ste_tern", "SteTern"):
        t = Fraction(float(np.float32(s.get("threshold_value", 0.05))))
        return lambda x: Fraction(_sgn(_sgn(x + t) + _sgn(x - t)))
    if name == "DoReFa":
        n = 2 ** s.get("k_bit", 2) - 1
        return lambda x: Fraction(round(min(max(x, 0), 1) * n), n)
    if name == "binary":
        return lambda x: alpha * (1 if x >= 0 else (0 if s.get("use_01") else -1))
    if name == "ternary":
        t = Fraction(float(np.float32(s.get("threshold") or 0.33)))
        return lambda x: alpha * (_sgn(x) if abs(x) >= t else 0)
    bits = s.get("bits", s.get(0, 8))
    if name == "quantized_tanh":
        m = 2 ** (bits - 1)
        low = -m + s.get("symmetric", 0)
        return lambda x: Fraction(min(max(round(min(max(x, -1), 1) * m), low), m - 1), m)
    whole = Fraction(2) ** s.get("integer", s.get(1, 0))
    if name == "quantized_relu":
        m = 2**bits
        return lambda x: whole * Fraction(min(max(round(x * m / whole), 0), m - 1), m)
    keep = s.get("keep_negative", s.get(3, True))
    m = 2 ** (bits - keep)
    low = (-m + s.get("symmetric", s.get(2, 0))) if keep else 0
    if m == 1:
        return lambda x: alpha * (1 if x >= 0 else -1)
    return lambda x: alpha * whole * Fraction(min(max(round(x * m / whole), low), m - 1), m)


def _po2(scale):
    return 2.0 ** np.vectorize(lambda v: floor(log2(v + 1e-7) + 0.5))(scale)


def _best(x, q, po2):
    axes = tuple(range(x.ndim - 1))
    scale = (x * q).mean(axis=axes) / ((q * q).mean(axis=axes) + 1e-7)
    return _po2(scale) if po2 else scale.astype(np.float32).astype(float)


def kernel_of(given, kernel, trainable=True):
    """Rationals that a quantiser makes of weights."""
    if given is None:
        return exact(kernel)
    x, (name, s) = kernel.astype(float), parsed(given)
    if name in ("magnitude_aware_sign", "MagnitudeAwareSign"):
        scale = np.abs(x).mean(axis=tuple(range(x.ndim - 1))).astype(np.float32)
        return exact(np.where(x >= 0, 1, -1)) * exact(scale)
    if name == "SteTern" and s.get("ternary_weight_networks"):
        t = np.float32(0.7 * np.abs(x).sum() / x.size)
        return exact(np.sign(np.sign(x + t) + np.sign(x - t)))
    if name == "DoReFa" and s.get("mode") == "weights":
        n = 2 ** s["k_bit"] - 1
        scaled = np.tanh(x) / (2 * np.abs(np.tanh(x)).max()) + 0.5
        return _each(lambda v: 2 * Fraction(round(v * n), n) - 1, scaled)
    finds = name in ("binary", "ternary", "quantized_bits") and trainable
    alpha = s.get("alpha", s.get(4) if name == "quantized_bits" else None)
    if not finds or not (alpha is None or isinstance(alpha, str)):
        return _each(value_quantiser(given), exact(kernel))
    po2 = alpha != "auto"
    if name == "binary":
        q = np.where(x >= 0, 1.0, -1.0)
        return exact(q) * exact(_best(x, q, po2))
    if name == "ternary":
        scale = 2 * np.abs(x).max(axis=tuple(range(x.ndim - 1))) / 3
        scale = _po2(scale) if po2 else scale
        q = x
        for _ in range(5):
            q = np.sign(x) * (np.abs(scale * np.round(x / scale)) >= scale / 2)
            scale = _best(x, q, po2)
        return exact(q) * exact(scale)
    bits, whole = s.get("bits", s.get(0, 8)), 2.0 ** s.get("integer", s.get(1, 0))
    x, high = x / whole, 2 ** (bits - 1) - 1
    scale = np.abs(x).max(axis=tuple(range(x.ndim - 1))) / high
    if not po2:
        q = np.sign(x) * np.minimum(np.floor(np.abs(x) / scale + 0.5), high)
        return exact(q) * exact(scale.astype(np.float32) * whole)
    scale = _po2(scale)
    q = x
    for _ in range(5):
        q = np.sign(x) * np.minimum(np.floor(np.abs(x) / scale + 0.5), high)
        scale = _best(x, q, True)
    return exact(q) * exact(scale * whole)


def _same(size, tap, stride):
    total = max((-(-size // stride) - 1) * stride + tap - size, 0)
    return total // 2, total - total // 2


def _padded(x, config, taps, value):
    rows = config.get("padding", "valid") == "same"
    sides = [
        _same(x.shape[axis + 1], tap, stride) if rows else (0, 0)
        for axis, (tap, stride) in enumerate(zip(taps, config["strides"], strict=True))
    ]
    return np.pad(x, ((0, 0), *sides, (0, 0)), constant_values=value)


def _windows(x, taps, strides):
    """Of each tap the places that it meets, (frames, rows, columns, channels)."""
    rows = (x.shape[1] - taps[0]) // strides[0] + 1
    columns = (x.shape[2] - taps[1]) // strides[1] + 1
    for i in range(taps[0]):
        for j in range(taps[1]):
            part = x[:, i :: strides[0], j :: strides[1]]
            yield (i, j), part[:, :rows, :columns]


def _convolved(layer, x, w):
    config = layer["config"]
    x = _padded(x, config, w.shape[:2], Fraction(config.get("pad_values", 0)))
    made = 0
    for (i, j), part in _windows(x, w.shape[:2], config["strides"]):
        if "Depthwise" in layer["kind"]:
            each = part[..., None] * w[i, j]
            made = made + each.reshape(*part.shape[:-1], -1)
            continue
        groups = config.get("groups", 1)
        reads = np.split(part, groups, axis=-1)
        kernels = np.split(w[i, j], groups, axis=-1)
        made = made + np.concatenate([x @ k for x, k in zip(reads, kernels, strict=True)], axis=-1)
    return made


def _flat_signal(layer):
    """A layer of signals as one of pictures of one row."""
    config = dict(layer["config"])
    for key in ("kernel_size", "strides", "pool_size"):
        if key in config:
            config[key] = [1, config[key][0]]
    kind = layer["kind"].replace("1D", "2D")
    arrays = {k: v[None] if v.ndim == 3 else v for k, v in layer["arrays"].items()}
    return layer | {"config": config, "kind": kind, "arrays": arrays}


def activation(given, x):
    if given in (None, "linear", "softmax"):
        return x
    if given == "relu":
        return _each(lambda v: max(v, Fraction(0)), x)
    return _each(value_quantiser(given), x)


def compute(layer, sources) -> Any:
    if "1D" in layer["kind"] and "Global" not in layer["kind"]:
        return compute(_flat_signal(layer), [x[:, None] for x in sources])[:, 0]
    (x, *_), config, arrays, kind = sources, layer["config"], layer["arrays"], layer["kind"]
    kernels = [k for k in arrays if "kernel" in k]
    if kernels:
        if config.get("input_quantizer") is not None:
            x = _each(value_quantiser(config["input_quantizer"]), x)
        key = "depthwise_quantizer" if "Depthwise" in kind else "kernel_quantizer"
        w = kernel_of(config.get(key), arrays[kernels[0]])
        x = x @ w if "Dense" in kind else _convolved(layer, x, w)
        if "bias" in arrays:
            x = x + kernel_of(config.get("bias_quantizer"), arrays["bias"], trainable=False)
        return activation(config.get("activation"), x)
    match kind:
        case "BatchNormalization":
            root = np.sqrt(
                arrays["moving_variance"].astype(float) + float(np.float32(config["epsilon"]))
            )
            one = np.ones(len(root))
            scale = arrays.get("gamma", one).astype(float) / root
            return (x - exact(arrays["moving_mean"])) * exact(scale) + exact(
                arrays.get("beta", 0 * one)
            )
        case "Add":
            return sum(sources)
        case "Concatenate":
            return np.concatenate(sources, axis=-1)
        case "Flatten" | "Reshape":
            return x.reshape(len(x), -1)
        case "ZeroPadding2D":
            return np.pad(x, ((0, 0), *config["padding"], (0, 0)), constant_values=Fraction(0))
        case "MaxPooling2D":
            x = _padded(x, config, config["pool_size"], Fraction(-(10**9)))
            return np.maximum.reduce(
                [p for _, p in _windows(x, config["pool_size"], config["strides"])]
            )
        case "AveragePooling2D":
            parts = [p for _, p in _windows(x, config["pool_size"], config["strides"])]
            return sum(parts) / Fraction(len(parts))
        case "GlobalAveragePooling2D" | "GlobalAveragePooling1D":
            flat = x.reshape(len(x), -1, x.shape[-1])
            return flat.sum(axis=1) / Fraction(flat.shape[1])
        case "GlobalMaxPooling2D":
            return x.max(axis=(1, 2))
        case "Activation" | "QActivation":
            return activation(config["activation"], x)
        case "ReLU":
            return activation("relu", x)
        case "Rescaling":
            scale, offset = (
                Fraction(config[k]).limit_denominator(65536) for k in ("scale", "offset")
            )
            return x * scale + offset
        case "Dropout":
            return x
    raise AssertionError(kind)


def evaluate(net, x):
    """The output of a ``keras_files.Net`` for rationals (frames, ...)."""
    made = {}
    for layer in net.layers:
        sources = [made[name] for name in layer["inputs"]]
        made[layer["name"]] = compute(layer, sources) if sources else x
    return made[net.last]
