"""The results of sweeps, in a SQLite file that every row is in as soon as it is known."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hwgen.errors import ModelError
from hwgen.explore.row import COLUMNS, Row

__all__ = ["FORMAT", "Store"]

FORMAT = "hwgen-store/3"

WAIT_SECONDS = 30
"""For another process that writes."""


class Store:
    """Rows by the keys of their points; a context manager.

    A row is written whole, and at once: what was known when a process was killed is known to the
    next one.

    Parameters
    ----------
    path : Path
        Made where there is none.

    Raises
    ------
    ModelError
        If it is no such store, or one of another version, or cannot be written.
    """

    def __init__(self, path: Path):
        self.path = path
        if not path.parent.is_dir():
            raise ModelError(f"{path}: cannot be written: there is no folder {path.parent}")
        with self._errors():
            self._file = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
            try:
                self._open()
            except BaseException:
                self._file.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def rows(self) -> list[Row]:
        """All rows, in the order that they were added in."""
        with self._errors():
            found = self._file.execute(f"SELECT {', '.join(COLUMNS)} FROM rows ORDER BY rowid")
            return [Row(**dict(zip(COLUMNS, values, strict=True))) for values in found]

    def add(self, row: Row) -> None:
        """Add a row, or replace the one of the same key."""
        places = ", ".join("?" * len(COLUMNS))
        # Replaced in place, so that a row that was placed keeps its order.
        changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
        with self._errors():
            self._file.execute(
                f"INSERT INTO rows ({', '.join(COLUMNS)}) VALUES ({places}) "
                f"ON CONFLICT (key) DO UPDATE SET {changes}",
                [getattr(row, name) for name in COLUMNS],
            )

    def placed_seeds(self, key: str) -> set[int]:
        """Seeds that a point was placed with."""
        with self._errors():
            found = self._file.execute("SELECT seed FROM placements WHERE key = ?", (key,))
            return {seed for (seed,) in found}

    def add_placement(
        self, key: str, seed: int, fmax_mhz: float | None, problem: str | None
    ) -> None:
        """Add what a placement came to."""
        with self._errors():
            self._file.execute(
                "INSERT OR REPLACE INTO placements VALUES (?, ?, ?, ?)",
                (key, seed, fmax_mhz, problem),
            )

    def clocks(self, key: str) -> Sequence[float]:
        """Clocks in MHz that placements of a point reached."""
        with self._errors():
            found = self._file.execute(
                "SELECT fmax_mhz FROM placements WHERE key = ? AND fmax_mhz IS NOT NULL", (key,)
            )
            return [fmax for (fmax,) in found]

    def _open(self) -> None:
        tables = {name for (name,) in self._file.execute("SELECT name FROM sqlite_master")}
        if "meta" in tables:
            found = self._file.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
            if found != (FORMAT,):
                shown = found[0] if found else "unknown"
                raise ModelError(
                    f"{self.path}: is a store of another version ({shown}, not {FORMAT}); "
                    "give another file"
                )
            return
        if tables:
            raise ModelError(f"{self.path}: is a database, but no store of `hwgen explore`")
        self._file.executescript(
            "BEGIN;"
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);"
            f"INSERT INTO meta VALUES ('format', '{FORMAT}');"
            f"CREATE TABLE rows ({', '.join(COLUMNS)}, PRIMARY KEY (key));"
            "CREATE TABLE placements (key, seed, fmax_mhz, problem, PRIMARY KEY (key, seed));"
            "COMMIT;"
        )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "not a database" in str(error):
                raise ModelError(f"{self.path}: is no store of `hwgen explore`") from error
            raise ModelError(f"{self.path}: {error}") from error
