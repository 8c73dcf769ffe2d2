"""What stands between libwebrtc and codecs written in Python: the tasks of one come here, in their order."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from . import _native
from .videocodec import (
    EncodedPicture,
    VideoCodec,
    VideoDecoder,
    VideoDecoderSettings,
    VideoEncoder,
    VideoEncoderSettings,
)
from .videoframe import VideoFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._dispatcher import Dispatcher

# Tasks of one codec in one turn of the event loop, which has other things to do as well.
_PER_TURN = 8

# Failures in a row after which an encoder is given up.
_GIVE_UP = 10

# Seconds that what an encoder or decoder is at may take once nobody needs it any more.
_GRACE = 2

NativeT = TypeVar("NativeT", _native.ExternalEncoder, _native.ExternalDecoder)


class ConnectionCodecs:
    """The codecs that a connection was given. The dispatcher has it as long as the connection is open."""

    def __init__(self, dispatcher: Dispatcher, codecs: Sequence[VideoCodec]) -> None:
        self._dispatcher = dispatcher
        self._codecs = codecs
        self.native = _native.ExternalCodecs(
            dispatcher.mailbox,
            [
                _native.ExternalCodec(
                    name=codec._name,
                    parameters=codec._parameters,
                    encodes=codec._encoder is not None,
                    decodes=codec._decoder is not None,
                    implementation=codec._implementation,
                    hardware=codec._hardware,
                    alignment=codec._alignment,
                )
                for codec in codecs
            ],
        )

    def open(self) -> None:
        """The connection was made."""
        if self._codecs:
            self._dispatcher.target(self.native.key, self)

    def close(self) -> None:
        """Nothing native is left of it."""
        self._dispatcher.forget(self.native.key)

    def _on_codec(self, index: int, native: _native.ExternalEncoder | _native.ExternalDecoder) -> None:
        codec = self._codecs[index]
        runner: _Runner[Any]
        if isinstance(native, _native.ExternalEncoder):
            runner = _EncoderRunner(self._dispatcher, codec, native)
        else:
            runner = _DecoderRunner(self._dispatcher, codec, native)
        self._dispatcher.target(native.key, runner)


class _Runner(Generic[NativeT]):
    """One encoder or decoder: a task of libwebrtc's is done before the next one begins."""

    def __init__(self, dispatcher: Dispatcher, codec: VideoCodec, native: NativeT) -> None:
        self._dispatcher = dispatcher
        self._codec = codec
        self._native = native
        self._user: VideoEncoder | VideoDecoder | None = None
        self._ready = False
        self._task: asyncio.Task[None] | None = None
        self._grace: asyncio.TimerHandle | None = None
        codec._natives.add(native)

    def _make(self) -> VideoEncoder | VideoDecoder:
        raise NotImplementedError

    def _failed(self, where: str) -> None:
        """What to tell libwebrtc."""
        raise NotImplementedError

    def _on_frames(self) -> None:
        if self._task is None:
            self._run()
        elif self._native.closed and self._grace is None:
            self._grace = asyncio.get_running_loop().call_later(_GRACE, self._task.cancel)

    def _run(self) -> None:
        for _ in range(_PER_TURN):
            task = None if self._task is not None else self._native.pop()
            if task is None:
                return
            getattr(self, f"_{task[0]}")(*task[1:])
        asyncio.get_running_loop().call_soon(self._run)

    def _call(self, where: str, function: Callable[[], Any], answer: Callable[[Any], None]) -> None:
        """Call a method of the user's, and give its result to ``answer``, at once or when it is there."""
        try:
            result = function()
            if inspect.isawaitable(result):
                self._task = asyncio.ensure_future(self._finish(where, result, answer))
                if inspect.iscoroutine(result):
                    # A task that is cancelled before it began has not awaited it.
                    self._task.add_done_callback(lambda _: result.close())
            else:
                answer(result)
        except Exception as exception:  # noqa: BLE001 - reported
            self._fail(where, exception)

    async def _finish(self, where: str, result: Any, answer: Callable[[Any], None]) -> None:
        try:
            answer(await result)
        except asyncio.CancelledError as exception:
            task = asyncio.current_task()
            if task is None or not task.cancelling():
                self._fail(where, exception)  # what it waited for was cancelled
            elif not self._native.closed:
                raise
        except Exception as exception:  # noqa: BLE001 - reported
            self._fail(where, exception)
        finally:
            self._task = None
        self._run()

    def _fail(self, where: str, exception: BaseException) -> None:
        self._codec._counts.failed += 1
        context = {
            "message": f"Exception in {where} of {self._user or self._codec!r}",
            "exception": exception,
            "codec": self._codec,
        }
        asyncio.get_running_loop().call_exception_handler(context)
        self._failed(where)

    # Tasks.

    def _configure_with(self, settings: Any) -> None:
        def configure() -> Any:
            if self._user is None:
                self._user = self._make()
            return self._user.configure(settings)

        def answer(_: Any) -> None:
            self._ready = True

        self._ready = False
        self._call("configure()", configure, answer)

    def _close(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
        self._dispatcher.forget(self._native.key)
        counts = self._codec._counts
        self._codec._natives.discard(self._native)
        counts.dropped += self._native.dropped
        counts.late += self._native.late
        if self._user is not None:
            self._call("close()", self._user.close, lambda _: None)


class _EncoderRunner(_Runner[_native.ExternalEncoder]):
    def __init__(self, dispatcher: Dispatcher, codec: VideoCodec, native: _native.ExternalEncoder) -> None:
        super().__init__(dispatcher, codec, native)
        self._failures = 0

    def _make(self) -> VideoEncoder:
        encoder = cast("Callable[[], VideoEncoder]", self._codec._encoder)()
        if not isinstance(encoder, VideoEncoder):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{self._codec!r} makes {encoder!r}, which is not a VideoEncoder")
        return encoder

    def _failed(self, where: str) -> None:
        self._failures += 1
        if where == "configure()" or self._failures >= _GIVE_UP:
            self._native.fail()

    def _configure(self, members: dict[str, Any]) -> None:
        self._configure_with(VideoEncoderSettings(codec=self._codec, **members))

    def _set_rates(self, bitrate: int, framerate: float) -> None:
        if self._ready and isinstance(self._user, VideoEncoder):
            encoder = self._user
            self._call("set_rates()", lambda: encoder.set_rates(bitrate, framerate), lambda _: None)

    def _encode(self, native: _native.VideoFrame, key_frame: bool) -> None:
        encoder, frame = self._user, VideoFrame._new(native)
        if not self._ready or not isinstance(encoder, VideoEncoder):
            self._native.skip(frame.rtp_timestamp)
            return

        def answer(result: Any) -> None:
            try:
                pictures = _pictures(result, key_frame)
            except Exception:
                self._native.skip(frame.rtp_timestamp)
                raise
            self._failures = 0
            for picture in pictures:
                self._codec._counts.encoded += self._native.deliver(
                    picture.data,
                    picture.key_frame,
                    frame.rtp_timestamp if picture.rtp_timestamp is None else picture.rtp_timestamp,
                    picture.width,
                    picture.height,
                    picture.qp,
                )

        self._call("encode()", lambda: encoder.encode(frame, key_frame), answer)


def _pictures(result: Any, key_frame: bool) -> Sequence[EncodedPicture]:
    if result is None:
        return ()
    if isinstance(result, EncodedPicture):
        return (result,)
    if isinstance(result, list | tuple):
        pictures = cast("Sequence[Any]", result)
        for picture in pictures:
            if not isinstance(picture, EncodedPicture):
                raise TypeError(f"encode() returned {picture!r} in a sequence, which is no EncodedPicture")
        return pictures
    return (EncodedPicture(result, key_frame),)


class _DecoderRunner(_Runner[_native.ExternalDecoder]):
    def _make(self) -> VideoDecoder:
        decoder = cast("Callable[[], VideoDecoder]", self._codec._decoder)()
        if not isinstance(decoder, VideoDecoder):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{self._codec!r} makes {decoder!r}, which is not a VideoDecoder")
        return decoder

    def _failed(self, where: str) -> None:
        self._native.fail()

    def _configure(self, members: dict[str, Any]) -> None:
        self._configure_with(VideoDecoderSettings(codec=self._codec, **members))

    def _decode(
        self, data: bytes, key_frame: bool, rtp_timestamp: int, width: int | None, height: int | None
    ) -> None:
        decoder = self._user
        if not self._ready or not isinstance(decoder, VideoDecoder):
            return
        picture = EncodedPicture(data, key_frame, rtp_timestamp, width, height)

        def answer(result: Any) -> None:
            if result is None:
                return
            frame = result if isinstance(result, VideoFrame) else VideoFrame.from_ndarray(result)
            native = frame._native
            told = native.told(native.timestamp_us, rtp_timestamp, native.rotation, native.color_space)
            self._native.deliver(told)
            self._codec._counts.decoded += 1

        self._call("decode()", lambda: decoder.decode(picture), answer)
