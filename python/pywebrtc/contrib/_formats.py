"""Which codecs go into which kind of file, and how they are set for live media."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pywebrtc.exceptions import NotSupportedError

from ._pyav import pyav

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Format:
    """What is written where the caller says nothing else: encoders, the first that there is, and muxer
    options.
    """

    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict[str, str])


# Each is written so that what is on the disk can be played at any moment: a program that is killed loses its
# last second, not the file.
_MP4 = {
    # Fragments of a second. When all is well the file ends as an ordinary one, which every player can
    # seek in. The first index waits for the first packets (delay_moov), because it says how much of the
    # audio is the encoder's run-up: without it sound is late by that.
    "movflags": "hybrid_fragmented+delay_moov+frag_keyframe",
    "frag_duration": "1000000",
}
_MATROSKA = {"cluster_time_limit": "1000"}
_HLS = {"hls_time": "2", "hls_list_size": "0", "hls_playlist_type": "event"}

_H264 = ("libx264", "libopenh264", "mpeg4")
_VP8 = ("libvpx", "libvpx-vp9")

_FORMATS = {
    "mp4": Format(_H264, ("aac",), _MP4),
    "mov": Format(_H264, ("aac",), _MP4),
    "matroska": Format(_H264, ("libopus", "opus", "aac"), _MATROSKA),
    "webm": Format(_VP8, ("libopus", "opus"), _MATROSKA),
    "hls": Format(_H264, ("aac",), _HLS),
    "mpegts": Format(_H264, ("aac",)),
    "flv": Format(_H264, ("aac",)),
    "wav": Format(audio=("pcm_s16le",)),
    "mp3": Format(audio=("libmp3lame",)),
    "ogg": Format(audio=("libopus", "opus")),
    "flac": Format(audio=("flac",)),
    "adts": Format(audio=("aac",)),
}

# In files that hold only one stream.
SINGLE = frozenset({"wav", "mp3", "flac", "adts"})

# A second of latency at most, so that little is lost when the program is; speed before size.
_ENCODERS = {
    "libx264": {"preset": "veryfast", "tune": "zerolatency", "crf": "21"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "crf": "8", "lag-in-frames": "0"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "lag-in-frames": "0"},
}


def format_of(name: str) -> Format:
    """What a format is written with; FFmpeg's own choice where it is none of ours."""
    return _FORMATS.get(name, Format())


def encoder_options(encoder: str) -> dict[str, str]:
    """What an encoder is told unless the caller says something else."""
    return dict(_ENCODERS.get(encoder, {}))


def choose_encoder(container: Any, kind: str, wanted: str | None) -> str:
    """The encoder for audio or video in a container of PyAV's.

    Raises:
        NotSupportedError: the format has no such streams, or not what the encoder makes, or there is no
            such encoder.
    """
    av = pyav()
    name = container.format.name
    known = format_of(name)
    if wanted is not None:
        candidates = (wanted,)
    elif known.video or known.audio:
        candidates = known.video if kind == "video" else known.audio
    else:
        default = container.default_video_codec if kind == "video" else container.default_audio_codec
        candidates = () if default == "none" else (default,)
    for candidate in candidates:
        try:
            codec = av.Codec(candidate, "w")
        except ValueError:
            continue
        if codec.type != kind:
            continue
        try:  # on another one: a stream that was added is not taken away
            av.open(io.BytesIO(), "w", format=name).add_stream(candidate)
        except ValueError:
            raise NotSupportedError(f"{name} files hold no {codec.canonical_name}") from None
        return candidate
    if not candidates:
        raise NotSupportedError(f"{name} files hold no {kind}")
    raise NotSupportedError(f"no {kind} encoder called {' or '.join(candidates)}")
