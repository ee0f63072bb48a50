"""Files of known kinds that are not imported: the sentence says what each is."""

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.model.importers import import_model

ROOT = Path(__file__).parents[4]


def picture(kind):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, kind)
    return buffer.getvalue()


def torchscript():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("net/code/__torch__.py", "def forward(self, x):\n  return x\n")
        archive.writestr("net/data.pkl", b"\x80\x02}.")
    return buffer.getvalue()


def array():
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def safetensors():
    head = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return len(head).to_bytes(8, "little") + head + b"\0" * 4


KINDS = {
    "a .tflite": (b"\x1c\0\0\0TFL3\x14\0 \0", "is a network of TensorFlow Lite; import the Keras"),
    "safetensors": (safetensors(), "holds arrays alone (safetensors), and no network; export"),
    "a saved model": (b"\x08\x01\x12\x83\x01\x0a\x40" + b"\x12\x08stripped" * 6 + b"\x22\x05serve",
                      "is a saved model of TensorFlow; import the Keras model"),
    "a frozen graph": (b"\n1\n\x01x\x12\x0bPlaceholder*\x0b\n\x05dtype\x12\x020\x01",
                       "is a graph of TensorFlow; import the Keras model"),
    "TorchScript": (torchscript(), "is a TorchScript program; export the module"),
    "an array": (array(), "holds one array (.npy), and no network; export the network"),
    "a PNG": (picture("png"), "is a picture; give the network, and the picture to"),
    "a JPEG": (picture("jpeg"), "is a picture; give the network"),
    "a WEBP": (picture("webp"), "is a picture; give the network"),
    "a description": ((ROOT / "models" / "tiny.json").read_bytes(),
                      "is a description already; give it to `hwgen build`"),
    "JSON": (b' {"class_name": "Sequential"}', "is JSON, and no network that others trained; im"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
                  "is a pointer of Git LFS, and not the file; fetch the file itself"),
    "a page": (b"\n<!DOCTYPE html><html>", "is a page, and no network; fetch the file itself"),
    "gzip": (b"\x1f\x8b\x08\0", "is packed; unpack it, and import what is in it"),
    "tar": (b"net.pth".ljust(257, b"\0") + b"ustar\0", "is a tar archive; unpack it"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_says_what_a_file_is_and_what_to_do(tmp_path, kind):
    data, sentence = KINDS[kind]
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=f"^{re.escape(f'{path}: {sentence}')}"):
        import_model(path)
