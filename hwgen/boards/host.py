"""The host's side of the link: pictures to a board, scores back."""

import os
import time
from types import TracebackType
from typing import Any

from hwgen.boards.frames import REASONS, Refusal, Result, encode, take_frame, understand
from hwgen.errors import ToolError
from hwgen.rtl.link_format import PICTURE, REASON_LENGTH

__all__ = ["BoardLink"]

ATTEMPTS = 3
"""Times that a picture is sent before its failure is reported."""

LOOK_SECONDS = 0.02
"""How long a read waits before the clock is looked at again."""


class BoardLink:
    """An open port with a board behind it; a context manager.

    Parameters
    ----------
    port : str
        Device of the serial port.
    baud : int
        The board's rate.
    timeout : float
        Seconds to wait for an answer, from the end of sending.

    Raises
    ------
    ToolError
        If pyserial is not installed, or the port cannot be opened.
    """

    def __init__(self, port: str, *, baud: int, timeout: float):
        try:
            import serial
        except ModuleNotFoundError as error:
            raise ToolError(
                "run: pyserial is not installed; pip install 'hwgen[boards]'"
            ) from error
        self.port = port
        self.timeout = timeout
        self._tag = 0
        self._failures = (serial.SerialException, OSError)
        try:
            self._serial: Any = serial.Serial(
                port, baud, timeout=LOOK_SECONDS, write_timeout=timeout
            )
        except (*self._failures, ValueError) as error:
            code = getattr(error, "errno", None)
            reason = os.strerror(code) if code else _reason(error)
            raise ToolError(f"{port}: cannot be opened: {reason}") from error

    def __enter__(self) -> "BoardLink":
        """Give the link itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port."""
        self._serial.close()

    def classify(self, picture: bytes, scores: int | None = None) -> Result:
        """Scores of a picture; sent again where it was refused or not answered.

        Parameters
        ----------
        picture : bytes
        scores : int, optional
            How many there have to be.

        Raises
        ------
        ToolError
            If it still is after `ATTEMPTS` times, if the board's network reads pictures of
            another size or gives other scores, or if the port fails; names the port.
        """
        why = ""
        for _ in range(ATTEMPTS):
            self._tag = (self._tag + 1) % 256
            try:
                self._serial.reset_input_buffer()
                self._serial.write(encode(PICTURE, self._tag, picture))
                answer = self._wait()
            except self._failures as error:
                raise ToolError(f"{self.port}: failed: {_reason(error)}") from error
            if isinstance(answer, Result):
                if scores not in (None, len(answer.scores)):
                    raise ToolError(
                        f"{self.port}: the board gives {len(answer.scores)} scores, not {scores}: "
                        "it runs another network"
                    )
                return answer
            if answer is None:
                why = f"gave no answer within {self.timeout:g} s"
                continue
            if answer.reason == REASON_LENGTH and answer.picture_bytes != len(picture):
                raise ToolError(
                    f"{self.port}: the board's network reads pictures of "
                    f"{answer.picture_bytes:,} bytes, not {len(picture):,}"
                )
            reason = REASONS.get(answer.reason, f"of an unknown reason, {answer.reason}")
            why = f"refused the picture: {reason}"
        raise ToolError(f"{self.port}: {why}, {ATTEMPTS} times in a row")

    def _wait(self) -> Result | Refusal | None:
        """Answer to the last picture; None where there is none in time."""
        data = bytearray()
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            data += self._serial.read(max(1, self._serial.in_waiting))
            while (frame := take_frame(data)) is not None:
                kind, tag, payload = frame
                answer = understand(kind, payload)
                # Of a picture that was corrupted on its way the tag may have been, too.
                if answer is not None and (tag == self._tag or isinstance(answer, Refusal)):
                    return answer
        return None


def _reason(error: BaseException) -> str:
    """Of an error's words, those in one line."""
    return " ".join(str(error).split()) or type(error).__name__
