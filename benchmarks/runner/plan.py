"""What is measured, with which options, and how often; and what is aimed at."""

from __future__ import annotations

from dataclasses import dataclass, field

OURS = "pywebrtc"
RIVAL = "wrtc"
# With a network thread for each peer, and with one for both: the faster of the two counts.
NATIVE = ("native", "native-1")
ALL = (*NATIVE, OURS, RIVAL, "aiortc", "roamhq")
EACH = tuple(name for name in ALL if name != "native-1")
PYTHON = (OURS, RIVAL, "aiortc")

ONE = "one process"
TWO = "two processes"


@dataclass(frozen=True)
class Metric:
    """A number that the programs tell."""

    name: str
    title: str
    higher: bool = False
    """Whether more is better."""


@dataclass(frozen=True)
class Family:
    """Metrics that are measured together."""

    name: str
    title: str
    scenario: str
    metrics: tuple[Metric, ...]
    options: tuple[str, ...]
    """Each is a run."""
    quick: tuple[str, ...]
    programs: tuple[str, ...] = EACH
    modes: tuple[str, ...] = (ONE, TWO)
    rounds: int = 3


def _video(codecs: str, heights: str, streams: str, times: str) -> tuple[str, ...]:
    widths = {"360": 640, "720": 1280, "1080": 1920}
    return tuple(
        f"codec={codec} width={widths[height]} height={height} streams={count} {times}"
        for codec in codecs.split(",")
        for height in heights.split(",")
        for count in streams.split(",")
    )


_VIDEO = (
    Metric("cpu_ms_per_frame", "CPU of both ends, ms a frame"),
    Metric("latency_p50_ms", "glass to glass, median ms"),
    Metric("lost_percent", "frames that did not arrive, %"),
)
_CHANNEL = (
    Metric("messages_per_s", "messages a second", higher=True),
    Metric("mb_per_s", "MB a second", higher=True),
    Metric("cpu_ms_per_mb", "CPU of both ends, ms a MB"),
)

FAMILIES = (
    Family(
        "throughput",
        "Data channel: a flood of messages",
        "throughput",
        _CHANNEL,
        ("warmup=0.15 seconds=0.4",),
        ("warmup=0.1 seconds=0.2 ordered=1 sizes=100,65536",),
        ALL,
    ),
    Family(
        "parallel",
        "Data channels of several connections at once, 16 KiB",
        "throughput",
        _CHANNEL[1:],
        tuple(f"connections={count} sizes=16384 ordered=1 warmup=0.25 seconds=0.5" for count in (1, 4, 10)),
        ("connections=10 sizes=16384 ordered=1 warmup=0.1 seconds=0.3",),
        ALL,
        modes=(ONE,),
    ),
    Family(
        "latency",
        "Data channel: there and back, 100 bytes",
        "latency",
        (
            Metric("rtt_p50_us", "round trip, median µs"),
            Metric("rtt_p99_us", "round trip, 99th percentile µs"),
            Metric("one_way_p50_us", "there alone: from send() to the listener, median µs"),
            Metric("cpu_us_per_round_trip", "CPU of both ends, µs a round trip"),
        ),
        ("seconds=0.6",),
        ("seconds=0.3",),
    ),
    Family(
        "setup",
        "From the constructor to the open channel",
        "setup",
        (
            Metric("open_p50_ms", "median ms"),
            Metric("connections_per_s", "connections a second, closed again", higher=True),
            Metric("cpu_ms_per_connection", "CPU of both ends, ms a connection"),
        ),
        ("trickle=1 count=30", "trickle=0 count=5", "trickle=1 at_once=10 count=30"),
        ("trickle=1 count=5",),
    ),
    Family(
        "hold",
        "Connected pairs that do nothing",
        "hold",
        (
            Metric("rss_kb_per_pair", "memory, kB a pair"),
            Metric("threads_per_pair", "threads a pair"),
            Metric("idle_cpu_ms_per_pair_s", "CPU, ms a pair and second"),
        ),
        ("count=100 limit=6",),
        ("count=20 limit=3",),
        modes=(ONE,),
    ),
    Family(
        "many",
        "Connected pairs in one process: up to 600, for 8 s at most",
        "hold",
        (
            Metric("pairs_held", "pairs", higher=True),
            Metric("pairs_per_s", "pairs a second", higher=True),
            Metric("threads", "threads of the process"),
        ),
        ("count=600 limit=8",),
        (),
        modes=(ONE,),
        rounds=1,
    ),
    Family(
        "call",
        "Video: 720p, 30 frames a second, VP8",
        "video",
        _VIDEO,
        _video("VP8", "720", "1", "warmup=1 seconds=1.5"),
        _video("VP8", "360", "1", "warmup=0.5 seconds=0.7"),
    ),
    Family(
        "video",
        "Video: sizes, codecs, streams",
        "video",
        _VIDEO,
        _video("VP8,H264", "360,720,1080", "1,4", "warmup=0.8 seconds=1.2"),
        (),
        modes=(ONE,),
        rounds=1,
    ),
    Family(
        "audio",
        "Audio: Opus, 48 kHz, mono",
        "audio",
        (
            Metric("cpu_ms_per_stream_s", "CPU of both ends, ms a second of a stream"),
            Metric("heard_percent", "heard, %", higher=True),
        ),
        tuple(f"streams={count} warmup=1 seconds=1.5" for count in (1, 50)),
        ("streams=1 warmup=0.5 seconds=0.5",),
        modes=(ONE,),
        rounds=2,
    ),
    Family(
        "pixels",
        "Arrays to frames and back, 1080p; native: one pass of libyuv into memory that is there",
        "pixels",
        (
            Metric("in_ms", "array to frame, ms"),
            Metric("out_ms", "frame to an array that is there, ms"),
            Metric("out_new_ms", "frame to a new array, ms"),
        ),
        ("seconds=0.1",),
        ("seconds=0.03",),
        modes=(ONE,),
    ),
    Family(
        "stats",
        "getStats() of a connection with audio, video and a channel",
        "stats",
        (
            Metric("one_ms", "one report, ms"),
            Metric("twenty_ms", "20 at once, ms"),
            Metric("cpu_ms_per_report", "CPU, ms a report"),
        ),
        ("count=8",),
        ("count=3",),
        modes=(ONE,),
    ),
    Family(
        "stall",
        "How late a timer of 1 ms is on the receiver's loop",
        "stall",
        (
            Metric("late_p50_us", "median µs"),
            Metric("late_p99_us", "99th percentile µs"),
            Metric("late_max_us", "most, µs"),
        ),
        ("seconds=0.8",),
        ("seconds=0.3",),
        tuple(name for name in EACH if name != "native"),
        modes=(TWO,),
    ),
    Family(
        "imports",
        "Import in a fresh interpreter",
        "imports",
        (
            Metric("import_ms", "import, ms"),
            Metric("connection_ms", "import, and the class of connections, ms"),
        ),
        ("count=8",),
        ("count=2",),
        tuple(name for name in EACH if name != "native"),
        modes=(ONE,),
        rounds=2,
    ),
)


@dataclass(frozen=True)
class Target:
    """How much of native's, or of the rival's, a number should be."""

    title: str
    family: str
    metric: str
    case: dict[str, object] = field(default_factory=dict)
    mode: str = ONE
    unit: str = ""
    native: float | None = None
    native_plus: float | None = None
    """Instead of a ratio: what it may be more than native's."""
    rival: float | None = None


def _targets(
    title: str, metric: str, sizes: tuple[int, ...], native: float, rival: float, unit: str = ""
) -> list[Target]:
    return [
        Target(
            f"{title}, {size} B",
            "throughput",
            metric,
            {"size": size, "ordered": 1},
            unit=unit,
            native=native,
            rival=rival,
        )
        for size in sizes
    ]


TARGETS = (
    *_targets("MB/s", "mb_per_s", (65536, 16384), 0.9, 1.5),
    *_targets("MB/s", "mb_per_s", (1024,), 0.7, 1.5),
    *_targets("messages/s", "messages_per_s", (100,), 0.4, 2),
    *_targets("CPU per MB", "cpu_ms_per_mb", (65536,), 1.1, 0.8, "ms"),
    Target(
        "round trip, idle",
        "latency",
        "rtt_p50_us",
        {"load": "idle"},
        unit="µs",
        native_plus=60,
        rival=0.9,
    ),
    Target(
        "constructor to open channel",
        "setup",
        "open_p50_ms",
        {"trickle": 1, "at_once": 1},
        unit="ms",
        native=1.15,
        rival=0.9,
    ),
    Target(
        "10 connections, MB/s together", "parallel", "mb_per_s", {"connections": 10}, native=0.9, rival=1.5
    ),
    Target("720p30 VP8, CPU per frame", "call", "cpu_ms_per_frame", unit="ms", native=1.05, rival=0.95),
    Target("bgr24 1080p in", "pixels", "in_ms", {"format": "bgr24"}, unit="ms", native=1.2),
    Target("bgr24 1080p out", "pixels", "out_ms", {"format": "bgr24"}, unit="ms", native=1.2),
    Target("bgra 1080p in", "pixels", "in_ms", {"format": "bgra"}, unit="ms", native=1.2, rival=0.6),
    Target("bgra 1080p out", "pixels", "out_ms", {"format": "bgra"}, unit="ms", native=1.2, rival=0.6),
    Target("memory of an idle pair", "hold", "rss_kb_per_pair", unit="kB", native_plus=150, rival=0.9),
    Target("import", "imports", "import_ms", unit="ms", rival=0.6),
    Target("import of RTCPeerConnection", "imports", "connection_ms", unit="ms", rival=0.6),
)
