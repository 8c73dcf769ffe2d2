"""Charts: what is drawn is what the statistics and the samples say."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys

import numpy as np
import pytest
import sound
from calls import VideoCall, shapes
from pywebrtc import AudioFrame, RTCPeerConnection
from pywebrtc.contrib import StatsPlot, plot_sound


async def test_statistics_of_a_call(peers):
    call, picture = VideoCall(peers), shapes()
    call.add()
    async with call.running(lambda: picture):
        await call.receive(picture)
        async with (
            StatsPlot(peers.caller, 0.05) as sent,
            StatsPlot(peers.callee, 60) as received,
            asyncio.timeout(20),
        ):
            while len(sent.lines) < 3 or any(len(points) < 5 for points in sent.lines.values()):
                await sent.look()
            await received.look()
    assert sent.lines.keys() == {"bitrate: sent video 0", "pictures: sent video 0", *round_trips(sent)}
    assert len(round_trips(sent)) == 1
    assert received.lines.keys() >= {"bitrate: received video 0", "pictures: received video 0"}
    ((seconds, pictures),) = received.lines["pictures: received video 0"]
    assert 0 < seconds < 20
    assert 0 < pictures < 60
    figure = sent.figure()
    drawn = {axes.get_title(loc="left"): [line.get_label() for line in axes.lines] for axes in figure.axes}
    assert drawn["bitrate"] == ["sent video 0"]
    assert drawn["packets lost"] == []
    file = io.BytesIO()
    sent.save(file)
    assert file.getvalue().startswith(b"\x89PNG")
    # A connection that is closed ends it, and what there was stays.
    async with StatsPlot(peers.caller, 0.01) as plot:
        await peers.close()
        await asyncio.wait_for(plot._task, 20)


def round_trips(plot):
    return [name for name in plot.lines if name.startswith("round trip")]


async def test_bad_arguments():
    with pytest.raises(TypeError, match="connection"):
        StatsPlot("x")
    async with RTCPeerConnection() as pc:
        with pytest.raises(ValueError, match="not positive"):
            StatsPlot(pc, 0)


def test_sound():
    samples = np.stack([sound.tone(0.5, frequency=50, amplitude=0.5), np.zeros(24000, np.float32)], axis=1)
    frames = [AudioFrame.from_ndarray(samples[i : i + 960], 48000) for i in range(0, 24000, 960)]
    left, right, levels = plot_sound(frames).axes
    assert np.array_equal(left.lines[0].get_ydata(), samples[:, 0])
    assert left.lines[0].get_xdata()[-1] == pytest.approx(0.5, abs=0.001)
    assert not right.lines[0].get_ydata().any()
    loud, silent = (line.get_ydata() for line in levels.lines)
    assert loud.mean() == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert (silent <= -100).all()
    other = AudioFrame.from_ndarray(np.zeros(160, np.int16), 16000)
    for wrong in ([], [frames[0], other]):
        with pytest.raises(ValueError, match="one rate and number of channels"):
            plot_sound(wrong)
    with pytest.raises(TypeError, match="frame"):
        plot_sound([samples])


def test_without_matplotlib_and_pyav():
    """The modules can be imported, and say what is missing when it is needed."""
    code = """
import sys
import numpy as np
sys.modules["matplotlib"] = sys.modules["av"] = None
from pywebrtc import AudioFrame
from pywebrtc.contrib import plot_sound
try:
    plot_sound([AudioFrame.from_ndarray(np.zeros(480, np.int16), 48000)])
except ImportError as error:
    print(error.name, error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("matplotlib ")
    assert "pip install 'pywebrtc[plot]'" in said.stdout
