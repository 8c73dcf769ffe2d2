"""The thread of a recording: it takes frames off a bounded queue, encodes them and writes the file."""

from __future__ import annotations

import atexit
import contextlib
import functools
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from pywebrtc import _native

from ._lanes import AudioLane, VideoLane
from ._pyav import errors_of
from ._timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pywebrtc.audioframe import AudioFrame
    from pywebrtc.videoframe import VideoFrame

    from ._lanes import Encoding

# Frames of a lane that wait to be encoded: a second of pictures, which are large, ten of sound.
_WAITING = {"video": 30, "audio": 1000}

# Seconds after which a lane that was given nothing yet is opened all the same: nothing is written before
# all streams of a file are known.
_HEADER_AFTER = 5.0


class Writer:
    """A file that is being written, from its making until :meth:`finish`.

    Arguments:
        container: an OutputContainer of PyAV's.
        name: what it is called in messages.
        encodings: the kind and the encoder of each lane.
        path: the file to create, where it is one.
        begun: called on the thread when the file could be created.
        done: called once, on the thread, with what went wrong, or None.
    """

    def __init__(
        self,
        container: Any,
        name: str,
        encodings: Sequence[tuple[str, Encoding]],
        path: str | None,
        begun: Callable[[], object],
        done: Callable[[Exception | None], object],
    ) -> None:
        self._container: Any = container
        self._name = name
        self._path = path
        self._begun = begun
        self._done = done
        self._kinds = [kind for kind, _ in encodings]
        self._lanes = [(VideoLane if k == "video" else AudioLane)(container, e) for k, e in encodings]
        self._timeline = Timeline()
        self._started = _native.time_us() / 1e6
        self._now = 0.0
        # Packets from before the streams were all known; None: they are.
        self._held: list[Any] | None = []

        self._changed = threading.Condition()
        self._queue: deque[Callable[[], object]] = deque()
        self._waiting = [0] * len(self._lanes)
        self._dropped = 0
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="pywebrtc-recorder", daemon=True)
        _writers.add(self)
        self._thread.start()

    # What any thread calls.

    @property
    def dropped(self) -> int:
        """Frames that were not written, because too many waited."""
        return self._dropped

    def put(self, lane: int, at: float, frame: VideoFrame | AudioFrame) -> None:
        """A frame of that moment on libwebrtc's clock."""
        with self._changed:
            if self._waiting[lane] >= _WAITING[self._kinds[lane]]:
                self._dropped += 1
                return
            self._waiting[lane] += 1
        self._post(functools.partial(self._take, lane, at, frame))

    def pause(self, at: float) -> None:
        """What is of a later moment is not recorded."""
        self._post(functools.partial(self._timeline.pause, at))

    def resume(self, at: float) -> None:
        """What is of a later moment is recorded."""
        self._post(functools.partial(self._timeline.resume, at))

    def finish(self, at: float) -> None:
        """The file ends at that moment. Idempotent; the thread ends soon afterwards."""
        self._post(functools.partial(self._finish, at), last=True)

    def join(self) -> None:
        """Wait for the thread: after :meth:`finish`."""
        self._thread.join()

    def _post(self, work: Callable[[], object], *, last: bool = False) -> None:
        with self._changed:
            if not self._ending:
                self._ending = last
                self._queue.append(work)
                self._changed.notify()

    # The thread's.

    def _run(self) -> None:
        error: Exception | None = None
        try:
            # FFmpeg opens files with the first packet: find out at once what is wrong with this one.
            if self._path is not None:
                with open(self._path, "wb"):  # noqa: PTH123 - what it raises names the file
                    pass
            self._begun()
            with errors_of(self._name):
                while (work := self._next()) is not None:
                    work()
        except Exception as exception:  # noqa: BLE001 - whatever it is, whoever stops the recording gets it
            error = exception
        with self._changed:
            self._ending = True
            self._queue.clear()
        # After an error the end of the file may fail as its middle did, and says nothing new.
        with contextlib.suppress(Exception):
            self._container.close()
        # Encoders have threads and memory of their own.
        self._lanes.clear()
        self._held = None
        self._container = None
        self._done(error)

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._queue:
                if self._ending:
                    return None
                self._changed.wait()
            return self._queue.popleft()

    def _take(self, lane: int, at: float, frame: VideoFrame | AudioFrame) -> None:
        with self._changed:
            self._waiting[lane] -= 1
        if not self._timeline.recorded(at):
            return
        self._timeline.begin(at)
        position = self._timeline.position(at)
        self._lanes[lane].take(position, frame)  # pyright: ignore[reportArgumentType]
        self._advance(position)

    def _advance(self, position: float) -> None:
        self._now = max(self._now, position)
        if self._held is not None and self._now > _HEADER_AFTER:
            self._prepare()
        for lane in self._lanes:
            lane.advance(self._now)
        self._write()

    def _prepare(self) -> None:
        for lane in self._lanes:
            if not lane.ready:
                lane.prepare()

    def _write(self) -> None:
        packets: list[Any] = []
        for lane in self._lanes:
            packets += lane.packets
            lane.packets.clear()
        if self._held is not None:
            self._held += packets
            if not all(lane.ready for lane in self._lanes):
                return
            packets = sorted(self._held, key=lambda packet: packet.dts * packet.time_base)
            self._held = None
        self._container.mux(packets)

    def _finish(self, at: float) -> None:
        self._timeline.begin(self._started)  # where no frame came
        end = max(self._now, self._timeline.position(at))
        self._prepare()
        for lane in self._lanes:
            lane.advance(end)
            lane.finish(end)
            lane.close()
        self._write()
        self._container.close()


_writers: weakref.WeakSet[Writer] = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    """A program that ends without a word leaves whole files."""
    for writer in list(_writers):
        writer.finish(_native.time_us() / 1e6)
        writer.join()
