"""Every exception of the package, named as the specifications name them.

    Exception
    ├── DOMException                    .name and .message, as in WebIDL
    │   ├── AbortError                  the operation was aborted
    │   ├── InvalidAccessError          the object cannot do this with that argument
    │   ├── InvalidCharacterError       a string holds a character that is not allowed (DTMF tones)
    │   ├── InvalidModificationError    the object cannot be changed in this way
    │   ├── InvalidStateError           the object is in a state that does not allow this
    │   ├── NetworkError                a network operation failed
    │   ├── NotAllowedError             permission was refused
    │   ├── NotFoundError               there is no such device or object
    │   ├── NotReadableError            a device or file cannot be read
    │   ├── NotSupportedError           not supported here
    │   ├── OperationError              the operation failed, for a reason in its message
    │   │   └── RTCError                ... with details of WebRTC: .errorDetail, .sdpLineNumber, ...
    │   ├── OverconstrainedError        no settings satisfy the constraints; .constraint says which
    │   ├── SecurityError               the operation is insecure
    │   ├── SyntaxError                 a string does not match its grammar
    │   ├── TimeoutError                too late; also a builtin TimeoutError
    │   └── UnknownError                failed for an unknown reason
    ├── ValueError
    │   └── RangeError                  a value outside its range, as in WebIDL
    │       └── EnforceRangeError       an integer that does not fit its WebIDL type; also a TypeError
    └── TypeError                       the builtin: WebIDL's TypeError

The names are those of https://webidl.spec.whatwg.org/#idl-DOMException-error-names that webrtc-pc,
webrtc-identity, webrtc-extensions and mediacapture-main use. ``SyntaxError`` and ``TimeoutError`` shadow
builtins, so the package root does not export them: write ``pywebrtc.exceptions.SyntaxError``.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from .enums import RTCErrorDetailType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .dictionaries import RTCErrorInit


class DOMException(Exception):  # noqa: N818 - the W3C name
    """The base of all errors that a W3C algorithm names (WebIDL, section "DOMException").

    Equality is identity, as for every exception; instances can be pickled.
    """

    _name = "Error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self._message = message

    @property
    def name(self) -> str:
        """The DOMException name, such as ``"InvalidStateError"``; the same for all of a class."""
        return self._name

    @property
    def message(self) -> str:
        """What went wrong, for people."""
        return self._message

    def __str__(self) -> str:
        return self._message


class AbortError(DOMException):
    """The operation was aborted."""

    _name = "AbortError"


class InvalidAccessError(DOMException):
    """The object does not support the operation or argument."""

    _name = "InvalidAccessError"


class InvalidCharacterError(DOMException):
    """The string contains invalid characters."""

    _name = "InvalidCharacterError"


class InvalidModificationError(DOMException):
    """The object cannot be modified in this way."""

    _name = "InvalidModificationError"


class InvalidStateError(DOMException):
    """The object is in an invalid state, closed for example."""

    _name = "InvalidStateError"


class NetworkError(DOMException):
    """A network error occurred."""

    _name = "NetworkError"


class NotAllowedError(DOMException):
    """The request is not allowed in the current context."""

    _name = "NotAllowedError"


class NotFoundError(DOMException):
    """The object cannot be found here."""

    _name = "NotFoundError"


class NotReadableError(DOMException):
    """The input or output operation failed."""

    _name = "NotReadableError"


class NotSupportedError(DOMException):
    """The operation is not supported."""

    _name = "NotSupportedError"


class OperationError(DOMException):
    """The operation failed for an operation-specific reason."""

    _name = "OperationError"


class RTCError(OperationError):
    """An OperationError with WebRTC-specific details (webrtc-pc, section "RTCError").

    As in the specification, ``RTCError({"errorDetail": "sdp-syntax-error", "sdpLineNumber": 3}, "...")``
    or with the message first, ``RTCError("...", errorDetail="sdp-syntax-error", sdpLineNumber=3)``.
    Its ``name`` is ``"OperationError"``, as the specification's constructor sets it.

    Raises:
        TypeError: ``errorDetail`` is missing or not one of :class:`RTCErrorDetailType`, or a member has the
            wrong type.
    """

    def __init__(
        self,
        init: RTCErrorInit | Mapping[str, Any] | str = "",
        message: str = "",
        /,
        *,
        errorDetail: RTCErrorDetailType | str | None = None,
        sdpLineNumber: int | None = None,
        sctpCauseCode: int | None = None,
        receivedAlert: int | None = None,
        sentAlert: int | None = None,
        httpRequestStatusCode: int | None = None,
        idpLoginUrl: str | None = None,
        idpErrorInfo: str | None = None,
    ) -> None:
        from ._webidl import convert  # these need this module
        from .dictionaries import RTCErrorInit

        if isinstance(init, str):
            message = init or message
            init = {
                "errorDetail": errorDetail,
                "sdpLineNumber": sdpLineNumber,
                "sctpCauseCode": sctpCauseCode,
                "receivedAlert": receivedAlert,
                "sentAlert": sentAlert,
                "httpRequestStatusCode": httpRequestStatusCode,
                "idpLoginUrl": idpLoginUrl,
                "idpErrorInfo": idpErrorInfo,
            }
        super().__init__(convert(str, message, "RTCError: message"))
        self._init = RTCErrorInit.convert(init, "RTCError")

    @property
    def errorDetail(self) -> RTCErrorDetailType:
        """The WebRTC-specific error code."""
        return RTCErrorDetailType(self._init.errorDetail)

    @property
    def sdpLineNumber(self) -> int | None:
        """With ``"sdp-syntax-error"``, the line where the error was found (the first is 1)."""
        return self._init.sdpLineNumber

    @property
    def sctpCauseCode(self) -> int | None:
        """With ``"sctp-failure"``, the SCTP cause code."""
        return self._init.sctpCauseCode

    @property
    def receivedAlert(self) -> int | None:
        """With ``"dtls-failure"``, the value of a DTLS alert that was received."""
        return self._init.receivedAlert

    @property
    def sentAlert(self) -> int | None:
        """With ``"dtls-failure"``, the value of a DTLS alert that was sent."""
        return self._init.sentAlert

    @property
    def httpRequestStatusCode(self) -> int | None:
        """With ``"idp-load-failure"``, the HTTP status (webrtc-identity, section "RTCError extensions")."""
        return self._init.httpRequestStatusCode

    @property
    def idpLoginUrl(self) -> str | None:
        """With ``"idp-need-login"``, where to log in (webrtc-identity, section "IdP Error Handling")."""
        return self._init.idpLoginUrl

    @property
    def idpErrorInfo(self) -> str | None:
        """What an identity provider adds, in a form of its own (webrtc-identity, the same section)."""
        return self._init.idpErrorInfo

    def __repr__(self) -> str:
        given = ((name, getattr(self._init, name)) for name in self._init.members())
        shown = (f"{name}={value!s}" for name, value in given if value is not None)
        return f"RTCError({self._message!r}, {', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._init, self._message), self.__dict__


class OverconstrainedError(DOMException):
    """No settings satisfy a required constraint (mediacapture-main, section "OverconstrainedError")."""

    _name = "OverconstrainedError"

    def __init__(self, constraint: str, message: str = "") -> None:
        from ._webidl import convert  # it needs this module

        super().__init__(convert(str, message, "OverconstrainedError: message"))
        self._constraint = convert(str, constraint, "OverconstrainedError: constraint")

    @property
    def constraint(self) -> str:
        """The constraint that could not be satisfied, or ``""``."""
        return self._constraint

    def __repr__(self) -> str:
        return f"OverconstrainedError({self._constraint!r}, {self._message!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._constraint, self._message), self.__dict__


class SecurityError(DOMException):
    """The operation is insecure."""

    _name = "SecurityError"


class SyntaxError(DOMException):
    """The string did not match the expected pattern."""

    _name = "SyntaxError"


class TimeoutError(DOMException, builtins.TimeoutError):
    """The operation timed out. ``except TimeoutError`` and ``except asyncio.TimeoutError`` catch it too."""

    _name = "TimeoutError"


class UnknownError(DOMException):
    """The operation failed for an unknown transient reason."""

    _name = "UnknownError"


class RangeError(ValueError):
    """WebIDL's RangeError: a value that is not in the set or range of allowed values."""


class EnforceRangeError(RangeError, TypeError):
    """An integer outside the range of its WebIDL type.

    WebIDL throws a TypeError there ([EnforceRange]), Python a ValueError; this is both.
    """
