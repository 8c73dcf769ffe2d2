"""What people do with live media: play files, record calls, keep pictures. Needs PyAV: ``pywebrtc[contrib]``.

The package itself never imports this.
"""

from .player import MediaPlayer
from .recorder import MediaRecorder

__all__ = ["MediaPlayer", "MediaRecorder"]
