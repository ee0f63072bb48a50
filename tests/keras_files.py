"""Keras files made layer by layer, in the layouts of Keras 2 and 3, by h5py alone."""

import io
import json
import re
import zipfile

import h5py
import numpy as np

__all__ = ["Net"]


class Net:
    """Layers of a model in order; each reads the one before, or those that are named."""

    def __init__(self, *shape, generation=2):
        self.shape, self.generation = shape, generation
        self.layers = []
        self.add("InputLayer", {}, inputs=[])

    def add(self, kind, config=None, arrays=None, inputs=None):
        name = f"l{len(self.layers)}_{kind.lower()}"
        if inputs is None:
            inputs = [self.layers[-1]["name"]] if self.layers else []
        self.layers.append(
            {"kind": kind, "name": name, "config": dict(config or {}), "inputs": list(inputs),
             "arrays": {k: np.asarray(v, np.float32) for k, v in (arrays or {}).items()}}
        )  # fmt: skip
        return name

    @property
    def last(self):
        return self.layers[-1]["name"]

    @property
    def straight(self):
        names = [layer["name"] for layer in self.layers]
        return all(
            layer["inputs"] == [before]
            for layer, before in zip(self.layers[1:], names[:-1], strict=True)
        )

    def document(self):
        """What describes the model: Sequential where it can be, else Functional."""
        entries = [self._entry(layer) for layer in self.layers]
        if self.straight:
            kind, config = "Sequential", {"name": "net", "layers": entries}
        else:
            ends = [[self.layers[0]["name"], 0, 0]], [[self.last, 0, 0]]
            if self.generation == 3:
                ends = ends[0][0], ends[1][0]
            config = {"name": "net", "layers": entries, "input_layers": ends[0]}
            kind, config = "Functional", config | {"output_layers": ends[1]}
        return {"class_name": kind, "config": config}

    def _entry(self, layer):
        config = {"name": layer["name"], "trainable": True, "dtype": "float32"} | layer["config"]
        if layer["kind"] == "InputLayer":
            key = "batch_shape" if self.generation == 3 else "batch_input_shape"
            config[key] = [None, *self.shape]
        nodes = [[source, 0, 0, {}] for source in layer["inputs"]]
        calls = [nodes] if nodes else []
        if self.generation == 3 and nodes:
            tensors = [
                {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
                for source in layer["inputs"]
            ]
            calls = [{"args": [tensors] if len(tensors) > 1 else tensors, "kwargs": {}}]
        entry = {"class_name": layer["kind"], "config": config, "inbound_nodes": calls}
        return entry if self.generation == 3 else entry | {"name": layer["name"]}

    def save(self, folder, ending="h5"):
        path = folder / f"net.{ending}"
        if ending == "h5":
            with h5py.File(path, "w") as file:
                self.write(file)
            return path
        weights = io.BytesIO()
        with h5py.File(weights, "w") as file:
            self.write_numbered(file)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.0.0"}))
            archive.writestr("config.json", json.dumps(self.document()))
            archive.writestr("model.weights.h5", weights.getvalue())
        return path

    def write(self, file):
        """The layout of .h5: arrays by the names of layers."""
        file.attrs["model_config"] = json.dumps(self.document())
        file.attrs["keras_version"] = f"{self.generation}.0.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [layer["name"] for layer in self.layers]
        end = ":0" if self.generation == 2 else ""
        for layer in self.layers:
            inner = group.create_group(layer["name"])
            paths = [f"{layer['name']}/{role}{end}" for role in layer["arrays"]]
            inner.attrs["weight_names"] = paths
            for path, array in zip(paths, layer["arrays"].values(), strict=True):
                packed = "gzip" if array.size > 50 else None
                inner.create_dataset(path, data=array, compression=packed)

    def write_numbered(self, file):
        """The layout of .keras: classes counted, arrays numbered."""
        seen = {}
        for layer in self.layers:
            kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", layer["kind"])
            kind = re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()
            number = seen[kind] = seen.get(kind, -1) + 1
            inner = file.create_group(f"layers/{kind}{f'_{number}' if number else ''}/vars")
            for k, array in enumerate(layer["arrays"].values()):
                inner.create_dataset(str(k), data=array)
