"""What a layer's description says, checked: sizes, flags and words."""

from typing import Any

from hwgen.errors import ModelError, describe

__all__ = ["check_channels_last", "flag", "numbers", "refuse_set", "word"]

_MOST = 65535


def numbers(config: dict[str, Any], key: str, count: int, default: int | None = None) -> list[int]:
    """``count`` whole numbers from 1 up, of which one may stand for all.

    Raises
    ------
    ModelError
        If the setting is anything else; with a ``default``, None is that.
    """
    value = config.get(key)
    if value is None and default is not None:
        value = default
    found = [value] * count if type(value) is int else value
    if (
        not isinstance(found, list)
        or len(found) != count
        or not all(type(one) is int and 1 <= one <= _MOST for one in found)
    ):
        raise ModelError(f"must have {count} numbers from 1 up as its {key}, not {describe(value)}")
    return list(found)


def flag(config: dict[str, Any], key: str, default: bool) -> bool:
    """A setting that is true or false."""
    value = config.get(key, default)
    if type(value) is not bool:
        raise ModelError(f"its {key} must be true or false, not {describe(value)}")
    return value


def word(config: dict[str, Any], key: str, known: tuple[str, ...], default: str) -> str:
    """A setting that is one of some words."""
    value = config.get(key, default)
    if value not in known:
        raise ModelError(f"its {key} must be {' or '.join(known)}, not {describe(value)}")
    return value


def check_channels_last(config: dict[str, Any]) -> None:
    """Refuse layers that have their channels first."""
    if config.get("data_format") not in (None, "channels_last"):
        raise ModelError("has its channels first; channels_last is imported")


def refuse_set(config: dict[str, Any], *keys: str) -> None:
    """Refuse settings that are anything but left out."""
    for key in keys:
        if config.get(key) is not None:
            raise ModelError(f"has {key}={describe(config[key])}, which is not imported")
