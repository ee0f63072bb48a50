"""Quantisers of Larq and QKeras as files write them: their kind, and what is said of it."""

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from hwgen.errors import ModelError, describe

__all__ = ["NAMES", "Quantiser", "read_quantiser"]

_MOST_TEXT = 300
_MOST_BITS = 16

_NOT_READ = (
    "beta", "dtype", "metrics", "name", "temperature", "trainable", "use_real_sigmoid", "use_ste",
    "use_variables", "var_name",
)  # fmt: skip
"""Settings that change gradients or training alone."""

_SETTINGS: dict[str, dict[str, Any]] = {
    "sign": {"clip_value": None},
    "magnitude_aware_sign": {"clip_value": None},
    "heaviside": {"clip_value": None},
    "ste_tern": {"threshold_value": 0.05, "ternary_weight_networks": False, "clip_value": None},
    "dorefa": {"k_bit": 2, "mode": "activations"},
    "none": {"precision": None},
    "binary": {"use_01": False, "alpha": None, "use_stochastic_rounding": False},
    "stochastic_binary": {"alpha": None, "temperature": None, "use_real_sigmoid": None},
    "ternary": {
        "alpha": None, "threshold": None, "use_stochastic_rounding": False,
        "number_of_unrolls": 5,
    },
    "stochastic_ternary": {
        "alpha": None, "threshold": None, "temperature": None, "use_real_sigmoid": None,
        "number_of_unrolls": 5,
    },
    "quantized_bits": {
        "bits": 8, "integer": 0, "symmetric": 0, "keep_negative": True, "alpha": None,
        "use_stochastic_rounding": False, "scale_axis": None, "qnoise_factor": 1.0,
    },
    "quantized_relu": {
        "bits": 8, "integer": 0, "use_sigmoid": 0, "negative_slope": 0.0,
        "use_stochastic_rounding": False, "relu_upper_bound": None, "is_quantized_clip": True,
        "qnoise_factor": 1.0,
    },
    "quantized_tanh": {
        "bits": 8, "use_stochastic_rounding": False, "symmetric": False, "use_real_tanh": False,
    },
}  # fmt: skip
"""Of each kind its settings, in the order of its arguments, with what they are where not given."""

NAMES: dict[str, str] = {
    "ste_sign": "sign", "SteSign": "sign", "approx_sign": "sign", "ApproxSign": "sign",
    "swish_sign": "sign", "SwishSign": "sign",
    "magnitude_aware_sign": "magnitude_aware_sign", "MagnitudeAwareSign": "magnitude_aware_sign",
    "ste_heaviside": "heaviside", "SteHeaviside": "heaviside",
    "ste_tern": "ste_tern", "SteTern": "ste_tern",
    "dorefa_quantizer": "dorefa", "DoReFaQuantizer": "dorefa", "DoReFa": "dorefa",
    "NoOp": "none", "NoOpQuantizer": "none",
    **{name: name for name in _SETTINGS if name.startswith(("bin", "tern", "quant", "stoch"))},
}  # fmt: skip
"""The kind of each name that a file may have."""

_MUST_BE: dict[str, Any] = {
    "use_stochastic_rounding": False, "scale_axis": None, "qnoise_factor": 1, "use_sigmoid": 0,
    "negative_slope": 0, "use_real_tanh": False,
}  # fmt: skip


@dataclass(frozen=True)
class Quantiser:
    """A kind of `NAMES` with all of its settings."""

    kind: str
    settings: dict[str, Any]

    def whole(self, name: str, least: int, most: int = _MOST_BITS) -> int:
        """A setting that is a whole number, refused beyond these."""
        value = self._number(name)
        if value != int(value) or not least <= value <= most:
            raise ModelError(f"its {name} must be {least} to {most}, not {describe(value)}")
        return int(value)

    def real(self, name: str, default: float) -> np.float32:
        """A setting that is a number, as the layers compute with it."""
        return np.float32(default if self.settings[name] is None else self._number(name))

    def _number(self, name: str) -> float:
        value = self.settings[name]
        if not isinstance(value, int | float) or not abs(value) < 1e9:
            raise ModelError(f"its {name} must be a number, not {describe(value)}")
        return value

    @property
    def alpha(self) -> np.float32 | str:
        """The scale that is given, 1 where none is; text where it is to be found."""
        value = self.settings.get("alpha")
        if isinstance(value, str):
            if value not in ("auto", "auto_po2"):
                raise ModelError(f"its alpha must be a number, not {describe(value)}")
            return value
        found = self.real("alpha", 1.0) if "alpha" in self.settings else np.float32(1)
        if not found > 0:
            raise ModelError(f"its alpha must be above 0, not {describe(value)}")
        return found


def read_quantiser(given: Any) -> Quantiser | None:
    """Read what a layer says of a quantiser: None, a name, a call as text, or an object.

    Raises
    ------
    ModelError
        If it is of no kind known here, or rounds in a way that is not imported.
    """
    if given is None:
        return None
    if isinstance(given, str):
        name, positional, named = _called(given)
    elif isinstance(given, dict):
        name, config = given.get("class_name"), given.get("config")
        if name == "function" or isinstance(config, str):
            # A plain function: its name is all there is.
            name, config = config, {}
        if not isinstance(name, str) or not isinstance(config, dict):
            raise ModelError("has a quantiser that is not described")
        positional, named = [], dict(config)
    else:
        raise ModelError(f"has a quantiser {describe(given)}, which is no name and no object")
    name = name.rsplit(">", 1)[-1].rsplit(".", 1)[-1]
    if name not in NAMES:
        raise ModelError(f"has the quantiser {describe(name)}, which is not imported")
    kind = NAMES[name]
    known = _SETTINGS[kind]
    if len(positional) > len(known):
        raise ModelError(f"has the quantiser {name} with {len(positional)} arguments")
    if kind == "quantized_tanh" and isinstance(given, dict):
        # Versions without this setting have as many levels below 0 as above.
        named.setdefault("symmetric", True)
    settings = known | dict(zip(known, positional, strict=False)) | named
    for key, value in settings.items():
        if not _is_fine(key, value, known):
            raise ModelError(
                f"has the quantiser {name} with {key}={describe(value)}, which is not imported"
            )
    if settings.get("relu_upper_bound") is not None and not settings["is_quantized_clip"]:
        raise ModelError(f"has the quantiser {name} with a relu_upper_bound, which is not imported")
    if kind.startswith("stochastic_"):
        # At random in training alone.
        kind = kind.removeprefix("stochastic_")
        settings = _SETTINGS[kind] | {k: v for k, v in settings.items() if k in _SETTINGS[kind]}
    return Quantiser(kind, settings)


def _is_fine(key: str, value: Any, known: dict[str, Any]) -> bool:
    """Whether a setting is one that is read, or one that changes nothing."""
    if key in _MUST_BE:
        return bool(value == _MUST_BE[key])
    return key in known or key in _NOT_READ or value is None or value is False


def _called(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """``"name(1, x=2)"`` as name and constants; nothing of it is run."""
    if len(text) > _MOST_TEXT:
        raise ModelError("has a quantiser of more than 300 letters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            positional = [ast.literal_eval(one) for one in tree.args]
            named = {str(one.arg): ast.literal_eval(one.value) for one in tree.keywords}
            return tree.func.id, positional, named
        if isinstance(tree, ast.Name):
            return tree.id, [], {}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        pass
    raise ModelError(f"has the quantiser {describe(text)}, which is not imported")
