"""The errors a user can cause or meet, each with the exit code the command line gives it."""

__all__ = [
    "DeviceError",
    "FitError",
    "FoldingError",
    "HwgenError",
    "MismatchError",
    "ModelError",
    "ToolError",
]


class HwgenError(Exception):
    """Base of every error reported to the user as one sentence.

    The message names the file, the layer and the constraint, as far as they apply.
    ``exit_code`` is 0 good, 1 the answer is no, 2 wrong input, 3 a tool is missing or failed.
    """

    exit_code = 2


class ModelError(HwgenError):
    """A description, a picture or another input file that cannot be used."""


class FoldingError(HwgenError):
    """A folding that does not divide, or a rate that no folding reaches."""


class DeviceError(HwgenError):
    """An unknown device, or a design that does not fit the one asked for."""


class MismatchError(HwgenError):
    """Hardware and reference differ."""

    exit_code = 1


class FitError(HwgenError):
    """A design that was found not to fit its device, or to miss its clock there."""

    exit_code = 1


class ToolError(HwgenError):
    """A tool that is missing, of the wrong version, or that failed."""

    exit_code = 3
