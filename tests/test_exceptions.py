"""exceptions.py: names, hierarchy, what they carry, pickling."""

import builtins
import copy
import inspect
import pickle

import pytest
from pywebrtc import exceptions
from pywebrtc.enums import RTCErrorDetailType
from pywebrtc.exceptions import (
    DOMException,
    EnforceRangeError,
    InvalidStateError,
    OperationError,
    OverconstrainedError,
    RangeError,
    RTCError,
)

SIMPLE = [
    cls
    for cls in vars(exceptions).values()
    if inspect.isclass(cls)
    and issubclass(cls, DOMException)
    and cls not in (DOMException, RTCError, OverconstrainedError)
]


def test_every_name_of_the_specifications_is_there():
    assert {cls.__name__ for cls in SIMPLE} == {
        "AbortError",
        "InvalidAccessError",
        "InvalidCharacterError",
        "InvalidModificationError",
        "InvalidStateError",
        "NetworkError",
        "NotAllowedError",
        "NotFoundError",
        "NotReadableError",
        "NotSupportedError",
        "OperationError",
        "SecurityError",
        "SyntaxError",
        "TimeoutError",
        "UnknownError",
    }


@pytest.mark.parametrize("cls", SIMPLE, ids=lambda cls: cls.__name__)
def test_name_message_text_and_pickle(cls):
    error = cls("it broke")
    assert (error.name, error.message, str(error)) == (cls.__name__, "it broke", "it broke")
    assert repr(error) == f"{cls.__name__}('it broke')"
    assert isinstance(error, DOMException)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is cls
        assert (twin.message, str(twin)) == ("it broke", "it broke")
    assert cls().message == ""


def test_base_class():
    error = DOMException("x")
    assert error.name == "Error"
    assert isinstance(error, Exception)
    for attribute in ("name", "message"):
        with pytest.raises(AttributeError):
            setattr(error, attribute, "y")


def test_timeout_is_also_the_builtin_one():
    with pytest.raises(builtins.TimeoutError, match="too late"):
        raise exceptions.TimeoutError("too late")


def test_syntax_error_is_not_the_builtin_one():
    assert not issubclass(exceptions.SyntaxError, builtins.SyntaxError)


def test_range_errors():
    assert issubclass(RangeError, ValueError)
    assert not issubclass(RangeError, TypeError)
    # https://webidl.spec.whatwg.org/#js-integer-types asks for a TypeError, Python for a ValueError.
    assert issubclass(EnforceRangeError, RangeError)
    assert issubclass(EnforceRangeError, TypeError)
    assert str(pickle.loads(pickle.dumps(EnforceRangeError("no")))) == "no"


DETAILS = (
    "sdpLineNumber",
    "sctpCauseCode",
    "receivedAlert",
    "sentAlert",
    "httpRequestStatusCode",
    "idpLoginUrl",
    "idpErrorInfo",
)


def test_rtc_error_as_in_the_specification():
    error = RTCError({"errorDetail": "sdp-syntax-error", "sdpLineNumber": 3, "unknown": 1}, "bad line")
    assert isinstance(error, OperationError)
    assert (error.name, error.message) == ("OperationError", "bad line")
    assert error.errorDetail is RTCErrorDetailType.SDP_SYNTAX_ERROR
    assert [getattr(error, name) for name in DETAILS] == [3, *[None] * 6]
    assert repr(error) == "RTCError('bad line', errorDetail=sdp-syntax-error, sdpLineNumber=3)"
    assert RTCError({"errorDetail": "dtls-failure"}).message == ""


@pytest.mark.parametrize("name", DETAILS)
def test_rtc_error_with_keywords(name):
    value = "forty" if name.startswith("idp") else 40
    error = RTCError("oh", errorDetail="dtls-failure", **{name: value})
    assert (error.message, error.errorDetail) == ("oh", "dtls-failure")
    assert {other: getattr(error, other) for other in DETAILS} == dict.fromkeys(DETAILS) | {name: value}
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert repr(twin) == repr(error)
    with pytest.raises(AttributeError):
        setattr(error, name, 1)


@pytest.mark.parametrize(
    "init", ["x", {}, {"errorDetail": None}, {"errorDetail": "x"}, {"errorDetail": 1}, 1, None]
)
def test_rtc_error_needs_a_detail(init):
    with pytest.raises(TypeError, match=r"errorDetail|RTCErrorInit"):
        RTCError(init)


def test_rtc_error_of_an_unknown_detail():
    with pytest.raises(TypeError, match=r"RTCError.errorDetail: 'x' is not one of 'data-channel-failure', "):
        RTCError("no", errorDetail="x")


def test_rtc_error_of_the_wrong_types():
    for name in DETAILS:
        with pytest.raises(TypeError, match=name):
            RTCError({"errorDetail": "dtls-failure", name: b"1"})


def test_overconstrained_error():
    error = OverconstrainedError("width", "too wide")
    assert (error.name, error.constraint, error.message) == ("OverconstrainedError", "width", "too wide")
    assert repr(error) == "OverconstrainedError('width', 'too wide')"
    twin = pickle.loads(pickle.dumps(error))
    assert (twin.constraint, twin.message, str(twin)) == ("width", "too wide", "too wide")
    with pytest.raises(AttributeError):
        error.constraint = "height"


def test_notes_survive_pickling():
    error = InvalidStateError("closed")
    error.add_note("while adding a track")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while adding a track"]


def test_the_tree_in_the_docstring_is_complete():
    for cls in (*SIMPLE, DOMException, RTCError, OverconstrainedError, RangeError, EnforceRangeError):
        assert f"─ {cls.__name__} " in exceptions.__doc__
