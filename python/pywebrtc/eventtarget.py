"""Events and the objects that fire them: the DOM standard's Event and EventTarget, for asyncio.

There is no tree of targets here: an event goes to one target and has no capture or bubbling phase.
What the DOM standard does not have:

* A listener may be a coroutine function, or anything else that returns a coroutine. The coroutine is
  started as a task of the running loop when its turn in the order of listeners comes, and is kept alive
  until it is done. Dispatch does not wait for it.
* An exception of a listener, function or task, goes to ``call_exception_handler`` of the running loop, or
  to ``sys.excepthook`` where no loop runs, and stops nothing. ``KeyboardInterrupt`` and ``SystemExit`` pass
  through. The cancellation of a listener's task is not reported.
* ``@target.on("track")`` adds a listener.
"""

# pyright: reportPrivateUsage=false
# Event and EventTarget know each other.

from __future__ import annotations

import asyncio
import functools
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast, overload

from ._webidl import Dictionary, convert, dictionary, either
from .exceptions import InvalidStateError


@dictionary
class EventInit(Dictionary):
    """What every event can be made with (https://dom.spec.whatwg.org/#dictdef-eventinit)."""

    bubbles: bool = False
    cancelable: bool = False
    composed: bool = False


class Event:
    """Something that happened to a target (https://dom.spec.whatwg.org/#interface-event).

    Arguments:
        type: the name under which it is listened to, such as ``"track"``.
        eventInitDict: the other members, as a dict or dataclass; or give them as keywords.

    Raises:
        TypeError: a member has the wrong type, or a required one is missing.
    """

    # What eventInitDict converts to. A member becomes the attribute of its name with an underscore.
    _Init: ClassVar[type[EventInit]] = EventInit

    # Class attributes are the defaults: an event with little to say is small and made quickly.
    _bubbles = False
    _cancelable = False
    _composed = False
    _target: EventTarget | None = None
    _currentTarget: EventTarget | None = None
    _isTrusted = False
    _defaultPrevented = False
    _dispatching = False
    _stopped = False
    _stoppedImmediately = False

    def __init__(
        self, type: str, eventInitDict: EventInit | Mapping[str, Any] | None = None, /, **members: Any
    ) -> None:
        self._type = convert(str, type, f"{self.__class__.__name__}.type")
        self._timeStamp = time.monotonic() * 1000
        given = either(eventInitDict, members)
        init = self._Init.convert(self._Init(**members) if given is members else given)
        for name in init.members():
            setattr(self, "_" + name, getattr(init, name))

    @classmethod
    def _new(cls, type: str, **members: Any) -> Self:
        """An event that the library fires: its members have the right types already."""
        self = cls.__new__(cls)
        self._type = type
        self._timeStamp = time.monotonic() * 1000
        for name, value in members.items():
            setattr(self, "_" + name, value)
        return self

    @property
    def type(self) -> str:
        """The name under which the event is listened to."""
        return self._type

    @property
    def target(self) -> EventTarget | None:
        """The object that the event was dispatched to."""
        return self._target

    @property
    def currentTarget(self) -> EventTarget | None:
        """The object whose listeners run now; None before and after dispatch."""
        return self._currentTarget

    @property
    def timeStamp(self) -> float:
        """When the event was made: milliseconds on the clock of ``time.monotonic()`` and ``loop.time()``."""
        return self._timeStamp

    @property
    def isTrusted(self) -> bool:
        """Whether the library fired the event; False when ``dispatchEvent`` did."""
        return self._isTrusted

    @property
    def bubbles(self) -> bool:
        """As given; without a tree of targets it means nothing."""
        return self._bubbles

    @property
    def composed(self) -> bool:
        """As given; without a tree of targets it means nothing."""
        return self._composed

    @property
    def cancelable(self) -> bool:
        """Whether ``preventDefault()`` has an effect."""
        return self._cancelable

    @property
    def defaultPrevented(self) -> bool:
        """Whether ``preventDefault()`` was called, on a cancelable event."""
        return self._defaultPrevented

    def preventDefault(self) -> None:
        """Cancel the event, where it is cancelable: ``dispatchEvent`` returns False then."""
        self._defaultPrevented = self._defaultPrevented or self._cancelable

    def stopPropagation(self) -> None:
        """Keep the event from further targets. There are none; called before dispatch, it stops the event."""
        self._stopped = True

    def stopImmediatePropagation(self) -> None:
        """Keep the event from the listeners that have not run yet."""
        self._stopped = self._stoppedImmediately = True

    def __repr__(self) -> str:
        members = (f" {name}={getattr(self, name)!r}" for name in self._Init.members() if name not in _FLAGS)
        return f"<{self.__class__.__name__} {self._type!r}{''.join(members)}>"


_FLAGS = frozenset(EventInit.members())


class EventListener(Protocol):
    """An object that listens: its ``handleEvent`` is looked up and called for each event."""

    def handleEvent(self, event: Any, /) -> object:
        """Take an event."""
        ...


Listener = Callable[[Any], object] | EventListener
ListenerT = TypeVar("ListenerT", bound=Listener)
EventT = TypeVar("EventT", bound=Event)


class _Registration:
    """A listener in the list of a target (https://dom.spec.whatwg.org/#concept-event-listener)."""

    __slots__ = ("call", "callback", "is_handler", "once", "removed")

    def __init__(self, callback: Listener, *, once: bool = False, is_handler: bool = False) -> None:
        self.replace(callback)
        self.once = once
        self.is_handler = is_handler
        self.removed = False

    def replace(self, callback: Listener) -> None:
        """Call another one from now on."""
        self.callback = callback
        self.call: Callable[[Any], object] = callback if callable(callback) else _caller(callback)


def _caller(listener: EventListener) -> Callable[[Any], object]:
    # https://dom.spec.whatwg.org/#concept-event-listener-inner-invoke: looked up for each event.
    def call(event: Any) -> object:
        return listener.handleEvent(event)

    return call


class EventTarget:
    """An object that fires events (https://dom.spec.whatwg.org/#interface-eventtarget).

    Listeners may be added before a loop runs. They run in the order in which they were added.
    """

    __slots__ = ("__weakref__", "_listeners")

    # The events that objects of the class fire: those that it has an EventHandler for.
    _event_types: ClassVar[frozenset[str]] = frozenset()

    # A tuple is replaced and never changed, so that dispatch can walk it while listeners come and go.
    _listeners: dict[str, tuple[_Registration, ...]]

    def __init__(self) -> None:
        self._listeners = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = (value.event_type for value in vars(cls).values() if isinstance(value, EventHandler))
        inherited = (event for base in cls.__bases__ for event in getattr(base, "_event_types", ()))
        cls._event_types = frozenset((*own, *inherited))

    def addEventListener(
        self,
        type: str,
        callback: Listener | None,
        options: Mapping[str, Any] | bool | None = None,
        /,
        *,
        once: bool = False,
    ) -> None:
        """Call ``callback`` with every event of the type; adding it again changes nothing.

        Arguments:
            type: any name; one that the object never fires is accepted.
            callback: a function, a coroutine function, or an object with ``handleEvent``; None adds nothing.
            options: ``{"once": True}`` removes the listener before its first call. ``capture`` and
                ``passive`` (and a bool, which stands for ``capture``) are accepted and mean nothing here.
            once: the same as ``{"once": True}``.

        Raises:
            TypeError: ``callback`` is none of these.
        """
        if callback is None:
            return
        if not callable(callback) and not hasattr(callback, "handleEvent"):
            raise TypeError(f"addEventListener: {callback!r} is not a function and has no handleEvent")
        if self._find(type, callback) is None:
            once = once or (isinstance(options, Mapping) and bool(options.get("once")))
            self._append(type, _Registration(callback, once=once))

    def removeEventListener(
        self, type: str, callback: Listener | None, options: Mapping[str, Any] | bool | None = None, /
    ) -> None:
        """Stop calling ``callback``, also in a dispatch that has not reached it yet. Unknown is ignored."""
        registration = self._find(type, callback)
        if registration is not None:
            self._remove(type, registration)

    def dispatchEvent(self, event: Event, /) -> bool:
        """Call the listeners for the event now; False if one of them called ``preventDefault()``.

        Raises:
            InvalidStateError: the event is being dispatched already.
            TypeError: ``event`` is not an Event.
        """
        if not isinstance(event, Event):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"dispatchEvent: {event!r} is not an Event")
        # https://dom.spec.whatwg.org/#dom-eventtarget-dispatchevent
        if event._dispatching:
            raise InvalidStateError(f"{event!r} is being dispatched already")
        event._isTrusted = False
        return self._dispatch(event)

    @overload
    def on(self, type: str, callback: None = None, /) -> Callable[[ListenerT], ListenerT]: ...
    @overload
    def on(self, type: str, callback: ListenerT, /) -> ListenerT: ...
    def on(self, type: str, callback: Any = None, /) -> Any:
        """Add a listener: ``@target.on("track")`` above a function, or ``target.on("track", function)``.

        Returns:
            The listener, so that the decorated name stays what it was.

        Raises:
            ValueError: objects of this class never fire such an event.
        """
        if self._event_types and type not in self._event_types:
            known = ", ".join(sorted(self._event_types))
            raise ValueError(f"{self.__class__.__name__} fires no event {type!r}; it fires {known}")
        if callback is None:
            return cast("Callable[[Listener], Listener]", functools.partial(self.on, type))
        self.addEventListener(type, callback)
        return callback

    def _has_listeners(self, type: str) -> bool:
        """Whether anyone would hear an event of the type: where not, no event has to be made."""
        return type in self._listeners

    def _fire(self, event: Event) -> bool:
        """Dispatch an event of the library's own."""
        event._isTrusted = True
        return self._dispatch(event)

    def _dispatch(self, event: Event) -> bool:
        # https://dom.spec.whatwg.org/#concept-event-dispatch, with this target as the whole path
        event._dispatching = True
        event._target = event._currentTarget = self
        type = event._type
        try:
            if not event._stopped:
                for registration in self._listeners.get(type, ()):
                    if registration.removed:
                        continue
                    if registration.once:
                        self._remove(type, registration)
                    try:
                        result = registration.call(event)
                        if result is not None and isinstance(result, Coroutine):
                            _start(cast("Coroutine[Any, Any, Any]", result), registration.callback, event)
                    except (KeyboardInterrupt, SystemExit):
                        raise
                    except BaseException as exception:  # noqa: BLE001 - reported, as asyncio does with a callback's
                        _report(exception, registration.callback, event)
                    if event._stoppedImmediately:
                        break
        finally:
            event._currentTarget = None
            event._dispatching = False
            if event._stopped:
                event._stopped = event._stoppedImmediately = False
        return not event._defaultPrevented

    def _find(self, type: str, callback: Listener | None) -> _Registration | None:
        for registration in self._listeners.get(type, ()):
            # Equality, not identity: each access to a bound method makes a new object.
            if not registration.is_handler and registration.callback == callback:
                return registration
        return None

    def _handler(self, type: str) -> _Registration | None:
        for registration in self._listeners.get(type, ()):
            if registration.is_handler:
                return registration
        return None

    def _append(self, type: str, registration: _Registration) -> None:
        self._listeners[type] = (*self._listeners.get(type, ()), registration)

    def _remove(self, type: str, registration: _Registration) -> None:
        registration.removed = True
        rest = tuple(other for other in self._listeners[type] if other is not registration)
        if rest:
            self._listeners[type] = rest
        else:
            del self._listeners[type]


class EventHandler(Generic[EventT]):
    """An ``on<event>`` attribute of a class, as in HTML: ``ontrack = EventHandler[RTCTrackEvent]("track")``.

    It holds one function or coroutine function, which takes its place among the listeners when it is set
    first and keeps it when it is replaced; None takes it away. Anything else is a TypeError (a browser makes
    None of it in silence).
    """

    def __init__(self, event_type: str) -> None:
        self.event_type = event_type
        self.__doc__ = f"The handler of the {event_type!r} event: a function, a coroutine function, or None."

    @overload
    def __get__(self, target: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, target: EventTarget, owner: type[Any]) -> Callable[[EventT], object] | None: ...
    def __get__(self, target: EventTarget | None, owner: type[Any]) -> Any:
        if target is None:
            return self
        registration = target._handler(self.event_type)
        return registration and registration.callback

    def __set__(self, target: EventTarget, handler: Callable[[EventT], object] | None) -> None:
        # https://html.spec.whatwg.org/#event-handler-attributes: activate, replace, deactivate
        if handler is not None and not callable(handler):
            raise TypeError(f"on{self.event_type}: {handler!r} is not a function or None")
        registration = target._handler(self.event_type)
        if registration is None:
            if handler is not None:
                target._append(self.event_type, _Registration(handler, is_handler=True))
        elif handler is None:
            target._remove(self.event_type, registration)
        else:
            registration.replace(handler)


# asyncio itself holds its tasks weakly.
_tasks: set[asyncio.Task[Any]] = set()


def loop_closed(loop: asyncio.AbstractEventLoop) -> None:
    """Listeners' tasks of that loop never end: keep them no longer."""
    _tasks.difference_update([task for task in _tasks if task.get_loop() is loop])


def _start(coroutine: Coroutine[Any, Any, Any], callback: Listener, event: Event) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        coroutine.close()
        raise RuntimeError(f"{callback!r} is asynchronous, and no event loop runs to run it") from None

    def done(task: asyncio.Task[Any]) -> None:
        _tasks.discard(task)
        # KeyboardInterrupt and SystemExit have gone through the loop already.
        if not task.cancelled() and isinstance(exception := task.exception(), Exception):
            _report(exception, callback, event, task)

    task = loop.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(done)


def _report(
    exception: BaseException, callback: Listener, event: Event, task: asyncio.Task[Any] | None = None
) -> None:
    """Tell of a listener's exception and go on (https://html.spec.whatwg.org/#report-an-exception)."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        sys.excepthook(type(exception), exception, exception.__traceback__)
        return
    context: dict[str, Any] = {
        "message": f"Exception in a listener of {event!r}",
        "exception": exception,
        "event": event,
        "target": event.target,
        "listener": callback,
    }
    if task is not None:
        context["task"] = task
    loop.call_exception_handler(context)
