"""eventtarget.py: the DOM standard's dispatch, HTML's handler attributes, and what asyncio adds."""

import asyncio
import functools
import gc
import sys
import time
import weakref

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from pywebrtc.eventtarget import Event, EventHandler, EventInit, EventTarget
from pywebrtc.exceptions import InvalidStateError


class Door(EventTarget):
    onopen = EventHandler("open")
    onclose = EventHandler("close")


class Gate(Door):
    onlock = EventHandler("lock")


class Reported:
    """What loop.call_exception_handler was told."""

    def __init__(self):
        self.contexts = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: self.contexts.append(context))


@pytest.fixture
async def reported():
    return Reported()


@pytest.fixture
def door():
    return Door()


@pytest.fixture
def log():
    return []


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


# --- Event -----------------------------------------------------------------------------------------------


def test_a_new_event():
    before = time.monotonic() * 1000
    event = Event("open")
    assert event.type == "open"
    assert before <= event.timeStamp <= time.monotonic() * 1000
    assert event.target is None
    assert event.currentTarget is None
    flags = ("bubbles", "cancelable", "composed", "defaultPrevented", "isTrusted")
    assert [getattr(event, flag) for flag in flags] == [False] * 5
    assert repr(event) == "<Event 'open'>"


@pytest.mark.parametrize(
    "event",
    [
        Event("x", {"bubbles": True, "cancelable": True, "composed": True, "unknown": 1}),
        Event("x", EventInit(bubbles=True, cancelable=True, composed=True)),
        Event("x", bubbles=True, cancelable=True, composed=True),
    ],
)
def test_event_members(event):
    assert (event.bubbles, event.cancelable, event.composed) == (True, True, True)


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, "type"),
        ((3,), {}, "Event.type: 3 is not a string"),
        (("x", {"cancelable": 1}), {}, "EventInit.cancelable: 1 is not a boolean"),
        (("x", 3), {}, "3 is not a dict or EventInit"),
        (("x",), {"cancelled": True}, "cancelled"),
        (("x", {}), {"cancelable": True}, "not as both"),
    ],
)
def test_event_that_cannot_be_made(arguments, keywords, message):
    with pytest.raises(TypeError, match=message):
        Event(*arguments, **keywords)


@pytest.mark.parametrize(
    "name",
    [
        "type",
        "target",
        "currentTarget",
        "timeStamp",
        "bubbles",
        "cancelable",
        "defaultPrevented",
        "isTrusted",
    ],
)
def test_event_attributes_are_read_only(name):
    with pytest.raises(AttributeError):
        setattr(Event("x"), name, None)


def test_prevent_default(door):
    door.addEventListener("open", Event.preventDefault)
    event = Event("open", cancelable=True)
    assert door.dispatchEvent(event) is False
    assert event.defaultPrevented
    event = Event("open")
    assert door.dispatchEvent(event) is True
    assert not event.defaultPrevented


# --- Listeners -------------------------------------------------------------------------------------------


def test_listeners_run_in_order_with_one_event(door, log):
    for name in "abc":
        door.addEventListener("open", lambda event, name=name: log.append((name, event)))
    event = Event("open")
    assert door.dispatchEvent(event)
    assert log == [("a", event), ("b", event), ("c", event)]


def test_target_during_and_after_dispatch(door, log):
    door.addEventListener(
        "open", lambda event: log.append((event.target, event.currentTarget, event.isTrusted))
    )
    event = Event("open")
    door.dispatchEvent(event)
    door._fire(event)
    assert log == [(door, door, False), (door, door, True)]
    assert (event.target, event.currentTarget) == (door, None)


def test_a_listener_is_added_once(door, log):
    door.addEventListener("open", log.append)
    door.addEventListener("open", log.append, {"once": True})
    door.addEventListener("close", log.append)
    door.dispatchEvent(Event("open"))
    door.dispatchEvent(Event("open"))
    assert len(log) == 2


def test_bound_methods_are_the_same_listener(door):
    class Counter:
        count = 0

        def up(self, _event):
            self.count += 1

    counter, other = Counter(), Counter()
    door.addEventListener("open", counter.up)
    door.addEventListener("open", counter.up)
    door.addEventListener("open", other.up)
    door.dispatchEvent(Event("open"))
    assert (counter.count, other.count) == (1, 1)
    door.removeEventListener("open", counter.up)
    door.dispatchEvent(Event("open"))
    assert (counter.count, other.count) == (1, 2)


def test_none_and_unknown_listeners_are_ignored(door, log):
    door.addEventListener("open", None)
    door.removeEventListener("open", None)
    door.removeEventListener("open", log.append)
    door.addEventListener("open", log.append)
    door.removeEventListener("close", log.append)
    door.dispatchEvent(Event("open"))
    assert len(log) == 1


@pytest.mark.parametrize("callback", [3, "open", object()])
def test_what_cannot_listen(door, callback):
    with pytest.raises(TypeError, match="has no handleEvent"):
        door.addEventListener("open", callback)
    assert not door._has_listeners("open")


@pytest.mark.parametrize(
    "options", [None, False, True, {}, {"capture": True}, {"passive": True, "once": False}]
)
def test_options_that_mean_nothing(door, log, options):
    door.addEventListener("open", log.append, options)
    door.dispatchEvent(Event("open"))
    door.dispatchEvent(Event("open"))
    assert len(log) == 2
    door.removeEventListener("open", log.append, options)
    door.dispatchEvent(Event("open"))
    assert len(log) == 2


@pytest.mark.parametrize(
    "add",
    [
        lambda door, f: door.addEventListener("open", f, {"once": True}),
        lambda door, f: door.addEventListener("open", f, once=True),
    ],
)
def test_once(door, log, add):
    def listener(event):
        log.append(door._has_listeners("open"))
        # The listener is gone by now: this dispatch does not call it again.
        door.dispatchEvent(Event("open"))

    add(door, listener)
    door.dispatchEvent(Event("open"))
    door.dispatchEvent(Event("open"))
    assert log == [False]


def test_object_with_handle_event(door, log):
    class Listener:
        def handleEvent(self, event):
            log.append(("first", self, event.type))

    listener = Listener()
    door.addEventListener("open", listener)
    door.dispatchEvent(Event("open"))
    # https://webidl.spec.whatwg.org/#call-a-user-objects-operation: looked up at each call
    listener.handleEvent = lambda event: log.append("second")
    door.dispatchEvent(Event("open"))
    assert log == [("first", listener, "open"), "second"]


def test_listener_added_during_dispatch_waits_for_the_next(door, log):
    def first(_event):
        log.append("first")
        door.addEventListener("open", second)

    def second(_event):
        log.append("second")

    door.addEventListener("open", first)
    door.dispatchEvent(Event("open"))
    assert log == ["first"]
    door.dispatchEvent(Event("open"))
    assert log == ["first", "first", "second"]


def test_listener_removed_during_dispatch_is_not_called(door, log):
    door.addEventListener("open", lambda _event: door.removeEventListener("open", log.append))
    door.addEventListener("open", log.append)
    door.dispatchEvent(Event("open"))
    assert log == []


def test_listener_removed_and_added_again_during_dispatch_waits_for_the_next(door, log):
    def again(_event):
        door.removeEventListener("open", log.append)
        door.addEventListener("open", log.append)

    door.addEventListener("open", again)
    door.addEventListener("open", log.append)
    door.dispatchEvent(Event("open"))
    assert log == []


def test_stop_immediate_propagation(door, log):
    def stop(event):
        event.stopImmediatePropagation()
        log.append("stop")

    door.addEventListener("open", stop)
    door.addEventListener("open", log.append)
    event = Event("open")
    assert door.dispatchEvent(event)
    assert log == ["stop"]
    # The flag is unset after dispatch: https://dom.spec.whatwg.org/#concept-event-dispatch
    door.removeEventListener("open", stop)
    door.dispatchEvent(event)
    assert log == ["stop", event]


def test_stop_propagation_lets_the_same_target_finish(door, log):
    door.addEventListener("open", Event.stopPropagation)
    door.addEventListener("open", log.append)
    door.dispatchEvent(Event("open"))
    assert len(log) == 1


@pytest.mark.parametrize("stop", [Event.stopPropagation, Event.stopImmediatePropagation])
def test_event_stopped_before_dispatch(door, log, stop):
    door.addEventListener("open", log.append)
    event = Event("open")
    stop(event)
    assert door.dispatchEvent(event)
    assert log == []
    assert door.dispatchEvent(event)
    assert log == [event]


def test_dispatching_an_event_that_is_being_dispatched(door, log):
    def again(event):
        for target in (door, Door()):
            with pytest.raises(InvalidStateError, match="is being dispatched already"):
                target.dispatchEvent(event)
        log.append("done")

    door.addEventListener("open", again)
    event = Event("open")
    door.dispatchEvent(event)
    door.dispatchEvent(event)
    assert log == ["done", "done"]


@pytest.mark.parametrize("event", [None, "open", {"type": "open"}])
def test_dispatching_what_is_no_event(door, event):
    with pytest.raises(TypeError, match="is not an Event"):
        door.dispatchEvent(event)


def test_bare_event_target(log):
    target = EventTarget()
    target.addEventListener("anything", log.append)
    assert target.on("something", log.append) == log.append
    target.dispatchEvent(Event("anything"))
    target.dispatchEvent(Event("something"))
    assert [event.type for event in log] == ["anything", "something"]


# --- on ---------------------------------------------------------------------------------------------------


def test_on_as_decorator_and_call(door, log):
    @door.on("open")
    def opened(event):
        log.append("opened")

    def opened_too(event):
        log.append("too")

    assert door.on("open", opened_too) is opened_too
    opened(None)
    door.dispatchEvent(Event("open"))
    assert log == ["opened", "opened", "too"]
    door.removeEventListener("open", opened)
    assert door._has_listeners("open")


def test_on_knows_the_events_of_the_class_and_of_its_bases(door, log):
    with pytest.raises(ValueError, match="Door fires no event 'opened'; it fires close, open"):
        door.on("opened")
    with pytest.raises(ValueError, match="'lock'"):
        door.on("lock", log.append)
    gate = Gate()
    for type_ in ("open", "close", "lock"):
        gate.on(type_, log.append)
        gate.dispatchEvent(Event(type_))
    assert len(log) == 3
    door.addEventListener("opened", log.append)
    door.dispatchEvent(Event("opened"))
    assert len(log) == 4


# --- on<event> attributes ---------------------------------------------------------------------------------


def test_handler_attribute(door, log):
    assert door.onopen is None
    door.onopen = log.append
    assert door.onopen == log.append
    assert door._has_listeners("open")
    door.dispatchEvent(Event("open"))
    door.dispatchEvent(Event("close"))
    assert len(log) == 1
    door.onopen = None
    door.onopen = None
    assert door.onopen is None
    assert not door._has_listeners("open")
    door.dispatchEvent(Event("open"))
    assert len(log) == 1


def test_handler_keeps_its_place_when_replaced_and_loses_it_when_unset(door, log):
    door.onopen = lambda _event: log.append("handler")
    door.addEventListener("open", lambda _event: log.append("listener"))
    door.onopen = lambda _event: log.append("other handler")
    door.dispatchEvent(Event("open"))
    assert log == ["other handler", "listener"]
    log.clear()
    door.onopen = None
    door.onopen = lambda _event: log.append("handler")
    door.dispatchEvent(Event("open"))
    assert log == ["listener", "handler"]


def test_handler_and_listener_of_the_same_function_are_two(door, log):
    door.onopen = log.append
    door.addEventListener("open", log.append)
    door.dispatchEvent(Event("open"))
    assert len(log) == 2
    door.removeEventListener("open", log.append)
    door.dispatchEvent(Event("open"))
    assert len(log) == 3
    assert door.onopen == log.append


def test_handler_unset_during_dispatch_is_not_called(door, log):
    def unset(_event):
        door.onopen = None

    door.addEventListener("open", unset)
    door.onopen = log.append
    door.dispatchEvent(Event("open"))
    assert log == []


@pytest.mark.parametrize("handler", [3, "open", object(), [print]])
def test_what_cannot_be_a_handler(door, log, handler):
    door.onopen = log.append
    with pytest.raises(TypeError, match=r"onopen: .* is not a function or None"):
        door.onopen = handler
    assert door.onopen == log.append


def test_handler_on_the_class():
    assert isinstance(Door.onopen, EventHandler)
    assert "'open'" in Door.onopen.__doc__


def test_handlers_of_two_objects_are_apart(log):
    one, other = Door(), Door()
    one.onopen = log.append
    assert other.onopen is None
    other.dispatchEvent(Event("open"))
    assert log == []


# --- Coroutines -------------------------------------------------------------------------------------------


class AsyncCallable:
    def __init__(self, log):
        self.log = log

    async def __call__(self, event):
        self.log.append(event.type)


class AsyncHandleEvent:
    def __init__(self, log):
        self.log = log

    async def handleEvent(self, event):
        self.log.append(event.type)


def coroutine_listeners(log):
    async def function(event):
        log.append(event.type)

    async def function_of_two(_argument, event):
        log.append(event.type)

    return {
        "function": function,
        "partial": functools.partial(function_of_two, None),
        "lambda": lambda event: function_of_two(None, event),
        "callable object": AsyncCallable(log),
        "bound method": AsyncCallable(log).__call__,
        "handleEvent": AsyncHandleEvent(log),
    }


@pytest.mark.parametrize("kind", coroutine_listeners([]))
async def test_kinds_of_coroutine_listeners(door, log, kind):
    door.addEventListener("open", coroutine_listeners(log)[kind])
    door.dispatchEvent(Event("open"))
    assert log == []
    await settle()
    assert log == ["open"]


async def test_coroutine_handler_attribute(door, log):
    async def handler(event):
        log.append(event)

    door.onopen = handler
    door.dispatchEvent(Event("open"))
    await settle()
    assert len(log) == 1


async def test_coroutines_start_in_listener_order(door, log):
    async def listener(name, _event):
        log.append(name)
        await asyncio.sleep(0)
        log.append(name + "'")

    door.on("open", functools.partial(listener, "a"))
    door.on("open", lambda _event: log.append("sync"))
    door.on("open", functools.partial(listener, "b"))
    door.dispatchEvent(Event("open"))
    await settle()
    assert log == ["sync", "a", "b", "a'", "b'"]


async def test_running_coroutines_are_kept_alive(door, log):
    async def listener(_event):
        future = asyncio.get_running_loop().create_future()
        waiting.append(weakref.ref(future))
        await future
        log.append("done")

    waiting = []
    door.onopen = listener
    door.dispatchEvent(Event("open"))
    door.onopen = None
    await settle()
    gc.collect()
    waiting[0]().set_result(None)
    await settle()
    assert log == ["done"]
    gc.collect()
    assert waiting[0]() is None


async def test_coroutine_of_a_once_listener(door, log):
    async def listener(_event):
        log.append(door._has_listeners("open"))

    door.addEventListener("open", listener, once=True)
    door.dispatchEvent(Event("open"))
    door.dispatchEvent(Event("open"))
    await settle()
    assert log == [False]


# --- Exceptions of listeners ------------------------------------------------------------------------------


async def test_exception_of_a_function(door, log, reported):
    error = ValueError("oops")

    def fail(_event):
        raise error

    door.on("open", fail)
    door.on("open", log.append)
    event = Event("open")
    assert door.dispatchEvent(event)
    assert log == [event]
    assert reported.contexts == [
        {
            "message": "Exception in a listener of <Event 'open'>",
            "exception": error,
            "event": event,
            "target": door,
            "listener": fail,
        }
    ]


async def test_exception_of_a_coroutine(door, log, reported):
    error = ValueError("oops")

    async def fail(_event):
        raise error

    door.on("open", fail)
    door.on("open", log.append)
    event = Event("open")
    door.dispatchEvent(event)
    assert log == [event]
    await settle()
    (context,) = reported.contexts
    assert context["exception"] is error
    assert (context["event"], context["target"], context["listener"]) == (event, door, fail)
    assert context["task"].done()


async def test_cancelled_listener_is_not_reported(door, reported):
    async def cancelled(_event):
        tasks.append(asyncio.current_task())
        await asyncio.sleep(60)

    tasks = []
    door.on("open", cancelled)
    door.dispatchEvent(Event("open"))
    await settle()
    tasks[0].cancel()
    await settle()
    assert tasks[0].cancelled()
    assert reported.contexts == []


async def test_cancelled_error_of_a_function_is_reported_and_stops_nothing(door, log, reported):
    def fail(_event):
        raise asyncio.CancelledError

    door.on("open", fail)
    door.on("open", log.append)
    door.dispatchEvent(Event("open"))
    assert len(log) == 1
    assert isinstance(reported.contexts[0]["exception"], asyncio.CancelledError)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_exit_passes_through(door, log, reported, error):
    def fail(_event):
        raise error

    door.on("open", fail)
    door.on("open", log.append)
    event = Event("open")
    with pytest.raises(error):
        door.dispatchEvent(event)
    assert (log, reported.contexts, event.currentTarget) == ([], [], None)
    door.removeEventListener("open", fail)
    door.dispatchEvent(event)
    assert log == [event]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_exit_of_a_coroutine_passes_through_the_loop_unreported(door, error):
    async def fail(_event):
        raise error

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: contexts.append(context))
        door.on("open", fail)
        door.dispatchEvent(Event("open"))
        await asyncio.sleep(60)

    contexts = []
    with pytest.raises(error):
        asyncio.run(main())
    assert contexts == []


def test_exception_without_a_loop_goes_to_excepthook(door, log, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *arguments: seen.append(arguments))

    def fail(_event):
        raise ValueError("oops")

    door.on("open", fail)
    door.on("open", log.append)
    door.dispatchEvent(Event("open"))
    assert len(log) == 1
    ((kind, error, traceback),) = seen
    assert (kind, str(error), traceback is error.__traceback__) == (ValueError, "oops", True)


def test_coroutine_without_a_loop_goes_to_excepthook(door, log, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _traceback: seen.append(error))

    async def listener(_event):
        log.append("never")

    door.on("open", listener)
    door.on("open", log.append)
    event = Event("open")
    door.dispatchEvent(event)
    gc.collect()  # no "coroutine was never awaited"
    assert log == [event]
    assert isinstance(seen[0], RuntimeError)
    assert "no event loop runs" in str(seen[0])


# --- Memory -----------------------------------------------------------------------------------------------


def test_slots_and_weak_references(log):
    class Small(EventTarget):
        __slots__ = ()
        onopen = EventHandler("open")

    target = Small()
    assert not hasattr(target, "__dict__")
    target.onopen = log.append
    reference = weakref.ref(target)
    del target
    assert reference() is None


def test_has_listeners(door, log):
    assert not door._has_listeners("open")
    door.on("open", log.append)
    assert door._has_listeners("open")
    assert not door._has_listeners("close")
    door.removeEventListener("open", log.append)
    assert not door._has_listeners("open")


# --- Any sequence of additions and removals ---------------------------------------------------------------


class Dispatch(RuleBasedStateMachine):
    """A target beside a plain list of what should be called."""

    def __init__(self):
        super().__init__()
        self.target = Door()
        self.called = []
        self.expected = []  # (name, once)
        self.listeners = {name: functools.partial(self.listen, name) for name in "abc"}

    def listen(self, name, _event):
        self.called.append(name)

    @rule(name=st.sampled_from("abc"), once=st.booleans())
    def add(self, name, once):
        self.target.addEventListener("open", self.listeners[name], once=once)
        if all(name != other for other, _ in self.expected):
            self.expected.append((name, once))

    @rule(name=st.sampled_from("abc"))
    def remove(self, name):
        self.target.removeEventListener("open", self.listeners[name])
        self.expected = [entry for entry in self.expected if entry[0] != name]

    @rule(on=st.booleans())
    def handle(self, on):
        self.target.onopen = functools.partial(self.listen, "handler") if on else None
        if not on:
            self.expected = [entry for entry in self.expected if entry[0] != "handler"]
        elif ("handler", False) not in self.expected:
            self.expected.append(("handler", False))

    @rule()
    def dispatch(self):
        self.called.clear()
        self.target.dispatchEvent(Event("open"))
        assert self.called == [name for name, _ in self.expected]
        self.expected = [entry for entry in self.expected if not entry[1]]
        assert self.target._has_listeners("open") == bool(self.expected)


Dispatch.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestDispatch = Dispatch.TestCase
