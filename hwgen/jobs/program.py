"""From the folder of a board's design into the flash of that board."""

import logging
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from hwgen.boards.programmers import flash_command
from hwgen.build_folder import BuildFolder
from hwgen.errors import DeviceError, ModelError, ToolError
from hwgen.jobs.placed_board import PlacedBoard, find_placed_board, synthesis_result
from hwgen.readers.files import is_file

__all__ = ["program"]

_log = logging.getLogger(__name__)


def program(
    folder: Path | str,
    *,
    dry_run: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> tuple[str, ...]:
    """Write bitstream and weights of a folder into the flash of its board, as ``hwgen program``.

    Parameters
    ----------
    folder : path
        Folder that was synthesised for a board.
    dry_run : bool
        Nothing is run.
    progress : callable
        Told what begins.

    Returns
    -------
    tuple of str
        The commands, as a shell takes them.

    Raises
    ------
    ModelError
        If there is no bitstream.
    DeviceError
        If it is not known what writes the flash of the board, or that cannot write to an offset.
    ToolError
        If the program is missing or fails; names the command.
    """
    build = BuildFolder(Path(folder))
    placed = find_placed_board(build, str(build.read_manifest().get("name")))
    commands = _commands(build, placed)
    told = tuple(shlex.join(command) for command in commands)
    if dry_run:
        return told
    for command, text in zip(commands, told, strict=True):
        path = shutil.which(command[0])
        if path is None:
            raise ToolError(f"{command[0]} is not on the PATH; it would be run as: {text}")
        _log.info("%s: %s", command[0], path)
    for command, text in zip(commands, told, strict=True):
        progress(f"running {text}")
        try:
            code = subprocess.run(command, check=False).returncode
        except OSError as error:
            raise ToolError(f"{command[0]} cannot be run: {error.strerror}; {text}") from error
        if code:
            raise ToolError(f"{command[0]} failed with exit code {code}: {text}")
    return told


def _commands(build: BuildFolder, placed: PlacedBoard) -> list[tuple[str, ...]]:
    """What writes the bitstream, and the weights where some lie in the flash."""
    board = placed.board
    if board.programmer is None:
        raise DeviceError(
            f"{board.name}: its file has no table 'programmer', which says what writes its flash"
        )
    _, bitstream = synthesis_result(build, placed.top)
    places: list[tuple[str, int | None]] = [(bitstream, None)]
    flash = placed.facts.get("flash")
    if flash is not None:
        places.append(_weights(build, placed, flash))
    found = []
    for name, offset in places:
        path = build.path / name
        if not is_file(path):
            raise ModelError(f"{path}: is not there; run `hwgen synth --board` again")
        # A path that begins with "-" would be taken for an option.
        text = str(path) if not str(path).startswith("-") else f"./{path}"
        command = flash_command(board.programmer, text, offset)
        if command is None:
            raise DeviceError(
                f"{board.name}: {board.programmer.tool} cannot write the weights behind the "
                "bitstream"
            )
        found.append(command)
    return found


def _weights(build: BuildFolder, placed: PlacedBoard, flash: object) -> tuple[str, int]:
    """File that the flash holds behind the bitstream, and its offset."""
    name = flash.get("file") if isinstance(flash, dict) else None
    offset = flash.get("offset") if isinstance(flash, dict) else None
    if name != f"{placed.top}_flash.bin" or type(offset) is not int or offset < 0:
        raise ModelError(f"{build.board}: flash must have a file and an offset; synthesise again")
    return str(name), offset
