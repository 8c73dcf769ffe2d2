"""Charts of a call: its statistics over time, and the sound of a track. Needs matplotlib."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pywebrtc import _dispatcher
from pywebrtc._webidl import convert
from pywebrtc.audioframe import AudioFrame
from pywebrtc.peerconnection import RTCPeerConnection
from pywebrtc.stats import (
    RTCIceCandidatePairStats,
    RTCInboundRtpStreamStats,
    RTCOutboundRtpStreamStats,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pywebrtc.statsreport import RTCStatsReport


class _Chart(NamedTuple):
    title: str
    unit: str


_BITRATE = _Chart("bitrate", "kbit/s")
_PICTURES = _Chart("pictures", "per second")
_LOST = _Chart("packets lost", "per second")
_ROUND_TRIP = _Chart("round trip", "ms")
_CHARTS = (_BITRATE, _PICTURES, _LOST, _ROUND_TRIP)

# What grows: the member, the chart of its rate, and by what it is multiplied there.
_GROWING = {
    RTCInboundRtpStreamStats: (
        ("bytesReceived", _BITRATE, 0.008),
        ("framesDecoded", _PICTURES, 1),
        ("packetsLost", _LOST, 1),
    ),
    RTCOutboundRtpStreamStats: (("bytesSent", _BITRATE, 0.008), ("framesEncoded", _PICTURES, 1)),
}


class StatsPlot:
    """The statistics of a connection, looked at again and again, as charts.

    ::

        async with StatsPlot(pc) as plot:
            await asyncio.sleep(60)
        plot.save("call.svg")

    There is a line for each stream: bitrate, pictures and lost packets a second; and the round trip of the
    transport. It ends when the connection is closed, and keeps what it has.

    Arguments:
        connection: of whom.
        interval: seconds between two looks; :meth:`look` has one at any moment.

    Raises:
        TypeError: not a connection.
        ValueError: ``interval`` is not positive.
    """

    def __init__(self, connection: RTCPeerConnection, interval: float = 1.0) -> None:
        convert(RTCPeerConnection, connection, "StatsPlot: connection")
        if interval <= 0:
            raise ValueError(f"interval is {interval}, not positive")
        self._connection = connection
        self._interval = interval
        self._lines: dict[tuple[_Chart, str], list[tuple[float, float]]] = {}
        self._before: RTCStatsReport | None = None
        self._start: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def lines(self) -> dict[str, list[tuple[float, float]]]:
        """What is drawn: ``(seconds since the first look, value)`` by names such as
        ``"bitrate: received video 0"``.
        """
        return {f"{chart.title}: {label}": list(points) for (chart, label), points in self._lines.items()}

    async def look(self) -> None:
        """Have a look at the statistics now."""
        report = await self._connection.getStats()
        for kind, members in _GROWING.items():
            for stream in report.of_type(kind):
                self._add_rates(stream, members)
        for pair in report.of_type(RTCIceCandidatePairStats):
            if pair.nominated and pair.currentRoundTripTime is not None:
                at = self._seconds(pair.timestamp)
                self._add(_ROUND_TRIP, f"transport {pair.transportId}", at, 1000 * pair.currentRoundTripTime)
        self._before = report

    def figure(self) -> Any:
        """The charts, as a ``matplotlib.figure.Figure``.

        Raises:
            ImportError: matplotlib is not installed.
        """
        figure = _matplotlib("figure").Figure(figsize=(9, 8), layout="constrained")
        for axes, chart in zip(figure.subplots(len(_CHARTS), sharex=True), _CHARTS, strict=True):
            axes.set_title(chart.title, loc="left", fontsize="medium")
            axes.set_ylabel(chart.unit)
            axes.grid(alpha=0.3)
            for (of, label), points in self._lines.items():
                if of == chart:
                    axes.plot(*zip(*points, strict=True), label=label, marker=".")
            if axes.lines:
                axes.legend(fontsize="small", loc="upper left")
                axes.set_ylim(bottom=0)
        figure.supxlabel("seconds")
        return figure

    def save(self, file: Any) -> None:
        """Write the charts to a file: png, svg, pdf and what else matplotlib knows, by its name.

        Raises:
            ImportError: matplotlib is not installed.
            OSError: the file cannot be written.
            ValueError: its name tells no format.
        """
        self.figure().savefig(file)

    async def __aenter__(self) -> Self:
        await self.look()
        self._task = _dispatcher.current().loop.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            if self._connection.connectionState == "closed":
                return
            await self.look()

    def _add_rates(self, stream: Any, members: Iterable[tuple[str, _Chart, float]]) -> None:
        before: Any = None if self._before is None else self._before.get(stream.id)
        if before is None:
            return
        seconds = (stream.timestamp - before.timestamp) / 1000
        if seconds <= 0:
            return
        way = "received" if stream.type == "inbound-rtp" else "sent"
        label = " ".join(filter(None, (way, stream.kind, stream.mid, getattr(stream, "rid", None))))
        for member, chart, factor in members:
            old, new = getattr(before, member), getattr(stream, member)
            if old is not None and new is not None:
                self._add(chart, label, self._seconds(stream.timestamp), factor * (new - old) / seconds)

    def _add(self, chart: _Chart, label: str, at: float, value: float) -> None:
        self._lines.setdefault((chart, label), []).append((at, value))

    def _seconds(self, timestamp: float) -> float:
        self._start = timestamp if self._start is None else self._start
        return (timestamp - self._start) / 1000


def plot_sound(frames: Iterable[AudioFrame]) -> Any:
    """Sound as it is: each channel's samples over time, above its level, as a ``matplotlib.figure.Figure``.

    Arguments:
        frames: of one track, in their order, of one rate and number of channels.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: they are no audio frames.
        ValueError: there are none, or they are of several kinds.
    """
    import numpy as np

    frames = [convert(AudioFrame, frame, "plot_sound: frame") for frame in frames]
    kinds = {(frame.sample_rate, frame.channels) for frame in frames}
    if len(kinds) != 1:
        raise ValueError(f"frames of one rate and number of channels can be drawn, not {sorted(kinds)}")
    ((rate, channels),) = kinds
    samples = np.concatenate([frame.to_ndarray(dtype="float32") for frame in frames])
    figure = _matplotlib("figure").Figure(figsize=(9, 2 + 2 * channels), layout="constrained")
    *waves, levels = figure.subplots(channels + 1, sharex=True)
    block = rate // 100
    blocks = samples[: len(samples) // block * block].reshape(-1, block, channels)
    power = 10 * np.log10(np.mean(np.square(blocks), axis=1) + 1e-10)
    for channel, axes in enumerate(waves):
        axes.plot(np.arange(len(samples)) / rate, samples[:, channel], linewidth=0.5)
        axes.set_ylim(-1, 1)
        axes.set_ylabel(f"channel {channel}")
        levels.plot((np.arange(len(power)) + 0.5) / 100, power[:, channel], label=f"channel {channel}")
    levels.set_ylim(-100, 3)
    levels.set_ylabel("dBFS")
    levels.grid(alpha=0.3)
    figure.supxlabel("seconds")
    return figure


def _matplotlib(module: str) -> Any:
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError(
            "charts need matplotlib: pip install 'pywebrtc[plot]'", name="matplotlib"
        ) from error
