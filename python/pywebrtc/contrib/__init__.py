"""What people do with live media: play files, record calls, keep pictures, draw charts.

Files and pictures need PyAV, ``pywebrtc[contrib]``; charts need matplotlib, ``pywebrtc[plot]``. The package
itself never imports this.
"""

from .blackhole import MediaBlackhole
from .player import MediaPlayer
from .plots import StatsPlot, plot_sound
from .recorder import MediaRecorder
from .snapshot import save_picture, snapshot

__all__ = [
    "MediaBlackhole",
    "MediaPlayer",
    "MediaRecorder",
    "StatsPlot",
    "plot_sound",
    "save_picture",
    "snapshot",
]
