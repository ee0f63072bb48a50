"""The folder of a build: which files it has, and how they come to be there whole or not at all."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwgen.errors import ModelError, located
from hwgen.files import write_whole
from hwgen.readers.files import is_file, is_folder
from hwgen.readers.json_object import read_json

__all__ = [
    "BENCH_SUFFIX",
    "BOARD_FILE",
    "BOARD_SOURCE",
    "CORE_SUFFIX",
    "FOLDING_FILE",
    "MANIFEST_FILE",
    "MEMORY_SUFFIX",
    "MODEL_FILE",
    "PIXELS_SUFFIX",
    "PLACED_SUFFIX",
    "SCORES_SUFFIX",
    "TEMPLATE_SUFFIX",
    "WEIGHTS_SUFFIX",
    "BuildFolder",
]

WEIGHTS_SUFFIX = "_weights.bin"
"""Behind the name of a design: the words that fill its SPRAMs, 16 bits little-endian."""

MEMORY_SUFFIX = ".mem"
"""Of a table that the Verilog reads."""

PLACED_SUFFIX = "_placed.json.gz"
"""Of a placed design whose tables can be filled again, behind the name of the board's top."""

TEMPLATE_SUFFIX = "_template.vh"
"""Of the instance of a design to copy into others, behind its name."""

BENCH_SUFFIX = "_tb.v"
PIXELS_SUFFIX = "_tb_pixels.hex"
SCORES_SUFFIX = "_tb_scores.hex"
"""Of its test bench, and of what that replays and expects."""

CORE_SUFFIX = ".core"
"""Of FuseSoC's description of it."""

INTEGRATION_SUFFIXES = (TEMPLATE_SUFFIX, BENCH_SUFFIX, PIXELS_SUFFIX, SCORES_SUFFIX, CORE_SUFFIX)
"""Of what is for who puts a design into one of their own."""

MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.json"
FOLDING_FILE = "folding.json"
BOARD_FILE = "board.json"
BOARD_SOURCE = "board.toml"


@dataclass(frozen=True)
class BuildFolder:
    """A folder that holds a build, or will.

    A build is ``manifest.json``, the description and the folding that it was made of, the Verilog,
    and what the Verilog needs. Verification and synthesis put their results beside them.

    Parameters
    ----------
    path : Path
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """What the build is, for people and other programs."""
        return self.path / MANIFEST_FILE

    @property
    def model(self) -> Path:
        """The description that it was made of."""
        return self.path / MODEL_FILE

    @property
    def folding(self) -> Path:
        """The folding, as ``--folding`` takes it."""
        return self.path / FOLDING_FILE

    @property
    def verification(self) -> Path:
        """Result of ``hwgen verify``."""
        return self.path / "verify.json"

    @property
    def energy(self) -> Path:
        """Result of ``hwgen energy``."""
        return self.path / "energy.json"

    @property
    def synthesis(self) -> Path:
        """Result of ``hwgen synth``."""
        return self.path / "synth.json"

    @property
    def floorplan(self) -> Path:
        """Where its cells are, of the fastest placement of ``hwgen synth``."""
        return self.path / "floorplan.json"

    @property
    def netlist(self) -> Path:
        """What synthesis made of the Verilog."""
        return self.path / "netlist.v"

    @property
    def board(self) -> Path:
        """What is to be known of the board that it was synthesised for."""
        return self.path / BOARD_FILE

    @property
    def board_source(self) -> Path:
        """The board that it was built or synthesised for, as its file says it."""
        return self.path / BOARD_SOURCE

    @property
    def synthesis_logs(self) -> Path:
        """Folder of the logs of synthesis."""
        return self.path / "synth"

    @property
    def bench(self) -> Path:
        """Folder of a bench that was kept."""
        return self.path / "verify"

    @property
    def _results(self) -> tuple[Path, ...]:
        """What commands found of a build, which is not true of the next one."""
        return self.verification, self.energy, self.synthesis, self.floorplan, self.netlist

    def verilog(self, top: str) -> Path:
        """Verilog of the top module with that name."""
        return self.path / f"{top}.v"

    def weights(self, top: str) -> Path:
        """Words that fill the SPRAMs of a design."""
        return self.path / (top + WEIGHTS_SUFFIX)

    def placed(self, top: str) -> Path:
        """The placed design of a board, to be given other weights."""
        return self.path / (top + PLACED_SUFFIX)

    def read_manifest(self) -> dict[str, Any]:
        """The manifest.

        Raises
        ------
        ModelError
            If there is no build; names the folder.
        """
        if not is_folder(self.path):
            raise ModelError(f"{self.path}: is no folder; run `hwgen build` first")
        if not is_file(self.manifest):
            raise ModelError(f"{self.path}: has no {self.manifest.name}; run `hwgen build` first")
        with located(str(self.manifest)):
            return read_json(self.manifest, "it")

    def check(self) -> None:
        """Refuse a folder that `write` would, before any work is done for it.

        Raises
        ------
        ModelError
            If the folder cannot be written to, or holds something that is no build.
        """
        path = self.path
        places = [path.parent] if self._is_fresh() else [path, path.parent]
        try:
            for place in places:
                while not place.exists():
                    place = place.parent
                Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=place)).rmdir()
        except (OSError, ValueError) as error:
            raise _unwritten(path, error) from error

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put the files of a build into the folder, by name, all of them or none.

        Everything is written beside the folder first. The old manifest goes before the first file
        is replaced and the new one comes last, so an interrupted build is never taken for a good
        one. Results of an older build go.

        Raises
        ------
        ModelError
            If the folder cannot be written to, or holds something that is no build.
        """
        path, fresh, staging = self.path, self._is_fresh(), None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
            for name, data in files.items():
                (staging / name).write_bytes(data)
            staging.chmod(0o755)
            if fresh:
                os.rename(staging, path)
                return
            for old in (self.manifest, *self._results):
                old.unlink(missing_ok=True)
            # This build may need fewer files than the one before.
            for suffix in (WEIGHTS_SUFFIX, MEMORY_SUFFIX, *INTEGRATION_SUFFIXES):
                for old in path.glob("*" + suffix):
                    old.unlink()
            for name in sorted(files, key=lambda name: name == self.manifest.name):
                os.replace(staging / name, path / name)
        except OSError as error:
            raise _unwritten(path, error) from error
        finally:
            if staging is not None:
                with contextlib.suppress(OSError):
                    shutil.rmtree(staging)

    def write_result(self, path: Path, result: Mapping[str, Any]) -> None:
        """Write what a command found, as JSON, whole or not at all.

        Raises
        ------
        ModelError
            If it cannot be written.
        """
        write_whole(path, (json.dumps(result, indent=1) + "\n").encode())

    def _is_fresh(self) -> bool:
        """Whether a build makes the folder, rather than writing into an empty one or a build."""
        path = self.path
        try:
            if not path.exists():
                return True
            if not path.is_dir():
                raise ModelError(f"{path}: is there and is not a folder")
            if any(path.iterdir()) and not self.manifest.is_file():
                raise ModelError(f"{path}: is not empty and holds no build; choose another folder")
        except (OSError, ValueError) as error:
            raise _unwritten(path, error) from error
        return False


def _unwritten(path: Path, error: OSError | ValueError) -> ModelError:
    reason = error.strerror if isinstance(error, OSError) else error
    return ModelError(f"{path}: cannot be written: {reason}")
