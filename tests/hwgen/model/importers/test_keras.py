"""Keras models: the one that its author published, what files leave open, and what is refused."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from keras_files import Net
from keras_reference import kernel_of, value_quantiser
from shared_data import mnist_test, shared_file

from hwgen.errors import ModelError
from hwgen.model.importers import Options, import_model
from hwgen.model.importers.keras.kernels import quantised_weights
from hwgen.model.importers.keras.levels import levels_of
from hwgen.model.importers.keras.quantisers import read_quantiser
from hwgen.model.importers.keras.topology import topology_of
from sim import golden

pytest.importorskip("h5py", reason="needs the package h5py")

SIGN = {"kernel_quantizer": "ste_sign", "use_bias": False}
KERNEL = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)


def dense_net(config=None, kind="QuantDense", arrays=None, **more):
    net = Net(4, **more)
    net.add(kind, SIGN | (config or {}), {"kernel": KERNEL} if arrays is None else arrays)
    return net


def refused(folder, net, message, ending="h5"):
    path = net.save(folder, ending)
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        import_model(path)


def test_a_published_network_has_the_accuracy_of_its_author_on_mnist():
    # Its author gives it bits of the pictures, 0 and 1.
    path = shared_file("models/public/larq_mnist_dense.h5")
    model, importer = import_model(path, Options(pixels="bits"))
    assert importer.name == "keras"
    assert model.provenance["dropped"] == "Softmax"
    assert model.provenance["pixels"] == "bits: 1 above 127, else 0; as asked for"
    pictures, labels = mnist_test()
    right = sum(
        int((golden.run(model, pictures[k : k + 1000]).classes == labels[k : k + 1000]).sum())
        for k in range(0, 10_000, 1000)
    )
    assert right == 8284


@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_both_layouts_of_both_generations_are_one_network(tmp_path, generation, ending):
    net = Net(6, 6, 1, generation=generation)
    rng = np.random.default_rng(2)
    net.add("QuantConv2D", SIGN | {"kernel_size": [3, 3], "strides": [1, 1]},
            {"kernel": rng.normal(size=(3, 3, 1, 2))})  # fmt: skip
    twins = [net.add("Activation", {"activation": "ste_sign"}, inputs=[net.layers[1]["name"]])
             for _ in range(2)]  # fmt: skip
    net.add("Concatenate", {}, inputs=twins)
    net.add("Flatten")
    net.add("QuantDense", SIGN, {"kernel": rng.normal(size=(64, 3))})
    model, _ = import_model(net.save(tmp_path, ending))
    assert [layer.kind for layer in model.layers if layer.kind != "sign"] == [
        "conv2d", "batch_norm", "batch_norm", "concat", "flatten", "dense",
    ]  # fmt: skip
    kernel = net.layers[1]["arrays"]["kernel"].transpose(3, 0, 1, 2)
    assert np.array_equal(model.named["conv0"].weights, np.where(kernel >= 0, 1, -1))


def test_a_depthwise_kernel_of_keras_3_is_called_like_all_others(tmp_path):
    rng = np.random.default_rng(3)
    net = Net(5, 5, 2, generation=3)
    net.add("Activation", {"activation": "ste_sign"})
    config = {"depthwise_quantizer": "ste_sign", "use_bias": False, "kernel_size": [2, 2]}
    net.add("QuantDepthwiseConv2D", config, {"kernel": rng.normal(size=(2, 2, 2, 1))})
    model, _ = import_model(net.save(tmp_path), Options(pixels="signed"))
    assert model.named["conv0"].kind == "depthwise_conv2d"


def test_weights_that_are_integers_need_no_quantiser(tmp_path):
    net = dense_net({"kernel_quantizer": None}, "Dense", {"kernel": np.sign(KERNEL)})
    model, _ = import_model(net.save(tmp_path))
    assert model.named["dense0"].weight_bits == 1


def test_what_nothing_reads_is_left_out(tmp_path):
    net = dense_net()
    net.add("Lambda", {}, inputs=[net.last])
    net.add("Activation", {"activation": "softmax"}, inputs=[net.layers[1]["name"]])
    assert import_model(net.save(tmp_path))[0].provenance["dropped"] == "Softmax"


FLOAT = (
    "has float weights and no quantiser; use a layer of Larq or QKeras \\(QuantDense, QConv2D\\) "
    "with a kernel_quantizer, and train with it"
)
LAYER = r"layer 'l1_\w+' \(\w+\): "


@pytest.mark.parametrize(
    ("kind", "config", "arrays", "message"),
    [
        ("Dense", {"kernel_quantizer": None}, None, FLOAT),
        ("QuantDense", {}, {}, "has no kernel in the file"),
        ("QuantDense", {}, {"kernel": KERNEL * np.nan}, "must have finite numbers as its kernel"),
        ("QuantDense", {}, {"kernel": KERNEL[0]}, "must have weights of 2 axes, not 1"),
        ("QuantDense", {}, {"kernel": KERNEL[:3]}, "must have a matrix for 4 inputs, .*"),
        ("QuantDense", {"use_bias": 3}, None, "its use_bias must be true or false, not 3"),
        ("QuantDense", {"activation": "tanh"}, None, "has the activation 'tanh', which is not .*"),
        ("QuantDense", {"kernel_quantizer": "lambda x: x"}, None, "has the quantiser .*"),
        ("Lambda", {}, {}, "is a program, and none of a file is run; put a layer of Keras in .*"),
        ("LSTM", {}, {}, "is of a kind that is not imported"),
        ("ZeroPadding2D", {}, {}, "must read maps"),
        ("Reshape", {"target_shape": [3, 2]}, {}, r"has the target_shape \[3, 2\] for 4 numbers"),
        ("BatchNormalization", {}, {}, "has no gamma in the file"),
    ],
)  # fmt: skip
def test_a_layer_that_cannot_be_imported_is_one_sentence(tmp_path, kind, config, arrays, message):
    refused(tmp_path, dense_net(config, kind, arrays), LAYER + message)


def test_weights_are_those_of_the_last_qkeras_and_where_versions_disagree_it_is_said(tmp_path):
    rng = np.random.default_rng(5)
    found, net = [], Net(4)
    for text in (
        "quantized_bits(4,0,1)",
        "quantized_bits(3)",
        "quantized_bits(4,1,1,alpha='auto')",
    ):
        for _ in range(10):
            kernel = (rng.normal(size=(4, 3)) * rng.uniform(0.05, 2)).astype(np.float32)
            made = quantised_weights(read_quantiser(text), kernel, kernel=True)
            assert (made.integers * made.scale == kernel_of(text, kernel)).all()
            found.append(made.sure)
            net = dense_net({"kernel_quantizer": text}, "QDense", {"kernel": kernel})
    assert {True, False} == set(found)
    provenance = import_model(net.save(tmp_path))[0].provenance
    assert provenance["weights"].startswith("of l1_qdense as QKeras 0.9 finds their scales; ")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("quantized_po2(4)", "has the quantiser 'quantized_po2', which is not imported"),
        ("quantized_bits(4,0,1,use_stochastic_rounding=1)", "has .* use_stochastic_rounding=1, .*"),
        ("quantized_relu(4,0,1)", "has the quantiser quantized_relu with use_sigmoid=1, .*"),
        ("quantized_bits(4,qnoise_factor=0.0)", "has the quantiser .* qnoise_factor=0.0, .*"),
        ("quantized_bits(__import__('os'))", "has the quantiser .*, which is not imported"),
        ("quantized_tanh(4,use_real_tanh=True)", "has .* use_real_tanh=True, .*"),
        ("(" * 250, r"has the quantiser '\(+.*\(+', which is not imported"),
        ("x" * 400, "has a quantiser of more than 300 letters"),
        (7, "has a quantiser 7, which is no name and no object"),
        ({"class_name": "SteSign"}, "has a quantiser that is not described"),
    ],
)
def test_a_quantiser_that_is_not_known_is_one_sentence(given, message):
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_quantiser(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("binary(alpha='auto')", "has alpha='auto', a scale that depends on all values; give a .*"),
        ("quantized_bits(9)", "its bits must be 1 to 8, not 9"),
        ("ternary(alpha=-1.0)", "its alpha must be above 0, not -1.0"),
        ("magnitude_aware_sign", "rounds values between layers by magnitude_aware_sign, .*"),
        ({"class_name": "SteTern", "config": {"ternary_weight_networks": True}},
         "has a threshold that depends on all values; give threshold_value"),
        ({"class_name": "DoReFa", "config": {"mode": "weights"}}, "rounds .* as weights; .*"),
    ],
)  # fmt: skip
def test_values_cannot_be_rounded_by_what_depends_on_all_of_them(given, message):
    quantiser = read_quantiser(given)
    assert quantiser is not None
    with pytest.raises(ModelError, match=f"^{message}$"):
        levels_of(quantiser)


def described(*layers, **more):
    return {"class_name": "Functional", "config": {
        "layers": list(layers), "input_layers": [["a", 0, 0]],
        "output_layers": [["b", 0, 0]], **more,
    }}  # fmt: skip


def entry(name, *sources, kind="Dense", calls=None, **config):
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    return {"class_name": kind, "name": name, "config": {"name": name} | config,
            "inbound_nodes": nodes if calls is None else calls}  # fmt: skip


BEGIN = entry("a", kind="InputLayer", batch_input_shape=[None, 4])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"class_name": "Mine", "config": {}}, "must be a Sequential or a Functional model, .*"),
        (described(), "must have 1 to 4,096 layers"),
        (described(BEGIN, entry("b", "c")), r"layer 'b' \(Dense\): reads 'c', which is no layer"),
        (described(BEGIN, entry("b", "a", "b")), r"layer 'b' \(Dense\): reads, by a cycle, .*"),
        (described(BEGIN, BEGIN), "has two layers of the name 'a'"),
        (described(BEGIN, entry("b", calls=[[["a", 0, 0]]] * 2)), "layer 'b': is used 2 times; .*"),
        (described(BEGIN, entry("c", kind="InputLayer"), entry("b", "a", "c")), ".* beside .*"),
        (described(BEGIN, entry("b", "a", kind="Sequential")), ".*: is a model inside .*"),
        (described(entry("a", kind="InputLayer"), entry("b", "a")), "its input has no shape; .*"),
        (described(BEGIN, entry("b", calls=[{"args": [7]}])), ".*: reads what no layer makes"),
        (described(BEGIN, 7), "has a layer that is not described"),
        (described(BEGIN, entry("b", "a"), output_layers=[["a", 0, 0], ["b", 0, 0]]),
         "must have one input and one output; .*"),
    ],
)  # fmt: skip
def test_a_model_that_is_no_chain_of_known_layers_is_one_sentence(document, message):
    with pytest.raises(ModelError, match=f"^{message}$"):
        topology_of(json.loads(json.dumps(document)))


@pytest.mark.parametrize(
    "given",
    [
        "ste_sign", "binary(alpha=0.75)", "binary(use_01=True)", "ternary()", "quantized_bits(1)",
        "ternary(alpha=1.5, threshold=0.5)", "quantized_bits(4,0,1)", "quantized_bits(3,1)",
        "quantized_bits(2,0,0,False,alpha=0.3)", "quantized_relu(3,1)", "quantized_tanh(3)",
        {"class_name": "SteHeaviside", "config": {}},
        {"class_name": "SteTern", "config": {"threshold_value": 0.5}},
        {"class_name": "SteTern", "config": {"threshold_value": 0.0}},
        {"class_name": "DoReFa", "config": {"k_bit": 3}},
        {"class_name": "quantized_tanh", "config": {"bits": 3, "symmetric": True}},
    ],
)  # fmt: skip
def test_each_level_begins_where_it_is_defined_to_ties_included(given):
    quantiser = read_quantiser(given)
    assert quantiser is not None
    levels, defined = levels_of(quantiser), value_quantiser(given)
    for cut in levels.cuts[0]:
        for x in (cut, cut - Fraction(1, 1 << 60), cut + Fraction(1, 1 << 60)):
            reached = int(levels.reached(np.array([x], object))[0])
            assert levels.scale.item() * (levels.low + levels.step * reached) == defined(x)
