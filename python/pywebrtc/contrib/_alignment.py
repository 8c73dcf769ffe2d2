"""How much later than the video of a connection its audio is played.

Each has a jitter buffer of its own, and libwebrtc evens out only what is more than 30 ms, step by step, and
not before both streams have had sender reports for some seconds. A recording can put the pictures where they
belong at once.
"""

from __future__ import annotations

import statistics
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from pywebrtc.stats import RTCInboundRtpStreamStats

if TYPE_CHECKING:
    from pywebrtc.rtpreceiver import RTCRtpReceiver
    from pywebrtc.statsreport import RTCStatsReport

# Seconds that libwebrtc keeps a decoded picture before it is due (VCMTiming's default render delay).
_RENDER_DELAY = 0.01

# Seconds by which sound is older than its sender says, whom reports and arrivals tell of packets: it is
# in them when the packet is full (20 ms), and Opus looks ahead (6.5 ms, RFC 6716 section 4.2.5 calls it
# the encoder's delay).
_PACKET_DELAY = 0.0265

# Seconds that NetEq keeps what it has decoded, on average; its statistics do not count them.
_DECODED_DELAY = 0.008

# Seconds by which a sender may capture one later than the other.
_CREDIBLE = 0.15


class _Delays(NamedTuple):
    """Sums since the stream began."""

    seconds: float
    number: float


class Alignment:
    """The difference between an audio and a video receiver of one connection."""

    def __init__(self, audio: RTCRtpReceiver, video: RTCRtpReceiver) -> None:
        self.receivers = (audio, video)
        self._before = (_Delays(0, 0), _Delays(0, 0))
        self._looks: deque[float] = deque(maxlen=3)

    def of(self, report: RTCStatsReport) -> float | None:
        """Seconds by which audio is later; None where nothing is known yet.

        Arguments:
            report: statistics of the connection.
        """
        audio, video = (self._inbound(report, receiver) for receiver in self.receivers)
        if audio is None or video is None:
            return None
        sounds = _Delays(audio.jitterBufferDelay or 0, audio.jitterBufferEmittedCount or 0)
        pictures = _Delays(video.totalProcessingDelay or 0, video.framesDecoded or 0)
        means = [_mean(old, new) for old, new in zip(self._before, (sounds, pictures), strict=True)]
        self._before = (sounds, pictures)
        if means[0] is None or means[1] is None:
            return self._last
        # How long each waited since it arrived. What was sent together mostly arrives together.
        seconds = means[0] + _DECODED_DELAY - means[1] - _RENDER_DELAY
        if audio.estimatedPlayoutTimestamp and video.estimatedPlayoutTimestamp:
            # What is played now, on the sender's clock, as its reports tell it: the best there is. After
            # a pause in which the sender's RTP clock stood still it is wrong for a while.
            reported = (video.estimatedPlayoutTimestamp - audio.estimatedPlayoutTimestamp) / 1000
            if abs(reported - seconds) < _CREDIBLE:
                seconds = reported
        self._looks.append(seconds + _PACKET_DELAY)
        return self._last

    @property
    def _last(self) -> float | None:
        # A machine that was busy for a moment makes one look wrong.
        return statistics.median(self._looks) if self._looks else None

    @staticmethod
    def _inbound(report: RTCStatsReport, receiver: RTCRtpReceiver) -> RTCInboundRtpStreamStats | None:
        mid = receiver._transceiver.mid
        return next((stats for stats in report.of_type(RTCInboundRtpStreamStats) if stats.mid == mid), None)


def _mean(old: _Delays, new: _Delays) -> float | None:
    number = new.number - old.number
    return (new.seconds - old.seconds) / number if number > 0 else None
