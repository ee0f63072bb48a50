"""Random Keras networks: what is imported computes what their layers are defined to, exactly."""

from fractions import Fraction

import numpy as np
import pytest
from keras_files import Net
from keras_reference import evaluate

from hwgen.model.importers import Options, import_model
from sim import golden

pytest.importorskip("h5py", reason="needs the package h5py")

NETWORKS = 24

LARQ_VALUES = [
    "ste_sign", "approx_sign",
    {"class_name": "SteSign", "config": {"name": "ste_sign_1", "clip_value": 1.0}},
    {"class_name": "SteTern", "config": {"threshold_value": 0.5, "ternary_weight_networks": False}},
    {"class_name": "SteHeaviside", "config": {"clip_value": 1.0}},
    {"class_name": "DoReFa", "config": {"k_bit": 2, "mode": "activations"}},
    {"class_name": "DoReFa", "config": {"k_bit": 3}},
]  # fmt: skip
LARQ_KERNELS = [
    "ste_sign", "magnitude_aware_sign",
    {"class_name": "MagnitudeAwareSign", "config": {"clip_value": 1.0}},
    {"class_name": "SteTern", "config": {"threshold_value": 0.4}},
    {"class_name": "SteTern", "config": {"ternary_weight_networks": True}},
    {"class_name": "DoReFa", "config": {"k_bit": 2, "mode": "weights"}},
]  # fmt: skip
Q_VALUES = [
    "binary", "binary(alpha=0.75)", "binary(use_01=True, alpha=1.0)", "ternary()",
    "ternary(alpha=1.5, threshold=0.7)", "quantized_bits(4,0,1)", "quantized_bits(3,1)",
    "quantized_bits(2,0,0,False,alpha=0.3)", "quantized_bits(1)", "quantized_relu(3)",
    "quantized_relu(4,2)", "quantized_tanh(3)",
    {"class_name": "quantized_bits",
     "config": {"bits": 3, "integer": 1, "symmetric": True, "keep_negative": True, "alpha": None,
                "use_stochastic_rounding": False, "qnoise_factor": 1.0}},
    {"class_name": "quantized_relu",
     "config": {"bits": 2, "integer": 0, "use_sigmoid": 0, "negative_slope": 0.0,
                "relu_upper_bound": None, "qnoise_factor": 1.0}},
    {"class_name": "quantized_tanh", "config": {"bits": 2, "symmetric": False}},
]  # fmt: skip
Q_KERNELS = [
    "quantized_bits(4,0,1,alpha=1.0)", "quantized_bits(3,1,0,alpha=0.3)", "binary(alpha=1.0)",
    "binary()", "binary(alpha='auto')", "ternary()", "ternary(alpha='auto')",
    "ternary(alpha=1.0, threshold=0.5)",
    {"class_name": "quantized_bits",
     "config": {"bits": 2, "integer": 0, "symmetric": 1, "keep_negative": True, "alpha": 1.0}},
]  # fmt: skip
BIASES = [None, "quantized_bits(5,1,0)", "quantized_bits(4,0,1,alpha=0.5)"]


class Random(Net):
    """A network that draws its layers; ``larq`` or, else, QKeras."""

    def __init__(self, seed):
        self.rng = rng = np.random.default_rng(seed)
        shape = [(8, 7, 3), (6, 6, 1), (9, 3), (12,), (5, 8, 2)][seed % 5]
        super().__init__(*shape, generation=2 + seed // 2 % 2)
        self.larq, self.sizes = bool(rng.integers(2)), list(shape)

    def pick(self, given):
        return given[self.rng.integers(len(given))]

    def real(self, *shape):
        return self.rng.normal(size=shape).astype(np.float32)

    def values(self):
        """A quantiser of values as a layer of its own, or, for Larq, for the next layer."""
        if self.larq and self.rng.integers(3):
            return {"input_quantizer": self.pick(LARQ_VALUES)}
        kind = "Activation" if self.larq else "QActivation"
        texts = [one for one in LARQ_VALUES if isinstance(one, str)]
        self.add(kind, {"activation": self.pick(texts if self.larq else Q_VALUES)})
        return {}

    def weighted(self, kind, size, units, more):
        """A layer with weights of ``size`` (rows, columns, inputs) or (inputs)."""
        rng, deep = self.rng, kind == "DepthwiseConv2D"
        times = int(rng.integers(1, 3)) if deep else 0
        outputs = size[-1] * times if deep else units
        shape = (*size, times) if deep else (*size, units)
        if deep:
            more = more | {"depth_multiplier": times}
        key, role = (
            ("depthwise_quantizer", "depthwise_kernel") if deep else ("kernel_quantizer", "kernel")
        )
        config = {key: self.pick(LARQ_KERNELS if self.larq else Q_KERNELS)} | more
        arrays = {role: self.real(*shape)}
        config["use_bias"] = bool(rng.integers(2))
        if config["use_bias"]:
            arrays["bias"] = self.real(outputs)
            if not self.larq:
                config["bias_quantizer"] = self.pick(BIASES)
        self.add(("Quant" if self.larq else "Q") + kind, config, arrays)
        return outputs

    def convolve(self, more, padding=None):
        rng, *inner = self.rng, *self.sizes[:-1]
        axes, channels = len(inner), self.sizes[-1]
        taps = [int(min(rng.integers(1, 4), size)) for size in inner]
        strides = [int(rng.integers(1, 3))] * axes
        padding = padding or self.pick(["valid", "same"])
        kind = f"Conv{axes}D"
        if axes == 2 and rng.integers(4) == 0 and len(self.layers) > 3:
            kind = "DepthwiseConv2D"
        more = more | {"kernel_size": taps, "strides": strides, "padding": padding}
        # A sign of what is padded is a sign too; of Larq alone.
        signs = more.get("input_quantizer") in ("ste_sign", "approx_sign")
        if padding == "same" and signs and rng.integers(2):
            more["pad_values"] = float(self.pick([-1, 1]))
        units = int(rng.integers(2, 5))
        if kind == "Conv2D" and not (channels % 2 or units % 2) and rng.integers(2):
            more["groups"], channels = 2, channels // 2
        outputs = self.weighted(kind, (*taps, channels), units, more)
        out = [
            -(-n // s) if padding == "same" else (n - t) // s + 1
            for n, t, s in zip(inner, taps, strides, strict=True)
        ]
        self.sizes = [*out, outputs]

    def norm(self):
        rng, units = self.rng, self.sizes[-1]
        config = {"axis": self.pick([-1, [len(self.sizes)]]), "epsilon": 0.001,
                  "scale": bool(rng.integers(2)), "center": bool(rng.integers(2))}  # fmt: skip
        arrays = {}
        if config["scale"]:
            arrays["gamma"] = self.real(units)
        if config["center"]:
            arrays["beta"] = self.real(units)
        arrays["moving_mean"] = self.real(units)
        arrays["moving_variance"] = rng.uniform(0.2, 4, units)
        self.add("BatchNormalization", config, arrays)

    def pool(self, kind="MaxPooling"):
        inner = self.sizes[:-1]
        if min(inner) < 2:
            return
        axes, padding = len(inner), self.pick(["valid", "same"]) if kind[0] == "M" else "valid"
        size = [2] * axes
        self.add(f"{kind}{axes}D", {"pool_size": size, "strides": size, "padding": padding})
        self.sizes = [-(-n // 2) if padding == "same" else n // 2 for n in inner] + self.sizes[-1:]

    def branch(self):
        """A twin of what there is, joined with it."""
        trunk, quantiser = self.last, self.pick(Q_VALUES[:8])
        # Sums may be of different scales, channels that are joined not.
        adds = self.rng.integers(2)
        first = self.pick(Q_VALUES[:8]) if adds else quantiser
        one = self.add("QActivation", {"activation": first})
        self.add("ReLU", {}, inputs=[trunk])
        ends = [one, self.add("QActivation", {"activation": quantiser})]
        if adds:
            self.add("Add", {}, inputs=ends)
        else:
            self.add("Concatenate", {"axis": -1}, inputs=ends)
            self.sizes[-1] *= 2
        if not adds and self.rng.integers(2):
            # The same of every pixel.
            self.sizes[-1] = self.weighted("Dense", self.sizes[-1:], 3, {})
            self.norm()


def make(seed):
    net = Random(seed)
    rng = net.rng
    if seed % 3 == 0:
        net.add("Rescaling", {"scale": 1 / 127.5, "offset": -1.0})
    more = {} if rng.integers(2) else net.values()
    if len(net.sizes) > 1:
        for _ in range(int(rng.integers(1, 4))):
            net.convolve(more)
            if rng.integers(2):
                net.add("Dropout", {"rate": 0.2})
            if rng.integers(3) == 0:
                net.pool()
            net.norm()
            if rng.integers(3) == 0:
                net.add("ReLU" if rng.integers(2) else "Activation", {"activation": "relu"})
            if rng.integers(3) == 0:
                net.pool()
            if rng.integers(4) == 0:
                net.branch()
            more = net.values()
            if not more and rng.integers(3) == 0:
                net.pool("AveragePooling")
                more = net.values()
            if len(net.sizes) == 3 and rng.integers(4) == 0:
                net.add("ZeroPadding2D", {"padding": [[1, 0], [0, 2]]})
                net.sizes = [net.sizes[0] + 1, net.sizes[1] + 2, net.sizes[2]]
                if rng.integers(3) == 0 and not more:
                    net.norm()
                    more = net.values()
                net.convolve(more, "valid")
                net.norm()
                more = net.values()
        if rng.integers(3) == 0 and not more:
            net.add(f"GlobalAveragePooling{len(net.sizes) - 1}D", {})
            more = net.values()
            net.sizes = net.sizes[-1:]
        else:
            net.add("Flatten", {})
            net.sizes = [int(np.prod(net.sizes))]
    net.weighted("Dense", net.sizes, 4, more)
    if rng.integers(2):
        net.sizes = [4]
        net.norm()
    if rng.integers(2):
        net.add("Activation", {"activation": "softmax"})
    return net


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_random_networks_compute_what_their_layers_are_defined_to(tmp_path, seed):
    net = make(seed)
    path = net.save(tmp_path, ["h5", "keras"][seed % 2])
    model, importer = import_model(path, Options(pixels="raw" if seed % 3 == 0 else "signed"))
    assert importer.name == "keras"
    size = model.input
    pictures = np.random.default_rng(seed).integers(
        0, 256, (3, size.height, size.width, size.channels), dtype=np.uint8
    )
    pictures[0] = 0
    numbers = pictures.reshape(3, *net.shape)
    exact = np.vectorize(lambda u: Fraction(int(u)), otypes=[object])(numbers)
    scores = evaluate(net, exact if seed % 3 == 0 else exact * Fraction(2, 255) - 1)
    result = golden.run(model, pictures)
    reference = scores.astype(float).reshape(3, -1)
    assert np.abs(result.float_scores - reference).max() <= 1e-12 * np.abs(reference).max()
