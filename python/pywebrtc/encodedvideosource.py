"""EncodedVideoSource: pictures that are encoded already become a track."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from . import _native
from ._tracksource import Source, TrackSource, Waker, new_id
from .eventtarget import Event, EventHandler, EventTarget
from .exceptions import InvalidStateError
from .mediastreamtrack import MediaStreamTrack
from .pixelformat import check_size
from .videocodec import EncodedPicture, codec_name
from .videosource import microseconds

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Encoded(TrackSource):
    """Where the tracks of an EncodedVideoSource get their pictures: all from one native source."""

    def __init__(self, native: _native.EncodedSource) -> None:
        super().__init__()
        self._native = native

    def create_track(self) -> _native.Track:
        """A native track of this source."""
        return self._native.create_track(new_id())


class EncodedVideoSource(Source, EventTarget):
    """A video track that sends pictures as they were encoded.

    A camera's H.264, a file, what another connection received: they go out untouched, on every connection
    that sends the codec: negotiate it with ``setCodecPreferences``. libwebrtc packs and paces them; it cannot
    make them smaller. So heed :attr:`bitrate`, and give the encoding a ``maxBitrate`` as large as what is
    pushed: libwebrtc's own limit for the size is lower. H.265 needs a connection that knows it:
    ``VideoCodec("H265", {...}, encoder=...)``, whose encoder is never asked.

    Where a picture is lost, here or in libwebrtc, those after it are left out up to the next key frame, and
    ``keyframerequest`` is fired. It is fired as well when a receiver asks for one, and when there is a new
    one.

    There are no pixels: readers of the track get black pictures, and a disabled track sends black ones,
    encoded by libwebrtc. It ends when its track and all clones of it have been stopped. :meth:`push` may be
    called on any thread; everything else on the event loop's.

    Arguments:
        codec: as in SDP: ``"H264"``, ``"VP8"``, ``"VP9"``, ``"AV1"``, ``"H265"``, or the name of a
            :class:`VideoCodec`.
        width: pixels, of pictures that do not say.
        height: pixels.
        label: a name for people, the track's ``label``.

    Raises:
        TypeError: ``codec`` is not a string.
        ValueError: ``codec`` is not the name of a codec, or the size is out of range.
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    onbitratechange = EventHandler[Event]("bitratechange")
    onkeyframerequest = EventHandler[Event]("keyframerequest")

    def __init__(self, codec: str, width: int, height: int, label: str = "") -> None:
        EventTarget.__init__(self)
        self._codec = codec_name(codec, "EncodedVideoSource: codec")
        check_size(width, height)
        self._size = width, height
        self._native = _native.EncodedSource(self._codec)
        self._source = _Encoded(self._native)
        self._track = MediaStreamTrack._new(self._source.create_track(), label, self._source)
        self._clock = _native.CaptureClock()
        self._pushing = threading.Lock()
        self._bitrate: int | None = None
        self._waker: Waker | None = None

    @property
    def codec(self) -> str:
        """What its pictures are encoded as."""
        return self._codec

    @property
    def bitrate(self) -> int | None:
        """Bits per second that the slowest network bears; 0 is a pause, None where nobody sends.

        ``bitratechange`` is fired when that changes.
        """
        return self._native.state().bitrate

    @property
    def framerate(self) -> float | None:
        """Pictures a second that are sent, as libwebrtc counts them; None where nobody sends."""
        return self._native.state().framerate

    @property
    def dropped(self) -> int:
        """Pictures that were left out, as one that they depend on was lost."""
        return self._native.state().dropped

    @property
    def refused(self) -> int:
        """Pictures for connections that send another codec: what ``setCodecPreferences`` is for."""
        return self._native.state().refused

    def push(
        self,
        picture: EncodedPicture | Buffer,
        key_frame: bool = False,
        *,
        timestamp: float | None = None,
    ) -> bool:
        """Send a picture now. It is copied. The order of decoding is that of showing.

        Arguments:
            picture: its bytes, as :class:`EncodedPicture` has them, or one of these.
            key_frame: whether it can be decoded without an earlier one; of bytes only.
            timestamp: when it was taken, in seconds of any clock, as for :meth:`VideoSource.push`.

        Returns:
            Whether anybody wanted it.

        Raises:
            TypeError: it is neither; or ``key_frame`` is not a bool.
            RangeError: there are no bytes, or more than 16 MiB.
            ValueError: the timestamp is not finite.
            InvalidStateError: the source has ended.
        """
        if not isinstance(picture, EncodedPicture):
            picture = EncodedPicture(picture, key_frame)
        given = None if timestamp is None else microseconds(timestamp)
        if self._source.ended:
            raise InvalidStateError(f"push: {self._track!r} has ended, and so have its clones")
        with self._pushing:
            width, height = picture.width or self._size[0], picture.height or self._size[1]
            self._size = width, height
            time = self._clock.translate(given, _native.time_us())
            if self._muted:
                self._native.skip()
                return False
            return self._native.push(picture.data, picture.key_frame, width, height, time)

    def _append(self, type: str, registration: Any) -> None:
        super()._append(type, registration)
        if self._waker is None:
            self._waker = Waker(self)
            self._waker.watch(self._native)

    def _wants_changed(self) -> None:
        state = self._native.take()
        if state.bitrate != self._bitrate:
            self._bitrate = state.bitrate
            self._fire(Event._new("bitratechange"))
        if state.key_frame_wanted:
            self._fire(Event._new("keyframerequest"))
