"""Google's libwebrtc with the browser's API, on asyncio, with numpy frames."""

from . import engine as engine
from ._version import __version__ as __version__
from .datachannel import RTCDataChannel as RTCDataChannel
from .peerconnection import RTCPeerConnection as RTCPeerConnection
from .sources import AudioSource as AudioSource
from .sources import VideoSource as VideoSource
