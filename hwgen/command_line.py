"""What all command lines have: ``-h``, ``-q``, ``-v``, completion, and options that are finite."""

import math
import platform
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hwgen.console import Verbosity, out, say, set_verbosity, verbosity
from hwgen.errors import ModelError
from hwgen.version import VERSION

__all__ = ["QuietOption", "VerboseOption", "VersionOption", "command_line", "finite"]

SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
"""Those that typer completes in."""


def command_line(**settings: Any) -> typer.Typer:
    """Make a command line; ``settings`` are typer's.

    What its callback takes of `QuietOption` and `VerboseOption` can be given behind the name of a
    command too.
    """
    return typer.Typer(
        cls=_Commands,
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        **settings,
    )


def finite(value: float | None) -> float | None:
    """Refuse an option's value that is no finite number: bounds do not, as NaN is in all of them.

    Raises
    ------
    typer.BadParameter
        If ``value`` is infinite or NaN.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value


class _Commands(TyperGroup):
    """A group whose commands have some of its own options too."""

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        both = [param for param in self.params if param.name in ("quiet", "verbose")]
        for command in self.commands.values():
            command.params.extend(both)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read options; those for completion, which typer adds to a group last, are checked."""
        for param in self.params:
            if param.name in ("install_completion", "show_completion"):
                param.callback = _checked(param.callback)
        return super().parse_args(ctx, args)


def _checked(complete: Any) -> Callable[[Any, Any, Any], Any]:
    """What typer does for completion, where a shell can complete this command.

    Raises
    ------
    ModelError
        If the command has no name of its own, or the shell none of `SHELLS`.
    """

    def callback(ctx: Any, param: Any, value: Any) -> Any:
        if value and not ctx.resilient_parsing:
            called = ctx.find_root().info_name
            if " " in called:
                module = called.split()[-1]
                raise ModelError(
                    f"a shell completes commands, and `{called}` is the command python; "
                    f"give {param.opts[0]} to `{module}`, which is installed beside python"
                )
            shell = _shell()
            if shell not in SHELLS:
                raise ModelError(
                    f"{param.opts[0]} must be called from one of {', '.join(SHELLS)}, "
                    f"not from {shell or 'a shell that cannot be told'}"
                )
        return complete(ctx, param, value)

    return callback


def _shell() -> str | None:
    """Name of the shell that called this, where it can be told."""
    import shellingham

    try:
        return shellingham.detect_shell()[0]
    except shellingham.ShellDetectionFailure:
        return None


def _version(asked: bool) -> None:
    if asked:
        out.print(f"hwgen {VERSION}")
        raise typer.Exit


def _say_less(context: typer.Context, asked: bool) -> None:
    _choose(context, Verbosity.QUIET if asked else None)


def _say_more(context: typer.Context, asked: bool) -> None:
    _choose(context, Verbosity.VERBOSE if asked else None)


def _choose(context: typer.Context, asked: Verbosity | None) -> None:
    if asked is None or asked is verbosity() or context.resilient_parsing:
        return
    if verbosity() is not Verbosity.NORMAL:
        raise ModelError("only one of --quiet and --verbose can be given")
    set_verbosity(asked)
    if asked is Verbosity.VERBOSE:
        python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
        say(f"hwgen {VERSION}, {python}")


VersionOption = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
]

QuietOption = Annotated[
    bool,
    typer.Option(
        "-q",
        "--quiet",
        callback=_say_less,
        is_eager=True,
        expose_value=False,
        help="Print results and errors only.",
    ),
]

VerboseOption = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        callback=_say_more,
        is_eager=True,
        expose_value=False,
        help="Print tools, commands that are run, logs and seconds too.",
    ),
]
