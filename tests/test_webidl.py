"""_webidl.py: WebIDL's conversions (https://webidl.spec.whatwg.org/#js-type-mapping), as Python has them."""

import copy
import enum
import math
import pickle
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywebrtc._webidl import (
    Dictionary,
    Long,
    Octet,
    UnsignedLong,
    UnsignedLongLong,
    UnsignedShort,
    convert,
    dictionary,
    either,
    shown,
)
from pywebrtc.exceptions import EnforceRangeError, RangeError


class Color(enum.StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


class Only(enum.StrEnum):
    ONE = "one"


class Interface:
    pass


@dictionary
class Inner(Dictionary):
    needed: str
    number: Octet = 7


@dictionary
class Outer(Dictionary):
    flag: bool = False
    color: Color | str = Color.RED
    items: list[Inner] = field(default_factory=list[Inner])
    names: str | list[str] | None = None
    inner: Inner | None = None
    secret: str | None = field(default=None, repr=False)
    anything: Any = None


@dictionary
class Derived(Inner):
    also: str


INTEGERS = [
    (Octet, 0, 255),
    (UnsignedShort, 0, 65535),
    (UnsignedLong, 0, 2**32 - 1),
    (Long, -(2**31), 2**31 - 1),
    (UnsignedLongLong, 0, 2**53 - 1),
]


@pytest.mark.parametrize(("hint", "low", "high"), INTEGERS)
def test_integers(hint, low, high):
    for value in (low, high, low + 1, np.int64(high), enum.IntEnum("E", {"X": 1}).X):
        result = convert(hint, value, "x")
        assert result == value
    assert type(convert(hint, np.uint8(1), "x")) is int
    for value in (low - 1, high + 1, 10**100):
        with pytest.raises(EnforceRangeError, match=rf"x: .* is not in {low}\.\.{high}"):
            convert(hint, value, "x")
    for error in (TypeError, RangeError, ValueError):
        with pytest.raises(error):
            convert(hint, low - 1, "x")
    for value in (True, 1.0, 1.5, "1", None, [1], Fraction(1)):
        with pytest.raises(TypeError, match=r"x: .* is not an integer"):
            convert(hint, value, "x")


@pytest.mark.parametrize("value", [1.5, 0, -3, np.float32(0.5), np.int32(4), Fraction(1, 2)])
def test_doubles(value):
    result = convert(float, value, "x")
    assert type(result) is float
    assert result == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_doubles_are_finite(value):
    with pytest.raises(TypeError, match="is not a finite number"):
        convert(float, value, "x")


@pytest.mark.parametrize("value", [True, "1", None, [1.0], 1j])
def test_what_is_no_double(value):
    with pytest.raises(TypeError, match=r"x: .* is not a number"):
        convert(float, value, "x")


def test_booleans():
    assert convert(bool, True, "x") is True
    assert convert(bool, False, "x") is False
    for value in (0, 1, "", "true", None, []):
        with pytest.raises(TypeError, match=r"x: .* is not a boolean"):
            convert(bool, value, "x")


@given(st.text())
def test_strings(text):
    assert convert(str, text, "x") == text


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("ok\U0001f600", "ok\U0001f600"),
    ],
)
def test_lone_surrogates_are_replaced(given_, expected):
    # https://webidl.spec.whatwg.org/#js-USVString
    assert convert(str, given_, "x") == expected


@pytest.mark.parametrize("value", [3, None, b"x", True, ["x"]])
def test_nothing_is_turned_into_a_string(value):
    with pytest.raises(TypeError, match=r"x: .* is not a string"):
        convert(str, value, "x")


@pytest.mark.parametrize("hint", [Color, Color | str])
def test_enums(hint):
    assert convert(hint, "dark-blue", "x") is Color.DARK_BLUE
    assert convert(hint, Color.RED, "x") is Color.RED
    for value in ("blue", "", "RED", 3, None, ["red"]):
        with pytest.raises(TypeError, match=r"x: .* is not one of 'red', 'dark-blue'"):
            convert(hint, value, "x")


def test_enum_of_one():
    with pytest.raises(TypeError, match=r"^x: 'two' is not 'one'$"):
        convert(Only, "two", "x")


@pytest.mark.parametrize("value", [["a", "b"], ("a", "b"), {"a": 1, "b": 2}.keys(), np.array(["a", "b"])])
def test_sequences(value):
    result = convert(list[str], value, "x")
    assert result == ["a", "b"]
    assert type(result) is list


def test_iterators_are_sequences():
    assert convert(list[str], iter("ab"), "x") == ["a", "b"]


def test_sequences_are_copied():
    value = ["a"]
    assert convert(list[str], value, "x") is not value


@pytest.mark.parametrize("value", ["ab", b"ab", bytearray(b"ab"), {"a": 1}, 3, None])
def test_what_is_no_sequence(value):
    with pytest.raises(TypeError, match=r"x: .* is not a sequence"):
        convert(list[str], value, "x")


def test_members_of_sequences_are_named():
    with pytest.raises(TypeError, match=r"^x\[1\]: 3 is not a string$"):
        convert(list[str], ["a", 3], "x")


def test_unions():
    hint = str | list[str]
    assert convert(hint, "a", "x") == "a"
    assert convert(hint, ("a",), "x") == ["a"]
    with pytest.raises(TypeError, match=r"^x: 3 is not a string or a sequence$"):
        convert(hint, 3, "x")
    with pytest.raises(TypeError, match=r"^x\[0\]: 3 is not a string$"):
        convert(hint, [3], "x")
    hint = bool | Octet | Inner
    assert convert(hint, True, "x") is True
    assert convert(hint, 1, "x") == 1
    assert convert(hint, {"needed": "a"}, "x") == Inner(needed="a")


def test_nullable():
    assert convert(str | None, None, "x") is None
    assert convert(str | None, "a", "x") == "a"


def test_any():
    for value in (None, 3, "x", [1]):
        assert convert(Any, value, "x") is value


def test_interfaces():
    value = Interface()
    assert convert(Interface, value, "x") is value
    for other in (3, None, Interface):
        with pytest.raises(TypeError, match=r"x: .* is not of type Interface"):
            convert(Interface, other, "x")


# --- Dictionaries -----------------------------------------------------------------------------------------


def test_defaults():
    for nothing in (None, {}, Outer(), {"flag": None, "color": None, "items": None}):
        assert Outer.convert(nothing) == Outer(
            flag=False, color=Color.RED, items=[], names=None, inner=None, secret=None, anything=None
        )
    assert Outer.convert().items is not Outer.convert().items


def test_all_members():
    result = Outer.convert(
        {
            "flag": True,
            "color": "dark-blue",
            "items": [{"needed": "a", "number": 1}, Inner(needed="b")],
            "names": ["x"],
            "inner": {"needed": "c"},
            "anything": 3,
            "unknown": object(),
        }
    )
    assert result == Outer(
        flag=True,
        color=Color.DARK_BLUE,
        items=[Inner(needed="a", number=1), Inner(needed="b", number=7)],
        names=["x"],
        inner=Inner(needed="c"),
        anything=3,
    )
    assert result.color is Color.DARK_BLUE


def test_dataclasses_are_copied_deeply_and_checked():
    given_ = Outer(items=[Inner(needed="a")], names=["x"], color="dark-blue")
    result = Outer.convert(given_)
    assert result == given_
    assert result is not given_
    assert result.items is not given_.items
    assert result.items[0] is not given_.items[0]
    assert result.names is not given_.names
    assert result.color is Color.DARK_BLUE
    given_.items[0].number = 256
    with pytest.raises(EnforceRangeError, match=r"^Outer\.items\[0\]\.number: 256 is not in 0\.\.255$"):
        Outer.convert(given_)


def test_other_objects_with_the_members():
    @dataclass
    class Foreign:
        needed: str

    class Described:
        needed = "a"
        toJSON = None

    assert Inner.convert(Foreign("a")) == Inner.convert(Described()) == Inner(needed="a")


@pytest.mark.parametrize("value", [3, "a", ["a"], [("needed", "a")], Inner, Interface(), b""])
def test_what_is_no_dictionary(value):
    with pytest.raises(TypeError, match=r"^Inner: .* is not a dict or Inner$"):
        Inner.convert(value)


@pytest.mark.parametrize("value", [None, {}, {"number": 3}, {"needed": None}])
def test_required_members(value):
    with pytest.raises(TypeError, match=r"^Inner: required member 'needed' is missing$"):
        Inner.convert(value)


def test_required_members_of_members_and_the_name_of_the_whole():
    with pytest.raises(TypeError, match=r"^here\.items\[1\]: required member 'needed' is missing$"):
        Outer.convert({"items": [{"needed": "a"}, {}]}, "here")
    with pytest.raises(TypeError, match=r"^Outer\.inner\.needed: 3 is not a string$"):
        Outer.convert({"inner": {"needed": 3}})


def test_keywords_are_checked_by_python():
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Outer(colour="red")
    with pytest.raises(TypeError, match="needed"):
        Inner()
    with pytest.raises(TypeError, match="positional"):
        Inner("a")
    with pytest.raises(AttributeError):
        Inner(needed="a").numbr = 3


def test_inheritance():
    assert Derived.members() == ("needed", "number", "also")
    assert Derived.convert({"needed": "a", "also": "b"}) == Derived(needed="a", also="b", number=7)
    # What is more than the type takes is unknown to it.
    assert type(Inner.convert(Derived(needed="a", also="b"))) is Inner


def test_repr_leaves_out_what_is_absent_or_secret():
    assert repr(Inner(needed="a")) == "Inner(needed='a', number=7)"
    assert repr(Outer(secret="s", inner=Inner(needed="a"))) == (
        "Outer(flag=False, color=<Color.RED: 'red'>, items=[], inner=Inner(needed='a', number=7))"
    )


def test_copy_and_pickle():
    value = Outer(items=[Inner(needed="a")])
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


def test_long_values_are_cut_in_messages():
    assert shown("a" * 98) == repr("a" * 98)
    assert shown("a" * 99) == "'" + "a" * 99 + "... (str)"
    with pytest.raises(TypeError) as caught:
        convert(bool, b"x" * 10**6, "x")
    assert len(str(caught.value)) < 200


def test_either():
    assert either({"a": 1}, {"a": None}) == {"a": 1}
    assert either(None, {"a": 2}) == {"a": 2}
    with pytest.raises(TypeError, match="not as both"):
        either({}, {"a": 2})


NAMES = [*Outer.members(), *Inner.members(), "unknown"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES = st.recursive(
    LEAVES, lambda values: st.lists(values) | st.dictionaries(st.sampled_from(NAMES), values)
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_anything_converts_or_is_a_type_error(value):
    try:
        result = Outer.convert(value)
    except TypeError:
        return
    assert Outer.convert(result) == result
