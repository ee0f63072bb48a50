"""Ways to spoil a file: bytes, JSON, arrays, zip archives and ONNX graphs, each from a seed."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx

__all__ = [
    "ARRAYS",
    "Rng",
    "png",
    "spoil_bytes",
    "spoil_gzip",
    "spoil_json",
    "spoil_onnx",
    "zipped",
]

Rng = np.random.Generator

NUMBERS: list[Any] = [
    -1, 0, 1, 2, 3, 255, 256, 65535, 65536, 10**6, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63,
    2**64, -(2**63), 10**30, 10**308, -(10**308), 0.5, -0.0, 1e-320, 1e300, -1e308, 3.0,
]  # fmt: skip
TEXTS = [
    "", " ", "x" * 300, "a\nb", "\x00", "\x1b[31m", "\ud800", "input", "module", "clk", "../../x",
    "/", "1/0", "1/3", "1e400", "-7/5", "nan", "NaN", "é", "[red]", "[/x]", ":smile:", "0x10",
    "9" * 5000, "1e1000000000", "\u2028", "same", "valid", "generic", "up5k", "%s", "{0}",
]  # fmt: skip
KINDS = [
    "sign", "relu", "flatten", "max_pool", "dense", "conv2d", "quantise", "batch_norm", "add",
    "concat", "average_pool", "depthwise_conv2d", "affine", "table", "ceil", "floor",
]  # fmt: skip
LUMPS = [
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"9" * 5000, b"9" * 400, b"\x00",
    b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 3000, b'{"a":' * 3000, b'"', b"\\", b"\\ud800", b"null",
    b"//", b"0x1", b"01", b"1.", b"\n\n", b"\r", b"true", b'{"a":1,"a":2}', b"-", b"1e-9999999",
]  # fmt: skip


def pick(rng: Rng, options: Any) -> Any:
    """One of a list, whatever is in it."""
    return options[int(rng.integers(len(options)))]


def spoil_bytes(data: bytes, rng: Rng) -> bytes:
    """Flip, cut, double, drop or replace some of it."""
    spoiled = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at, end = sorted(int(x) for x in rng.integers(0, len(spoiled) + 1, 2))
        match int(rng.integers(9)):
            case 0 | 1:
                for place in rng.integers(0, max(len(spoiled), 1), int(rng.integers(1, 9))):
                    if spoiled:
                        spoiled[place] ^= 1 << int(rng.integers(8))
            case 2:
                del spoiled[at:]
            case 3:
                spoiled[at:at] = pick(rng, LUMPS)
            case 4:
                spoiled[at : at + 4] = struct.pack("<I", int(rng.integers(1 << 32)))
            case 5:
                del spoiled[at : min(end, at + 64)]
            case 6:
                spoiled[at:at] = spoiled[at : min(end, at + 64)]
            case 7:
                spoiled[at : at + 16] = bytes(min(16, len(spoiled) - at))
            case _:
                spoiled[at:at] = rng.bytes(int(rng.integers(1, 40)))
    return bytes(spoiled)


def hostile(rng: Rng, old: Any) -> Any:
    """A value to put in the place of another one."""
    deep: Any = 1
    for _ in range(int(rng.integers(1, 60))):
        deep = [deep] if rng.integers(2) else {"a": deep}
    options: list[Any] = [
        None, True, False, [], {}, [[]], [{}], deep, pick(rng, NUMBERS), pick(rng, NUMBERS),
        pick(rng, TEXTS), pick(rng, TEXTS), [old], {"a": old}, [old, old], str(old)[:400],
        [pick(rng, NUMBERS)] * int(rng.integers(1, 300)),
    ]  # fmt: skip
    if type(old) in (int, float):
        options += [
            -old,
            old + 1,
            old * 2,
            old * 1000,
            float(old),
            old / 3,
            old - 1,
            pick(rng, NUMBERS),
        ]
    if isinstance(old, list) and old:
        options += [old[:-1], old[::-1], old + old[:1], old * 2]
    return pick(rng, options)


def spoil_json(data: bytes, rng: Rng) -> bytes:
    """Replace, drop, add or double values of a document, or spoil its text."""
    if rng.random() < 0.25:
        return spoil_bytes(data, rng)
    document = json.loads(data)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            _swap_figure(document, rng)
        return json.dumps(document).encode()
    for _ in range(int(rng.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        # As often one near the top as one of the many figures.
        depths = sorted({depth for depth, _, _ in places})
        depth = pick(rng, depths)
        _, holder, key = pick(rng, [p for p in places if p[0] == depth])
        match int(rng.integers(5)):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[pick(rng, [*TEXTS, "weights", "padding", "inputs", "kind"])] = holder[key]
            case 1:
                holder.insert(key, holder[key])
            case _:
                holder[key] = hostile(rng, holder[key])
    return json.dumps(document).encode()


def _swap_figure(document: Any, rng: Rng) -> None:
    """Put another figure, name or truth in the place of one, so that the schema may let it pass."""
    leaves = [p for p in _places(document) if not isinstance(p[1][p[2]], dict | list)]
    if not leaves:
        return
    depth = pick(rng, sorted({depth for depth, _, _ in leaves}))
    _, holder, key = pick(rng, [p for p in leaves if p[0] == depth])
    old = holder[key]
    if isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, str):
        texts = [x for _, h, k in leaves if isinstance(x := h[k], str)]
        holder[key] = pick(
            rng, [*texts, *KINDS, pick(rng, TEXTS), "1/3", "7/5", 0.1, 1e300, 1e-300]
        )
    elif isinstance(old, int):
        holder[key] = pick(
            rng, [*range(17), -1, old + 1, old * 2, -old, pick(rng, NUMBERS), 64, 1000]
        )
    else:
        old = old or 0.0
        holder[key] = pick(
            rng, [0, 1e-300, 1e300, -1.0, 0.1, old * 3, -old, pick(rng, NUMBERS), "1/3"]
        )


def _places(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield depth, value, key
            yield from _places(value[key], depth + 1)


def spoil_gzip(data: bytes, rng: Rng) -> bytes:
    """Spoil what is packed, or the packing; or pack much of nothing."""
    match int(rng.integers(5)):
        case 0:
            return spoil_bytes(data, rng)
        case 1:
            return gzip.compress(b"[" + b" " * (1 << 28), 9) if rng.random() < 0.05 else data[:-9]
        case _:
            return gzip.compress(spoil_json(gzip.decompress(data), rng), 1)


def zipped(members: dict[str, bytes], rng: Rng) -> bytes:
    """A zip archive, packed in one way or another, whose directory may lie."""
    buffer = io.BytesIO()
    method = pick(rng, [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED] * 3 + [12, 14])
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            # What zipfile would not write.
            archive.writestr(name.encode(errors="replace").decode().strip("\0") or "x", data)
    data = bytearray(buffer.getvalue())
    if rng.random() < 0.3 and (at := data.rfind(b"PK\x01\x02")) >= 0:
        place = at + pick(rng, [8, 10, 16, 20, 24, 28, 30, 42])
        size = pick(rng, [0, 1, 10, 0x7FFFFFFF, 0xFFFFFFFF])
        data[place : place + 4] = struct.pack("<I", size)
    return bytes(data)


def _header(shape: str, descr: str = "'|u1'", order: str = "False") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _npy(array: Any, **more: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **more)
    return buffer.getvalue()


SHAPES = [
    "(1, 4, 4, 1.5)", "(9223372036854775808, 4, 4, 1)", "(-1, 4, 4, 1)", "4", "()",
    "(True, 4, 4, 1)",
    "(0, 9223372036854775807)", "(4294967296, 4294967296)", "('4', 4)", "(1, 4, 4, 1", "(9**99,)",
    "(" * 5000, "-" * 5000 + "1", "(1,) * 10", "(16777216, 4, 4, 1)", "None", "(1L, 4L, 4L, 1L)",
    "(" + "1, " * 40 + ")",
]  # fmt: skip
DESCRS = [
    "'|O'", "'<f8'", "'|V0'", "'<U0'", "'<U1000000000'", "[('a', '<f8')]", "'|u1', 'x': 1", "'zz'",
    "'>u2'", "'<M8[s]'", "'<c16'", "12", "None", "('|u1', (1000000,))", "'|b1'",
]  # fmt: skip

ARRAYS: list[Callable[[Any, Rng], bytes]] = [
    lambda array, rng: spoil_bytes(_npy(array), rng),
    lambda array, rng: spoil_bytes(_npy(array)[:160], rng),
    lambda array, rng: _header(pick(rng, SHAPES)) + array.tobytes(),
    lambda array, rng: _header(str(array.shape), pick(rng, DESCRS)) + array.tobytes(),
    lambda array, rng: _npy(np.zeros(array.shape, pick(rng, ["i1", "i8", "f4", "c8", "U3", "?"]))),
    lambda array, rng: _npy(array.reshape(pick(rng, [(-1,), (1, -1), (-1, 1), (1,) * 5 + (-1,)]))),
    lambda array, rng: _npy(np.atleast_1d(array)[:0]),
    lambda array, rng: _npy(array) + rng.bytes(int(rng.integers(1, 99))),
    lambda array, rng: _npy(np.array([{}, array], object), allow_pickle=True),
    lambda array, rng: _npy(np.asfortranarray(array)),
    lambda array, rng: b"\x93NUMPY\x02\x00" + struct.pack("<I", int(rng.integers(1 << 32))) + b"{",
]  # fmt: skip


def png(width: int, height: int, depth: int, colour: int, data: bytes, more: bytes = b"") -> bytes:
    """A PNG file with that header, whatever the data are."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(data, 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


OPS = [
    "Add", "Mul", "Div", "Sub", "Pow", "Concat", "Expand", "Tile", "Gather", "Reshape", "Sqrt",
    "ConstantOfShape", "Identity", "Transpose", "Unsqueeze", "Constant", "Gemm", "Conv", "", "Pad",
    "Resize", "BipolarQuant", "MatMul", "BatchNormalization", "Shape",
]  # fmt: skip


def spoil_onnx(data: bytes, rng: Rng) -> bytes:
    """Spoil numbers, shapes, names, attributes or nodes of a graph, or its bytes."""
    if rng.random() < 0.3:
        return spoil_bytes(data, rng)
    model = onnx.load_model_from_string(data)
    graph = model.graph
    node, tensor = pick(rng, graph.node), pick(rng, graph.initializer)
    match int(rng.integers(11)):
        case 0:
            node.op_type = pick(rng, OPS)
        case 1:
            numbers = np.array(onnx.numpy_helper.to_array(tensor))
            odd = pick(rng, [np.nan, np.inf, -np.inf, 0, 1e-45, -1e38, 3.5])
            if numbers.dtype.kind == "f":
                numbers.flat[: int(rng.integers(numbers.size + 1))] = odd
                raw = numbers.tobytes()
                # A signalling NaN makes NumPy warn where others do not.
                tensor.raw_data = raw[:-4] + b"\x01\x00\xa0\x7f" if rng.integers(2) else raw
                tensor.ClearField("float_data")
        case 2:
            tensor.dims[:] = [
                pick(rng, [0, 1, -1, 7, 1 << 31, 1 << 62]) for _ in range(rng.integers(5))
            ]
        case 3:
            tensor.data_type = int(rng.integers(30))
        case 4:
            node.input[:] = [pick(rng, [*node.input, graph.node[0].output[0], "", "none", "x"])
                             for _ in range(rng.integers(6))]  # fmt: skip
        case 5:
            del graph.node[int(rng.integers(len(graph.node)))]
        case 6:
            graph.node.insert(int(rng.integers(len(graph.node))), node)
        case 7:
            del node.attribute[:]
            for name in ("axis", "perm", "value", "epsilon", "signed", "axes", "training_mode"):
                value = pick(rng, [1, -1, 99, 1.5, float("nan"), [1, 0], [0.5], "x", tensor, []])
                if value != []:
                    node.attribute.append(onnx.helper.make_attribute(name, value))
        case 8:
            size = graph.input[0].type.tensor_type.shape.dim
            pick(rng, list(size)).dim_value = pick(rng, [0, -1, 3, 1 << 20, (1 << 63) - 1])
        case 9:
            grow, last = pick(rng, ["Add", "Mul", "Concat", "Gather", "Pow"]), tensor.name
            for k in range(int(rng.integers(1, 60))):
                more = (
                    [onnx.helper.make_attribute("axis", 0)] if grow in ("Concat", "Gather") else []
                )
                made = onnx.helper.make_node(grow, [last, last], [f"grown{k}"])
                made.attribute.extend(more)
                graph.node.insert(k, made)
                last = f"grown{k}"
        case _:
            side = int(rng.integers(1, 70_000))
            for k, shape in enumerate(((side, 1), (1, side))):
                graph.initializer.append(
                    onnx.numpy_helper.from_array(np.ones(shape, np.float32), f"side{k}")
                )
            op = pick(rng, ["Mul", "Add", "Pow", "Div"])
            graph.node.insert(0, onnx.helper.make_node(op, ["side0", "side1"], ["outer"]))
    return model.SerializeToString()
