"""Speaker: tracks that are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from . import _native
from ._devices import Lost, open_device
from ._webidl import convert
from .exceptions import InvalidStateError
from .trackmixer import checked_gain, checked_track

if TYPE_CHECKING:
    from types import TracebackType

    from .mediastreamtrack import MediaStreamTrack


class Speaker:
    """A loudspeaker that plays audio tracks, local and remote ones, mixed.

    ::

        async with Speaker() as speaker:
            speaker.add(track)
            ...

    The samples do not go through Python. What it plays is the far end of the echo cancellation of microphones
    and of sources whose constraints ask for it. Where the device is not there any more, it is silent and
    :attr:`closed`; it plays until then or until :meth:`close`, or until nobody holds it any more.

    Arguments:
        sinkId: the ``deviceId`` of an ``"audiooutput"`` of ``mediaDevices.enumerateDevices()``.
    """

    def __init__(self, sinkId: str = "default") -> None:
        self._sinkId = convert(str, sinkId, "Speaker: sinkId")
        self._native: _native.Speaker | None = None
        self._closed = False
        self._volume = 1.0
        self._tracks: dict[MediaStreamTrack, float] = {}

    @property
    def sinkId(self) -> str:
        """The device."""
        return self._sinkId

    @property
    def closed(self) -> bool:
        """Whether it plays no more, for ever."""
        return self._closed

    @property
    def tracks(self) -> list[MediaStreamTrack]:
        """What it plays."""
        return list(self._tracks)

    @property
    def volume(self) -> float:
        """From 0, which is silence, to 1 (as that of HTML's media elements)."""
        return self._volume

    @volume.setter
    def volume(self, value: float) -> None:
        volume = convert(float, value, "Speaker.volume")
        if not 0 <= volume <= 1:
            raise ValueError(f"Speaker.volume is {volume}, not in 0 to 1")
        self._volume = volume
        if self._native is not None:
            self._native.set_volume(volume)

    async def open(self) -> None:
        """Open the device, and play. Open already, it changes nothing. Cancelling opens nothing.

        Raises:
            InvalidStateError: it is closed.
            NotFoundError: there is no such device.
            NotReadableError: the system does not give it.
        """
        if self._native is None:
            await self._open(self._sinkId)

    async def setSinkId(self, sinkId: str) -> None:
        """Play on another device from now on; in silence, until that is open.

        https://w3c.github.io/mediacapture-output/#dom-htmlmediaelement-setsinkid. Where that fails or is
        cancelled, it goes on playing as before.

        Raises:
            TypeError: ``sinkId`` is no string.
            InvalidStateError: it is closed.
            NotFoundError: there is no such device.
            NotReadableError: the system does not give it.
        """
        id = convert(str, sinkId, "setSinkId: sinkId")
        if self._native is None and not self._closed:
            self._sinkId = id
        else:
            await self._open(id)

    def add(self, track: MediaStreamTrack, *, gain: float = 1.0) -> None:
        """Play a track; one that it plays already gets another gain.

        Arguments:
            track: an audio track. One that is disabled, muted or ended is silent.
            gain: what its samples are multiplied by, 0 to 10.

        Raises:
            TypeError: it is no audio track, or the gain no number.
            ValueError: the gain is out of range.
            InvalidStateError: the track has ended, or the speaker is closed.
        """
        native, factor = checked_track(track, "Speaker.add"), checked_gain(gain, "Speaker.add")
        if self._closed:
            raise InvalidStateError("Speaker.add: the speaker is closed")
        if self._native is not None:
            self._native.add(native, factor)
        self._tracks[track] = factor

    def remove(self, track: MediaStreamTrack) -> None:
        """Play a track no more; one that it does not play changes nothing."""
        if self._tracks.pop(track, None) is not None and self._native is not None:
            self._native.remove(track._native)

    def close(self) -> None:
        """Play no more. Idempotent."""
        self._closed = True
        self._native = None
        self._tracks.clear()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Speaker {self._sinkId!r} with {len(self._tracks)} tracks>"

    async def _open(self, sinkId: str) -> None:
        if self._closed:
            raise InvalidStateError("the speaker is closed")
        native: _native.Speaker = await open_device(_native.Speaker.open, sinkId)
        if self._closed:  # meanwhile
            raise InvalidStateError("the speaker was closed")
        native.set_volume(self._volume)
        for track, gain in self._tracks.items():
            native.add(track._native, gain)
        self._native, self._sinkId = native, sinkId
        key = native.key
        Lost(self, key, lambda speaker: speaker._lost(key))

    def _lost(self, key: int) -> None:
        if self._native is not None and self._native.key == key:
            self.close()
