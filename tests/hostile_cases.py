"""Hostile inputs for every command that reads a file: case after case, each from its number."""

import gzip
import importlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from foreign_networks import conv_arrays, decoded_arrays, dense_arrays, single_arrays
from hostile_boards import board_case
from hostile_values import (
    ARRAYS,
    TEXTS,
    Rng,
    pick,
    png,
    spoil_bytes,
    spoil_gzip,
    spoil_json,
    spoil_onnx,
    zipped,
)
from hostile_words import OPTIONS, PATHS, TAKES
from PIL import Image
from small_networks import many_kinds

from hwgen.boards.shell import board_files
from hwgen.build_folder import BOARD_FILE, BuildFolder
from hwgen.design import make_design
from hwgen.families.devices import FAMILIES
from hwgen.generate import generate
from hwgen.model import load_model
from hwgen.synth.constant_tables import find_tables, module_digests
from hwgen.synth.netlist import netlist_text, source_digest
from hwgen.synth.placed import PlacedDesign

__all__ = ["Workshop"]

KIND = os.environ.get("HWGEN_HOSTILE_KIND")
"""Of these cases alone, as the methods of `Workshop` are called: "board"."""

TINY = Path(__file__).parents[1] / "models" / "tiny.json"


class Workshop:
    """Valid files in a folder, and what is made of them.

    `case` puts the files of a case into a folder and gives the words of a command line, the first
    being "hwgen" or "sim".
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True)
        many_kinds().save(folder / "kinds.json")
        shutil.copy(TINY, folder / "tiny.json")
        model = json.loads(TINY.read_text())
        design = make_design(load_model(TINY), device="up5k", clock_mhz=24.0)
        self.build = folder / "build"
        BuildFolder(self.build).write(generate(design, 51, 16)[0])
        self._place(design)
        pictures = np.random.default_rng(1).integers(0, 256, (2, 4, 4, 1), dtype=np.uint8)
        self.pictures = pictures
        self.models = {
            "tiny": json.dumps(model).encode(),
            "kinds": (folder / "kinds.json").read_bytes(),
        }
        self.archives = [dense_arrays(), conv_arrays(), decoded_arrays(), single_arrays()]
        self.onnx = self._onnx()

    def _place(self, design: Any) -> None:
        """Make the build look as if it had been placed, as `hwgen reload` needs it."""
        verilog = self.build / "tiny.v"
        text = netlist_text(verilog.read_text(), FAMILIES["ice40"], source_digest(verilog), {})
        (self.build / "netlist.v").write_text(text)
        files = board_files(design, "icebreaker", 24.0)
        for name, data in files.items():
            (self.build / name).write_bytes(data)
        source = files["tiny_icebreaker.v"].decode()
        tables, places, count = find_tables(source), {}, 0
        for path, table in tables.items():
            places[path] = []
            for _ in FAMILIES["ice40"].tables.cells(table):
                places[path].append(((1, count // 8, count % 8), ()))
                count += 1
        tiles = [f".logic_tile 1 {y}\n" + ("0" * 54 + "\n") * 16 for y in range(count // 8 + 1)]
        placed = PlacedDesign(FAMILIES["ice40"], "\n".join(tiles), places, module_digests(source))
        (self.build / "tiny_icebreaker_placed.json.gz").write_bytes(placed.to_bytes())
        facts = {"bitstream": "tiny_icebreaker.bin"}
        (self.build / "synth.json").write_text(json.dumps(facts))
        assert json.loads(files[BOARD_FILE])["top"] == "tiny_icebreaker"

    def _onnx(self) -> bytes:
        rng = np.random.default_rng(2)
        net = importlib.import_module("qonnx_files").Net(1, 1, 4, 4).begin()
        net.dense(rng.choice([-1.0, 1.0], (8, 16))).norm(*rng.uniform(0.5, 2, (4, 8)))
        net.quantise().dense(rng.choice([-1.0, 1.0], (3, 8))).then("Mul", 0.5).then("Add", 1.0)
        return net.save(self.folder).read_bytes()

    def case(self, number: int, seed: int, work: Path) -> list[str]:
        """Make the files of a case in an empty folder; returns the words to run in that folder."""
        rng = np.random.default_rng([seed, number])
        makers = [self._model, self._model, self._folding, self._built, self._built, self._pictures,
                  self._pictures, self._import, self._import, self._reload, self._sidecar,
                  self._place_of_file, self._option, self._synth, self._evaluated,
                  self._board]  # fmt: skip
        if KIND is not None:
            makers = [getattr(self, f"_{KIND}")]
        return [str(word) for word in makers[number % len(makers)](rng, work)]

    def _board(self, rng: Rng, work: Path) -> list[Any]:
        return board_case(rng, work, TINY, self.build)

    def _model(self, rng: Rng, work: Path) -> list[Any]:
        name = pick(rng, list(self.models))
        (work / "model.json").write_bytes(spoil_json(self.models[name], rng))
        np.save(
            work / "x.npy", self.pictures if name == "tiny" else np.zeros((1, 4, 4, 3), np.uint8)
        )
        device = pick(rng, ["up5k", "ecp5-25"])
        return pick(rng, [
            ["hwgen", "build", "model.json", "-o", "out"],
            ["hwgen", "build", "model.json", "-o", "out", "--device", device],
            ["hwgen", "tables", "model.json", *pick(rng, [[], ["--json"], ["--markdown"]])],
            ["hwgen", "show", "model.json", *pick(rng, [[], ["--json"], ["--svg", "o"]])],
            ["hwgen", "show", "model.json", "--onnx", "o"],
            ["hwgen", "quantise", "model.json", "--device", "up5k"],
            ["sim", "run", "model.json", "--images", "x.npy"],
        ])  # fmt: skip

    def _folding(self, rng: Rng, work: Path) -> list[Any]:
        (work / "f.json").write_bytes(spoil_json((self.build / "folding.json").read_bytes(), rng))
        shutil.copy(TINY, work / "model.json")
        return ["hwgen", "build", "model.json", "-o", "out", "--folding", "f.json"]

    def _copy(self, rng: Rng, work: Path, names: list[str]) -> None:
        """A copy of the build, one of whose files is spoiled."""
        shutil.copytree(self.build, work / "dir")
        path = work / "dir" / pick(rng, names)
        if path.name.endswith(".gz"):
            path.write_bytes(spoil_gzip(path.read_bytes(), rng))
        elif path.suffix == ".json" and rng.random() < 0.9:
            path.write_bytes(spoil_json(path.read_bytes(), rng))
        elif rng.random() < 0.1:
            path.unlink()
        else:
            path.write_bytes(spoil_bytes(path.read_bytes(), rng))

    def _built(self, rng: Rng, work: Path) -> list[Any]:
        self._copy(
            rng, work, ["manifest.json"] * 4 + ["model.json", "folding.json", "tiny.v", "netlist.v"]
        )
        np.save(work / "x.npy", self.pictures)
        return pick(rng, [
            ["hwgen", "verify", "dir", "--frames", "1"],
            ["hwgen", "verify", "dir", "--netlist", "--images", "x.npy"],
            ["sim", "run", "dir", "--images", "x.npy", "--json"],
            ["hwgen", "run", "--port", "none", "--build", "dir", "x.npy"],
        ])  # fmt: skip

    def _synth(self, rng: Rng, work: Path) -> list[Any]:
        self._copy(
            rng, work, ["manifest.json", "manifest.json", "model.json", "folding.json", "tiny.v"]
        )
        return [
            "hwgen",
            "synth",
            "dir",
            *pick(rng, [[], ["--keep-units"], ["--board", "icebreaker"]]),
        ]

    def _reload(self, rng: Rng, work: Path) -> list[Any]:
        self._copy(
            rng,
            work,
            [
                "manifest.json",
                "board.json",
                "synth.json",
                "board.json",
                "tiny_icebreaker_placed.json.gz",
                "tiny_icebreaker_placed.json.gz",
            ],
        )
        shutil.copy(TINY, work / "model.json")
        return ["hwgen", "reload", "model.json", "dir"]

    def _pictures(self, rng: Rng, work: Path) -> list[Any]:
        data = self._picture(rng)
        name = f"x{data[0]}"
        (work / name).write_bytes(data[1])
        shutil.copy(TINY, work / "model.json")
        return pick(rng, [
            ["sim", "run", "model.json", "--images", name],
            ["hwgen", "run", "--port", "none", name],
            ["hwgen", "run", "--port", "none", "--build", self.build, name],
            ["hwgen", "verify", self._whole(work), "--images", name],
        ])  # fmt: skip

    def _evaluated(self, rng: Rng, work: Path) -> list[Any]:
        """Pictures, labels and scores in archives, tables and IDX files, one of them spoiled."""
        shutil.copy(TINY, work / "model.json")
        arrays = {"X": self.pictures, "y": np.array([1, 0]), "R": np.ones((2, 2))}
        members = {}
        spoiled = pick(rng, [*arrays, None])
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            members[f"{name}.npy"] = buffer.getvalue()
            if name == spoiled:
                members[f"{name}.npy"] = pick(rng, ARRAYS)(array, rng)
        idx = bytes((0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4)) + self.pictures.tobytes()
        files = {"x.npz": zipped(members, rng), "x-ubyte": idx, "x-ubyte.gz": gzip.compress(idx)}
        files["x.csv"] = b"path,label\na.png,horizontal\na.png,vertical\n"
        Image.fromarray(self.pictures[0, :, :, 0]).save(work / "a.png")
        for name, data in files.items():
            (work / name).write_bytes(data if rng.random() < 0.4 else spoil_bytes(data, rng))
        images = pick(rng, ["x.npz", "x.npz:X", "x.csv", "x-ubyte", "x-ubyte.gz", "."])
        labels = pick(rng, [[], ["--labels", pick(rng, ["x.npz", "x.npz:y", "x.csv"])]])
        more = pick(rng, [[], ["--reference", "x.npz"], ["--json"], ["--fit", "pad"]])
        return ["hwgen", "eval", "model.json", "--images", images, *labels, *more]

    def _whole(self, work: Path) -> str:
        if not (work / "dir").exists():
            shutil.copytree(self.build, work / "dir")
        return "dir"

    def _picture(self, rng: Rng) -> tuple[str, bytes]:
        if rng.random() < 0.5:
            return ".npy", pick(rng, ARRAYS)(self.pictures, rng)
        if rng.random() < 0.3:
            sizes = [(50_000, 30_000), (4, 4), (13_000, 13_000), (0, 4), (1 << 31, 1),
                     (4096, 4096), (4097, 4096), (9_000, 10_000)]  # fmt: skip
            width, height = pick(rng, sizes)
            depth, colour = int(pick(rng, [1, 2, 4, 8, 16])), int(pick(rng, [0, 2, 3, 4, 6, 7]))
            data = bytes(min(width * height * pick(rng, [1, 8]), 1 << 22))
            return ".png", png(width, height, depth, colour, data)
        kind = pick(rng, ["png", "jpeg", "bmp", "gif", "tiff", "webp", "ppm"])
        mode = pick(rng, ["L", "L", "RGB", "RGBA", "LA", "1", "P", "I;16", "CMYK"])
        buffer = io.BytesIO()
        try:
            Image.fromarray(self.pictures[0, :, :, 0]).convert(mode).save(buffer, kind)
        except (OSError, ValueError):
            Image.fromarray(self.pictures[0, :, :, 0]).save(buffer, "png")
        data = buffer.getvalue()
        return pick(rng, [".png", ".jpg", ".bmp", ".PNG"]), (
            data if rng.random() < 0.3 else spoil_bytes(data, rng)
        )

    def _import(self, rng: Rng, work: Path) -> list[Any]:
        if rng.random() < 0.5:
            (work / "net").write_bytes(spoil_onnx(self.onnx, rng))
        else:
            (work / "net").write_bytes(self._archive(rng))
        return pick(rng, [
            ["hwgen", "import", "net", "-o", "out.json"],
            ["hwgen", "import", "net", "-o", "out.json", "--json"],
            ["hwgen", "check", "net"],
        ])  # fmt: skip

    def _archive(self, rng: Rng) -> bytes:
        arrays = dict(pick(rng, self.archives))
        members = {}
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            members[f"{name}.npy"] = buffer.getvalue()
        name = pick(rng, list(members))
        match int(rng.integers(6)):
            case 0:
                members[name] = pick(rng, ARRAYS)(arrays[name.removesuffix(".npy")], rng)
            case 1:
                del members[name]
            case 2:
                members[pick(rng, [*TEXTS, "W9.npy", "T0.npy"]) + ".npy"] = members[name]
            case 3 if rng.random() < 0.1:
                buffer = io.BytesIO()
                np.save(buffer, np.zeros((1 << 14, pick(rng, [1 << 11, 1 << 13])), np.int8))
                members[name] = buffer.getvalue()
            case _:
                members = {k: v for k, v in members.items() if rng.random() < 0.95}
        data = zipped(members, rng)
        return spoil_bytes(data, rng) if rng.random() < 0.3 else data

    def _sidecar(self, rng: Rng, work: Path) -> list[Any]:
        document = json.loads(self.models["tiny"])
        weights = np.array(document["layers"][0]["weights"], np.int8)
        member = pick(rng, ARRAYS)(weights, rng) if rng.random() < 0.8 else b""
        data = zipped({"k.npy": member}, rng)
        (work / "w.npz").write_bytes(spoil_bytes(data, rng) if rng.random() < 0.3 else data)
        name = pick(
            rng, ["w.npz"] * 8 + ["../w.npz", "/dev/zero", "none", "a\nb", "\x00", "x" * 300]
        )
        document["layers"][0]["weights"] = {"npz": name, "key": pick(rng, ["k"] * 8 + ["", "\n"])}
        (work / "model.json").write_text(json.dumps(document))
        return ["hwgen", "tables", "model.json"]

    def _base(self, command: str, work: Path) -> list[Any]:
        """A good command line, files included."""
        shutil.copy(TINY, work / "model.json")
        np.save(work / "x.npy", self.pictures)
        np.save(work / "y.npy", np.array([1, 0]))
        return {
            "build": ["hwgen", "build", "model.json"],
            "show": ["hwgen", "show", "model.json"],
            "tables": ["hwgen", "tables", "model.json"],
            "quantise": ["hwgen", "quantise", "model.json", "--device", "up5k"],
            "import": ["hwgen", "import", "x.npy"],
            "check": ["hwgen", "check", "x.npy"],
            "verify": ["hwgen", "verify", self._whole(work)],
            "synth": ["hwgen", "synth", self._whole(work)],
            "reload": ["hwgen", "reload", "model.json", self._whole(work)],
            "run": ["hwgen", "run", "--port", "none", "x.npy"],
            "eval": ["hwgen", "eval", "model.json", "--images", "x.npy", "--labels", "y.npy"],
            "sim": ["sim", "run", "model.json", "--images", "x.npy"],
        }[command]

    def _option(self, rng: Rng, work: Path) -> list[Any]:
        command = pick(rng, [c for c in TAKES if c not in ("synth", "reload")])
        option = pick(rng, [o for o in TAKES[command] if o in OPTIONS] or ["--no-such-option"])
        return [*self._base(command, work), option, pick(rng, OPTIONS[option])]

    def _place_of_file(self, rng: Rng, work: Path) -> list[Any]:
        """A path that is no plain file, or has an odd name, where something is read or written."""
        (work / "folder").mkdir()
        (work / "folder.npy").mkdir()
        (work / "rtl_out").write_text("no folder")
        (work / "loop").symlink_to("loop")
        for pipe in ("pipe", "pipe.npy"):
            os.mkfifo(work / pipe)
        path = pick(rng, PATHS)
        command = pick(rng, list(TAKES))
        words = self._base(command, work)
        options = [o for o in TAKES[command] if o not in OPTIONS]
        if options and rng.random() < 0.5:
            return [*words, pick(rng, options), path]
        at = {"run": 4, "sim": pick(rng, [2, 4]), "reload": pick(rng, [2, 3])}.get(command, 2)
        at = pick(rng, [2, 4, 6]) if command == "eval" else at
        return [*words[:at], path, *words[at + 1 :]]
