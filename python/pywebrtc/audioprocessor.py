"""AudioProcessor: libwebrtc's echo canceller, noise suppression and gain control, on numpy arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from . import _native
from ._audioarrays import checked_channels, checked_rate, checked_samples, is_float, shaped_like
from ._webidl import Long, convert, shown

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from ._audioarrays import Samples


class NoiseSuppressionLevel(StrEnum):
    """By how much noise is attenuated: about 6, 12, 18 or 21 dB. Voices suffer a little more from each."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    VERY_HIGH = "very-high"


@dataclass(frozen=True, slots=True, kw_only=True)
class GainControl:
    """How the voice is brought to a level: libwebrtc's AGC2, with a limiter behind it.

    Attributes:
        adaptive: whether the gain follows the level of the voice, which a network tells from noise.
        headroom: dB between the voice and the full scale, 0 or more.
        max_gain: the greatest gain in dB, more than 0.
        initial_gain: the gain in dB to begin with, 0 or more.
        max_gain_change: dB per second by which the gain may change, more than 0.
        max_noise_level: dBFS, 0 or less, above which the gain does not bring the noise.
        fixed_gain: dB on top, 0 to 50, before the limiter.

    Raises:
        TypeError: an attribute has the wrong type.
        ValueError: a number is out of its range.
    """

    adaptive: bool = True
    headroom: float = 5
    max_gain: float = 50
    initial_gain: float = 15
    max_gain_change: float = 6
    max_noise_level: float = -50
    fixed_gain: float = 0

    def __post_init__(self) -> None:
        _check_fields(self)
        positive = math.ulp(0.0)
        _check_range(self, "headroom", 0, 90)
        _check_range(self, "max_gain", positive, 90)
        _check_range(self, "initial_gain", 0, 90)
        _check_range(self, "max_gain_change", positive, 1000)
        _check_range(self, "max_noise_level", -90, 0)
        _check_range(self, "fixed_gain", 0, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyGainControl:
    """How the signal is brought to a level: libwebrtc's older AGC1, which takes all sound for voice.

    Attributes:
        adaptive: whether the gain follows the level of the signal.
        target_level: dB below the full scale, 0 to 31, that the peaks are brought to.
        compression_gain: the greatest gain in dB, 0 to 90.
        limiter: whether nothing gets beyond the target level.

    Raises:
        TypeError: an attribute has the wrong type.
        ValueError: a number is out of its range.
    """

    adaptive: bool = True
    target_level: int = 3
    compression_gain: int = 9
    limiter: bool = True

    def __post_init__(self) -> None:
        _check_fields(self)
        _check_range(self, "target_level", 0, 31)
        _check_range(self, "compression_gain", 0, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioProcessorStatistics:
    """What an :class:`AudioProcessor` knows of its last 10 ms; None is what it does not know.

    libwebrtc's residual echo likelihood is not among them: its detector is not built into the package.

    Attributes:
        echo_return_loss: dB by which the echo is weaker than the far end.
        echo_return_loss_enhancement: dB by which the linear filter alone makes the echo weaker, without
            the suppressor behind it.
        divergent_filter_fraction: how much of the last second the filter was off.
        delay: seconds by which the echo comes after the far end, as estimated.
        voice_probability: 0 to 1, with ``voice_detection``.
    """

    echo_return_loss: float | None = None
    echo_return_loss_enhancement: float | None = None
    divergent_filter_fraction: float | None = None
    delay: float | None = None
    voice_probability: float | None = None


class AudioProcessor:
    """libwebrtc's processing of a captured voice, on numpy arrays (``webrtc::AudioProcessing``, "APM").

    Runs in the caller's thread without the GIL, and starts no thread. One object is for one stream, whose
    samples come in their order, in pieces of any length: they are processed 10 ms at a time, and what is less
    waits for the next call. So as many samples come out as went in, if that is always a multiple of 10 ms.
    Methods may be called from several threads; the near and the far end are meant to.

    Processing delays the signal by a few milliseconds. Floats beyond -1 to 1 are clipped.

    Arguments:
        sample_rate: samples a second of the near end: a multiple of 100, 8000 to 384000. What is above 24 kHz
            is lost.
        channels: of the near end, 1 to 8.
        far_sample_rate: of the far end; that of the near end where absent.
        far_channels: of the far end, 1 to 8.
        echo_cancellation: whether what the far end adds to the near end is removed (AEC3).
        noise_suppression: a :class:`NoiseSuppressionLevel`; True for ``"high"``, which calls have; False for
            none.
        gain_control: a :class:`GainControl` or :class:`LegacyGainControl`; True for the former's defaults.
        high_pass_filter: whether what is below a voice is removed; echo cancellation does so in any case.
        voice_detection: whether ``statistics().voice_probability`` is known, of what comes out.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a rate, a number of channels or a level that does not exist.
    """

    def __init__(
        self,
        sample_rate: int = 48000,
        channels: int = 1,
        *,
        far_sample_rate: int | None = None,
        far_channels: int = 1,
        echo_cancellation: bool = True,
        noise_suppression: bool | NoiseSuppressionLevel | str = True,
        gain_control: bool | GainControl | LegacyGainControl = True,
        high_pass_filter: bool = True,
        voice_detection: bool = False,
    ) -> None:
        where = "AudioProcessor"
        self._sample_rate = checked_rate(sample_rate, f"{where}: sample_rate")
        self._channels = checked_channels(channels, f"{where}: channels")
        self._far_channels = checked_channels(far_channels, f"{where}: far_channels")
        self._far_sample_rate = self._sample_rate
        if far_sample_rate is not None:
            self._far_sample_rate = checked_rate(far_sample_rate, f"{where}: far_sample_rate")
        if gain_control is True:
            gain_control = GainControl()
        elif not isinstance(gain_control, bool | GainControl | LegacyGainControl):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{where}: gain_control: {shown(gain_control)} is no bool or gain control")
        self._native = _native.AudioProcessor(
            sample_rate=self._sample_rate,
            channels=self._channels,
            far_sample_rate=self._far_sample_rate,
            far_channels=self._far_channels,
            echo_cancellation=convert(bool, echo_cancellation, f"{where}: echo_cancellation"),
            noise_suppression=_noise_level(noise_suppression),
            high_pass_filter=convert(bool, high_pass_filter, f"{where}: high_pass_filter"),
            gain_control=gain_control if isinstance(gain_control, GainControl) else None,
            legacy_gain_control=gain_control if isinstance(gain_control, LegacyGainControl) else None,
            voice_detection=convert(bool, voice_detection, f"{where}: voice_detection"),
        )
        self._stream_delay = 0.0

    @property
    def sample_rate(self) -> int:
        """Samples a second of the near end."""
        return self._sample_rate

    @property
    def channels(self) -> int:
        """Channels of the near end."""
        return self._channels

    @property
    def far_sample_rate(self) -> int:
        """Samples a second of the far end."""
        return self._far_sample_rate

    @property
    def far_channels(self) -> int:
        """Channels of the far end."""
        return self._far_channels

    @property
    def stream_delay(self) -> float:
        """Seconds, 0 to 0.5, from when a piece of the far end is given to when its echo is.

        A hint: the echo canceller finds the delay itself, and follows it.
        """
        return self._stream_delay

    @stream_delay.setter
    def stream_delay(self, value: float) -> None:
        delay = convert(float, value, "AudioProcessor.stream_delay")
        if not 0 <= delay <= 0.5:
            raise ValueError(f"AudioProcessor.stream_delay is {delay} s, not in 0 to 0.5")
        self._stream_delay = delay
        self._native.set_delay_ms(round(delay * 1000))

    def process(self, near: Samples, far: Samples | None = None) -> Samples:
        """The near end, processed.

        Arguments:
            near: what was captured: int16 or float32, of shape ``(samples, channels)``, or ``(samples,)`` for
                one channel.
            far: what was played at the same time, for as long, in its own channels and rate.

        Returns:
            An array of near's dtype and dimensions, of a multiple of 10 ms.

        Raises:
            TypeError: not a numpy array of int16 or float32.
            ValueError: the shape does not fit, the far end has another length, or a float is NaN or infinite.
        """
        checked = checked_samples(near, self._channels, "near")
        checked_far = None
        if far is not None:
            checked_far = checked_samples(far, self._far_channels, "far")
            if len(checked_far) * self._sample_rate != len(checked) * self._far_sample_rate:
                raise ValueError(
                    f"far has {len(checked_far)} samples at {self._far_sample_rate} Hz, "
                    f"not as long as near's {len(checked)} at {self._sample_rate} Hz"
                )
        return shaped_like(self._native.process(checked, checked_far), near)

    def process_far(self, far: Samples) -> None:
        """Hear what is about to be played, where it comes apart from the near end.

        It must come as steadily as the near end does: the echo canceller keeps no more than a second of it.

        Raises:
            TypeError: not a numpy array of int16 or float32.
            ValueError: the shape does not fit, or a float is NaN or infinite.
        """
        self._native.process_far(checked_samples(far, self._far_channels, "far"))

    def flush(self, dtype: DTypeLike = "int16") -> Any:
        """What is left of the near end, less than 10 ms: at the end of a stream.

        Arguments:
            dtype: int16 or float32, of the array that is returned. Its shape is ``(samples, channels)``.

        Raises:
            TypeError: another dtype.
        """
        return self._native.flush(is_float(dtype, "flush"))

    def reset(self) -> None:
        """Begin anew, with another stream: what was learned of echo, noise and level is forgotten."""
        self._native.reset()

    def statistics(self) -> AudioProcessorStatistics:
        """What is known of the last 10 ms."""
        found = self._native.statistics()
        return AudioProcessorStatistics(
            echo_return_loss=found.echo_return_loss,
            echo_return_loss_enhancement=found.echo_return_loss_enhancement,
            divergent_filter_fraction=found.divergent_filter_fraction,
            delay=None if found.delay_ms is None else found.delay_ms / 1000,
            voice_probability=found.voice_probability,
        )

    def __repr__(self) -> str:
        return f"<AudioProcessor {self._sample_rate} Hz, {self._channels} channels>"


def _noise_level(value: Any) -> NoiseSuppressionLevel | None:
    if isinstance(value, bool):
        return NoiseSuppressionLevel.HIGH if value else None
    level = convert(str, value, "AudioProcessor: noise_suppression")
    try:
        return NoiseSuppressionLevel(level)
    except ValueError:
        known = ", ".join(repr(str(known)) for known in NoiseSuppressionLevel)
        raise ValueError(f"AudioProcessor: noise_suppression {level!r} is not one of {known}") from None


def _check_fields(options: GainControl | LegacyGainControl) -> None:
    types = {"bool": bool, "int": Long, "float": float}
    for f in fields(options):
        where = f"{type(options).__name__}.{f.name}"
        object.__setattr__(options, f.name, convert(types[str(f.type)], getattr(options, f.name), where))


def _check_range(options: GainControl | LegacyGainControl, name: str, low: float, high: float) -> None:
    value = getattr(options, name)
    if not low <= value <= high:
        raise ValueError(f"{type(options).__name__}.{name} is {value}, not in {low:g} to {high:g}")
