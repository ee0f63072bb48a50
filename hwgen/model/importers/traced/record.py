"""Runs a PyTorch module once, and writes down every operation on tensors that it makes.

What is seen are the operations of ATen that are left when modules, autograd Functions and
subclasses of layers have had their say, so it does not matter how a network was written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from hwgen.errors import ModelError

__all__ = ["Recording", "Value", "evaluated", "record"]

_MAX_VALUES = 1 << 16

_SHAPE_ONLY = {
    "empty_like", "full_like", "new_empty", "new_full", "new_ones", "new_zeros", "ones_like",
    "zeros_like",
}  # fmt: skip
"""Operations that read nothing of a tensor but its shape."""


@dataclass(eq=False)
class Value:
    """A tensor: the input, one that the module holds, or what an operation makes.

    ``op`` is the operation, None for those that none made. Tensors among ``args`` and ``options``
    are Values. ``flows`` is whether it follows from the input.
    """

    data: torch.Tensor
    flows: bool
    where: str = ""
    op: Any = None
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    result: int = 0
    """Which it is of those that the operation makes."""

    @property
    def kind(self) -> str:
        """Name of the operation, without its overload."""
        return "" if self.op is None else self.op._schema.name.removeprefix("aten::")

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.where}: {self.kind}" if self.where else self.kind


@dataclass
class Recording:
    """All values in the order in which they were made; the first is the input."""

    values: list[Value]
    output: Value


def record(module: torch.nn.Module, frame: torch.Tensor) -> Recording:
    """Run a module in evaluation mode on one frame.

    Raises
    ------
    ModelError
        If it cannot be run, decides something by its input, or makes something other than one
        tensor of it.
    """
    recorder = _Recorder(frame)
    with evaluated(module), recorder.inside(module), torch.no_grad():
        try:
            with recorder:
                made = module(frame)
        except ModelError:
            raise
        except Exception as error:
            said = " ".join(str(error).split())[:200]
            raise ModelError(f"fails on a frame of the example's shape: {said}") from error
    if not isinstance(made, torch.Tensor):
        raise ModelError(f"must give one tensor, not {type(made).__name__}")
    output = recorder.value(made)
    if not output.flows:
        raise ModelError("gives the same whatever it reads")
    return Recording(recorder.values, output)


@contextmanager
def evaluated(module: torch.nn.Module) -> Iterator[None]:
    """All of a module in evaluation mode, and then each part as it was."""
    training = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in training:
            part.training = mode


class _Recorder(TorchDispatchMode):
    """Knows tensors by the memory that they lie in, because that of ``x.data`` is that of x."""

    def __init__(self, frame: torch.Tensor):
        super().__init__()
        self.values: list[Value] = []
        self._known: dict[tuple[Any, ...], Value] = {}
        self._stale: set[tuple[Any, ...]] = set()
        self._parts: list[str] = []
        self._kept: list[torch.Tensor] = []
        self._add(frame, Value(frame.detach(), flows=True))

    @contextmanager
    def inside(self, module: torch.nn.Module) -> Iterator[None]:
        """Know which part of a module is running."""
        handles = []
        for name, part in module.named_modules():
            if name:
                handles.append(part.register_forward_pre_hook(self._entering(name)))
                handles.append(part.register_forward_hook(lambda *_: self._leave()))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, name: str) -> Any:
        return lambda *_: self._parts.append(name)

    def _leave(self) -> None:
        self._parts.pop()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Leave PyTorch's compiler alone: to load it takes seconds."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run an operation, and write it down."""
        options = kwargs or {}
        read = _mapped(args, self.value), _mapped(options, self.value)
        flows = any(value.flows for value in _found(read))
        where = self._parts[-1] if self._parts else ""
        name = func._schema.name.removeprefix("aten::")
        changed = [
            given
            for given, argument in zip(args, func._schema.arguments, strict=False)
            if argument.alias_info is not None and argument.alias_info.is_write
        ]
        if changed:
            self._keep(changed[0])
        made = func(*args, **options)
        if flows and not _tensors(made):
            raise ModelError(f"{where or 'its forward'} decides by the values of its input")
        if changed or func._schema.is_mutable:
            plain = getattr(torch.ops.aten, name.removesuffix("_"), None)
            if len(changed) != 1 or plain is None or not name.endswith("_"):
                if flows:
                    raise ModelError(f"{where}: {name} writes into tensors; it is not imported")
                return made
            self._changed(changed[0])
            func = getattr(plain, func._overloadname, plain.default)
        if name in _SHAPE_ONLY:
            flows = False
        for index, tensor in enumerate(_tensors(made)):
            self._add(tensor, Value(tensor.detach(), flows, where, func, *read, result=index))
        return made

    def value(self, tensor: torch.Tensor) -> Value:
        """The value of a tensor; one that no operation made is a constant."""
        place = _place(tensor)
        if place in self._stale:
            raise ModelError("reads a tensor through a view that was changed in place")
        if place in self._known:
            return self._known[place]
        # A copy, because the module may yet write into it.
        return self._add(tensor, Value(tensor.detach().clone(), flows=False))

    def _add(self, tensor: torch.Tensor, value: Value) -> Value:
        if len(self.values) >= _MAX_VALUES:
            raise ModelError(f"makes more than {_MAX_VALUES:,} operations")
        self.values.append(value)
        # So that no other comes to lie where it lies, though ``x.data = y`` were to move it.
        self._kept.append(tensor.detach())
        place = _place(tensor)
        self._known[place] = value
        self._stale.discard(place)
        return value

    def _keep(self, tensor: torch.Tensor) -> None:
        """Copy what lies in memory that is about to be written."""
        memory = _place(tensor)[0]
        for place, value in self._known.items():
            if place[0] == memory:
                value.data = value.data.clone()

    def _changed(self, tensor: torch.Tensor) -> None:
        memory = _place(tensor)[0]
        self._stale |= {place for place in self._known if place[0] == memory}
        self._known = {k: v for k, v in self._known.items() if k[0] != memory}


def _place(tensor: torch.Tensor) -> tuple[Any, ...]:
    memory = tensor.untyped_storage().data_ptr()
    return memory, tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype


def _tensors(made: Any) -> list[torch.Tensor]:
    if isinstance(made, torch.Tensor):
        return [made]
    several = made if isinstance(made, tuple | list) else ()
    return [one for one in several if isinstance(one, torch.Tensor)]


def _mapped(read: Any, change: Any) -> Any:
    if isinstance(read, torch.Tensor):
        return change(read)
    if isinstance(read, tuple | list):
        return type(read)(_mapped(one, change) for one in read)
    if isinstance(read, dict):
        return {key: _mapped(one, change) for key, one in read.items()}
    return read


def _found(read: Any) -> Iterator[Value]:
    if isinstance(read, Value):
        yield read
    elif isinstance(read, tuple | list):
        for one in read:
            yield from _found(one)
    elif isinstance(read, dict):
        for one in read.values():
            yield from _found(one)
