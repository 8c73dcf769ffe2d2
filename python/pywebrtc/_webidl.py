"""WebIDL's conversions (https://webidl.spec.whatwg.org/#js-type-mapping), from Python values.

A dictionary type is a dataclass made with :func:`dictionary`. Its annotations say what its members convert
from, and ``convert`` makes one from a dict literal, from another dataclass, or from an object of the W3C
interfaces that dictionaries describe (those with ``toJSON``). As in WebIDL the result is a copy, unknown
keys are ignored, None is an absent member and takes the default, and a TypeError names the member.

Stricter than WebIDL, because Python is: no value is turned into a string or boolean (a string is a ``str``, a
boolean a ``bool``), integers are never taken modulo their size (all but those with [Clamp] behave as
[EnforceRange]), and a bool is not a number. Lone surrogates become U+FFFD in every string, as libwebrtc's
strings are UTF-8.

    annotation                      WebIDL
    bool, str, float                boolean, DOMString and USVString, double (finite)
    Octet, UnsignedShort, ...       octet, unsigned short, ...
    an Enum of strings, or it | str enum
    list[T]                         sequence<T>
    a Dictionary                    dictionary
    A | B                           (A or B)
    T | None                        T?, and members without a default
    Any                             any
    Callable[..., T]                callback functions
    any other class, an Interface   interface
"""

from __future__ import annotations

import enum
import math
import operator
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache, partial
from importlib import import_module
from numbers import Real
from typing import (
    Annotated,
    Any,
    Self,
    SupportsIndex,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from .exceptions import EnforceRangeError

T = TypeVar("T")

Octet = Annotated[int, range(2**8)]
UnsignedShort = Annotated[int, range(2**16)]
UnsignedLong = Annotated[int, range(2**32)]
Long = Annotated[int, range(-(2**31), 2**31)]
# [EnforceRange] stops where a double no longer holds every integer.
UnsignedLongLong = Annotated[int, range(2**53)]
# [Clamp] takes any number, and the nearest integer of the type for it.
ClampedUnsignedLong = Annotated[int, "Clamp", range(2**32)]


class Dictionary:
    """The base of the dictionary types. They are plain dataclasses: mutable, equal by value, keyword-only."""

    __slots__ = ()

    @classmethod
    def convert(cls, value: object = None, where: str = "") -> Self:
        """Make one from a dict, a dataclass or None (nothing given), checking every member.

        Raises:
            TypeError: a required member is missing, or a value has the wrong type or is no value of its enum.
            EnforceRangeError: an integer does not fit its type (a TypeError and a ValueError).
        """
        return convert(cls, {} if value is None else value, where or cls.__name__)

    @classmethod
    def members(cls) -> tuple[str, ...]:
        """The names of the members, inherited ones first."""
        return tuple(f.name for f in fields(cls))  # pyright: ignore[reportArgumentType]

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.members())

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        shown = (
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)  # pyright: ignore[reportArgumentType]
            if f.repr and getattr(self, f.name) is not None
        )
        return f"{self.__class__.__name__}({', '.join(shown)})"


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def dictionary(cls: type[T]) -> type[T]:
    """Make a dictionary type of a class with annotations.

    What dataclasses compile for each class is most of importing this package, so the base has what it can.
    """
    return dataclass(kw_only=True, slots=True, repr=False, eq=False)(cls)


def convert(hint: Any, value: object, where: str) -> Any:
    """Convert a value to the type that an annotation stands for; ``where`` names it in messages."""
    return _apply(_type(hint), value, where)


class Interface:
    """A class that a dictionary cannot import, because its module imports that of the dictionary."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def accepts(self, value: object) -> bool:
        """Whether the value is an object of the class."""
        try:
            module = import_module(self.module, __package__)
        except ModuleNotFoundError:  # an interface that is not there yet has no objects
            return False
        return isinstance(value, getattr(module, self.name))


def either(init: object, keywords: Mapping[str, object]) -> object:
    """The dictionary that a constructor was given, or the keywords in its place."""
    if init is None:
        return keywords
    if any(value is not None for value in keywords.values()):
        raise TypeError("members are given as a dictionary or as keywords, not as both")
    return init


@dataclass(frozen=True, slots=True)
class _Type:
    """A WebIDL type: what it is called, which values it takes, and what it makes of them."""

    expected: str
    accepts: Callable[[object], bool]
    convert: Callable[[Any, str], Any]


def _apply(type_: _Type, value: object, where: str) -> Any:
    if not type_.accepts(value):
        raise TypeError(f"{where}: {shown(value)} is not {type_.expected}")
    return type_.convert(value, where)


def shown(value: object) -> str:
    """A value for a message: its repr, unless that is long."""
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}... ({type(value).__name__})"


@cache
def _type(hint: Any) -> _Type:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        # "E | str" is the enum E: type checkers then take the bare string as well.
        is_enum = any(isinstance(argument, enum.EnumType) for argument in arguments)
        return _union([_type(argument) for argument in arguments if not (is_enum and argument is str)])
    if origin is list:
        return _sequence(_type(arguments[0]))
    if origin is Annotated:
        return _clamped(arguments[-1]) if "Clamp" in arguments else _integer(arguments[-1])
    if origin is Callable:
        return _Type("a function", callable, _as_is)
    if isinstance(hint, Interface):
        return _interface(hint.name, hint.accepts)
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    if issubclass(hint, enum.Enum):
        return _enum(hint)
    if issubclass(hint, Dictionary):
        return _dictionary(hint)
    return _interface(hint.__name__, lambda value: isinstance(value, hint))


def _string(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _double(value: Real, where: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise TypeError(f"{where}: {shown(value)} is not a finite number")
    return number


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _as_is(value: Any, where: str) -> Any:
    return value


_PRIMITIVES: dict[Any, _Type] = {
    Any: _Type("anything", lambda value: True, _as_is),
    types.NoneType: _Type("None", lambda value: value is None, _as_is),
    bool: _Type("a boolean", lambda value: isinstance(value, bool), _as_is),
    str: _Type("a string", lambda value: isinstance(value, str), _string),
    float: _Type("a number", _is_number, _double),
}


def _integer(allowed: range) -> _Type:
    def accepts(value: object) -> bool:
        # What isinstance(value, SupportsIndex) says, for a fiftieth.
        return hasattr(type(value), "__index__") and not isinstance(value, bool)

    def to_integer(value: SupportsIndex, where: str) -> int:
        number = operator.index(value)
        if number not in allowed:
            raise EnforceRangeError(f"{where}: {shown(number)} is not in {allowed.start}..{allowed.stop - 1}")
        return number

    return _Type("an integer", accepts, to_integer)


def _clamped(allowed: range) -> _Type:
    def to_nearest(value: Real, where: str) -> int:
        number = float(value)
        if math.isnan(number):
            return 0
        return round(min(max(number, allowed.start), allowed.stop - 1))

    return _Type("a number", _is_number, to_nearest)


def _enum(cls: type[enum.Enum]) -> _Type:
    by_value = {member.value: member for member in cls}
    return _Type(
        ("one of " if len(by_value) > 1 else "") + ", ".join(map(repr, by_value)),
        lambda value: isinstance(value, str) and value in by_value,
        lambda value, where: by_value[value],
    )


def _sequence(item: _Type) -> _Type:
    def accepts(value: object) -> bool:
        return isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | Mapping)

    def to_list(value: Iterable[object], where: str) -> list[Any]:
        return [_apply(item, element, f"{where}[{index}]") for index, element in enumerate(value)]

    return _Type("a sequence", accepts, to_list)


def _union(alternatives: list[_Type]) -> _Type:
    def to_first(value: object, where: str) -> Any:
        return next(t.convert(value, where) for t in alternatives if t.accepts(value))

    return _Type(
        " or ".join(t.expected for t in alternatives),
        lambda value: any(t.accepts(value) for t in alternatives),
        to_first,
    )


def _interface(name: str, accepts: Callable[[object], bool]) -> _Type:
    return _Type(f"of type {name}", accepts, _as_is)


def _dictionary(cls: type[Dictionary]) -> _Type:
    hints = get_type_hints(cls, include_extras=True)
    members = [(f.name, _type(hints[f.name]), _is_required(f)) for f in fields(cls)]  # pyright: ignore[reportArgumentType]

    def accepts(value: object) -> bool:
        return isinstance(value, Mapping) or (
            not isinstance(value, type) and (is_dataclass(value) or hasattr(value, "toJSON"))
        )

    def to_dictionary(value: object, where: str) -> Dictionary:
        get = cast("Mapping[str, object]", value).get if isinstance(value, Mapping) else partial(_get, value)
        given: dict[str, Any] = {}
        for name, type_, required in members:
            member = get(name)
            if member is not None:
                given[name] = _apply(type_, member, f"{where}.{name}")
            elif required:
                raise TypeError(f"{where}: required member {name!r} is missing")
        return cls(**given)

    return _Type(f"a dict or {cls.__name__}", accepts, to_dictionary)


def _get(value: object, name: str) -> object:
    return getattr(value, name, None)


def _is_required(f: Any) -> bool:
    return f.default is MISSING and f.default_factory is MISSING
