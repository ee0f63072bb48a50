"""Files that are written whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hwgen.errors import ModelError
from hwgen.readers.files import is_folder

__all__ = ["check_writable", "replacing", "write_whole"]


def check_writable(path: Path) -> None:
    """Refuse a path that no file can be written to, before any work is done for it.

    Raises
    ------
    ModelError
        Names the path and why.
    """
    if is_folder(path):
        raise ModelError(f"{path}: cannot be written: is a folder")
    if not is_folder(path.parent):
        raise ModelError(f"{path}: cannot be written: there is no folder {path.parent}")
    with replacing(path) as beside:
        beside.unlink()


@contextlib.contextmanager
def replacing(path: Path, *, parents: bool = False) -> Iterator[Path]:
    """Give the path of an empty file beside ``path``, and put it there at the end.

    Where the block raises, or removes the file, ``path`` stays as it was. With ``parents`` its
    folder is made where there is none.

    Raises
    ------
    ModelError
        If the file cannot be written, or is a pipe or a device, which would be gone for all; names
        it and why.
    """
    beside = None
    try:
        if path.exists() and not path.is_file() and not is_folder(path):
            raise ValueError("is a pipe or a device")
        if parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent
        )
        beside = Path(name)
        os.fchmod(handle, 0o644)
        os.close(handle)
        yield beside
        if beside.exists():
            os.replace(beside, path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{path}: cannot be written: {reason}") from error
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                beside.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole, or leave what is there as it was.

    Raises
    ------
    ModelError
        If it cannot be written; names it and why.
    """
    with replacing(path) as beside:
        beside.write_bytes(data)
