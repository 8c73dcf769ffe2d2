"""A file, URL or device that is read: the frames of its streams, in their order, from any position on."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from pywebrtc.exceptions import NotFoundError, NotSupportedError
from pywebrtc.videocodec import EncodedPicture

from ._pyav import errors_of, pyav

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Inputs that have a clock of their own: what they give is sent at once. FFmpeg's devices, and cameras.
_LIVE = {
    *("alsa", "android_camera", "avfoundation", "bktr", "decklink", "dshow", "fbdev", "gdigrab", "iec61883"),
    *("jack", "kmsgrab", "openal", "oss", "pulse", "rtsp", "sndio", "v4l2", "vfwcap", "x11grab", "xcbgrab"),
}

# Packets of one stream that wait while those of another are read: where one has long ended, the file is
# not read into memory for that.
_WAITING = 2000

# Pictures that are decoded before they are due: one that takes longer than the others is not late.
_AHEAD = 3


# What can be sent as it is in a file: by FFmpeg's name, SDP's, and the filter that gives it start codes
# instead of lengths, which is how encoders give it to libwebrtc.
CODECS = {
    "av1": ("AV1", None),
    "h264": ("H264", "h264_mp4toannexb"),
    "hevc": ("H265", "hevc_mp4toannexb"),
    "vp8": ("VP8", None),
    "vp9": ("VP9", None),
}


class Frames:
    """The frames of one stream; the next one is :attr:`decoded`'s first."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.packets: deque[Any] = deque()
        self.decoded: deque[Any] = deque()
        self.ended = False

    def decode(self, packet: Any) -> list[Any]:
        """What a packet has."""
        return packet.decode()

    def clear(self) -> None:
        """What follows is from another position."""
        self.packets.clear()
        self.decoded.clear()
        self.ended = False


class Encoded(NamedTuple):
    """A picture as it is in the file."""

    time: float | None
    picture: EncodedPicture


class EncodedFrames(Frames):
    """The pictures of a stream that are taken as they are.

    Raises:
        NotSupportedError: WebRTC has no such codec, or the pictures are not in the order of showing.
    """

    def __init__(self, stream: Any, name: str) -> None:
        super().__init__(stream)
        context = stream.codec_context
        codec, filter = CODECS.get(context.name, (None, None))
        if codec is None:
            raise NotSupportedError(
                f"{name}: {context.name} cannot be sent as it is; what can is {', '.join(sorted(CODECS))}"
            )
        if context.has_b_frames:
            raise NotSupportedError(
                f"{name}: its pictures are not in the order of showing, which RTP's timestamps need; "
                "encode it without B-frames"
            )
        self.codec = codec
        self._filter = None if filter is None else pyav().bitstream.BitStreamFilterContext(filter, stream)

    def decode(self, packet: Any) -> list[Any]:
        """A picture, untouched."""
        if not packet.size:
            return []
        at = None if packet.pts is None else float(packet.pts * packet.time_base)
        key_frame = packet.is_keyframe
        parts = [packet] if self._filter is None else self._filter.filter(packet)
        return [Encoded(at, EncodedPicture(bytes(part), key_frame)) for part in parts]

    def clear(self) -> None:
        """What follows is from another position."""
        super().clear()
        if self._filter is not None:
            self._filter.flush()


class Demuxer:
    """An input that PyAV has opened, with its best audio and its best video stream. One thread at a time.

    Arguments:
        file: a path or URL, or an object with ``read``.
        name: what it is called in messages.
        format: FFmpeg's name of the format or kind of device.
        options: FFmpeg's, of the format.
        timeout: seconds to wait for it to open, and for each of its packets.
        decode: whether pictures are; sound always is.

    Raises:
        OSError: it is not there, or may not be opened.
        NotReadableError: it is empty, cut, or not media.
        NotFoundError: there is neither audio nor video in it.
        NotSupportedError: FFmpeg has no such protocol or no such decoder; or its pictures cannot be sent as
            they are.
        NetworkError: the server refuses.
        TimeoutError: no answer in time.
        ValueError: the format is unknown.
    """

    def __init__(
        self,
        file: Any,
        name: str,
        *,
        format: str | None,
        options: Mapping[str, str] | None,
        timeout: float | None,
        decode: bool,
    ) -> None:
        av = pyav()
        self.name = name
        with errors_of(name):
            try:
                self._container: Any = av.open(
                    file, "r", format=format, options=dict(options or {}), timeout=timeout
                )
            except ValueError as error:
                if isinstance(error, av.FFmpegError):
                    raise
                raise ValueError(f"{name}: format {format!r} is unknown") from error
        self._unit = float(av.time_base)
        self.live = bool(_LIVE & {*self._container.format.name.split(",")})
        self.audio, self.video = self._best("audio"), self._best("video", decode)
        self._all = [frames for frames in (self.audio, self.video) if frames is not None]
        if not self._all:
            self._container.close()
            raise NotFoundError(f"{name}: there is neither audio nor video in it")
        self._start = (self._container.start_time or 0) / self._unit
        # Packets that could not be decoded.
        self.damaged = 0
        self._packets = self._demux()

    def _best(self, kind: str, decode: bool = True) -> Frames | None:
        from av.stream import Disposition

        stream = self._container.streams.best(kind)
        if stream is None or stream.disposition & Disposition.attached_pic:  # the cover of an album
            return None
        if stream.codec_context is None:
            self._container.close()
            raise NotSupportedError(f"{self.name}: there is no decoder for its {kind}")
        if not decode:
            try:
                return EncodedFrames(stream, self.name)
            except NotSupportedError:
                self._container.close()
                raise
        # A thread for each frame is quicker, and later by as many frames.
        stream.thread_type = "SLICE" if self.live else "AUTO"
        return Frames(stream)

    @property
    def duration(self) -> float | None:
        """Seconds, where the file says it."""
        return self._container.duration / self._unit if self._container.duration else None

    def position(self, frame: Any) -> float | None:
        """Where in the file a frame is, in seconds; None where it does not say."""
        return None if frame.time is None else frame.time - self._start

    def seek(self, position: float) -> None:
        """Go on from the last key frame before that position."""
        self._container.seek(int((position + self._start) * self._unit))
        for frames in self._all:
            frames.clear()
        self._packets = self._demux()

    def peek(self, frames: Frames) -> Any:
        """The next frame of a stream; None where it has ended, or waits for the other one."""
        while not frames.decoded and not frames.ended:
            if frames.packets:
                self._decode(frames)
            elif self.live or any(len(other.packets) >= _WAITING for other in self._all):
                break
            else:
                self.read()
        return frames.decoded[0] if frames.decoded else None

    def work_ahead(self) -> bool:
        """Decode something before it is needed; False where there is enough."""
        video = self.video
        if video is None or not video.packets or len(video.decoded) >= _AHEAD:
            return False
        self._decode(video)
        return True

    def read(self) -> bool:
        """Have another packet wait; False where a device has none now."""
        try:
            packet = next(self._packets)
        except StopIteration:
            for frames in self._all:
                frames.ended = not frames.packets
            return True
        except BlockingIOError:
            time.sleep(0.005)
            self._packets = self._demux()
            return False
        for frames in self._all:
            if packet.stream is frames.stream:
                frames.packets.append(packet)
        return True

    def forget(self, frames: Frames) -> None:
        """Nobody wants that stream any more."""
        frames.clear()
        self._all.remove(frames)

    @property
    def ended(self) -> bool:
        """Whether all has been read, and decoded."""
        return all(frames.ended and not frames.decoded for frames in self._all)

    def close(self) -> None:
        """Let go of the input."""
        for frames in self._all:
            frames.clear()
        self._all.clear()
        self.audio = self.video = None
        self._packets = iter(())
        self._container.close()
        self._container = None

    def _demux(self) -> Iterator[Any]:
        # It ends with an empty packet of each stream, which makes the decoder give what it holds back.
        return self._container.demux([frames.stream for frames in self._all])

    def _decode(self, frames: Frames) -> None:
        packet = frames.packets.popleft()
        try:
            frames.decoded.extend(frames.decode(packet))
        except pyav().error.InvalidDataError:
            self.damaged += 1
        frames.ended = frames.ended or (packet.dts is None and packet.size == 0)
