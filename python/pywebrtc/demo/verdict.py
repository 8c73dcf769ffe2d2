"""The table, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import tone

if TYPE_CHECKING:
    from pathlib import Path

    from .sender import Measured

_PSNR = 30.0  # dB, the worst picture
_TONE = 0.01  # of its frequency
_FRAMES = 0.25  # of them may be missing: the encoder leaves some out where the machine is too slow


def rows(measured: Measured, output: Path) -> list[tuple[str, str]]:
    """What the table says."""
    report = measured.report
    ice = measured.ice_seconds
    return [
        ("time to connect", f"{measured.connect_seconds * 1000:.0f} ms"),
        (
            "time to ramp up",
            f"{measured.ramp_up_seconds:.1f} s, until the bandwidth was estimated",
        ),
        ("codec", f"{measured.codec}, {' '.join(report['sizes']) or 'nothing'}"),
        ("frames sent", f"{measured.frames}, since then"),
        ("frames received", f"{report['frames']}"),
        ("frames dropped", _dropped(measured)),
        ("PSNR", f"{report['psnr_mean']:.1f} dB, worst {report['psnr_min']:.1f} dB"),
        ("tone", f"{report['tone']:.2f} Hz of {tone.FREQUENCY:g} Hz"),
        ("messages", f"{measured.messages} sent, {report['messages']} received and compared"),
        ("fastest, small", f"{measured.messages_per_second:,.0f} messages/s"),
        ("fastest, large", f"{measured.bytes_per_second / 1e6:.1f} MB/s"),
        ("round trip", f"{measured.ping_median * 1000:.1f} ms of a message, beside the video"),
        (
            "round trip, ICE",
            "none" if ice is None else "under 1 ms" if ice < 0.001 else f"{ice * 1000:.0f} ms",
        ),
        ("picture", f"{output} (sent, received)"),
    ]


def problems(measured: Measured) -> list[str]:
    """What is off, in words; nothing where all is well."""
    report = measured.report
    wrong: list[str] = []
    missing = measured.frames - report["frames"]
    if missing > _FRAMES * measured.frames:
        wrong.append(f"{missing} of {measured.frames} frames are missing: {_dropped(measured)}")
    if report["unreadable"]:
        wrong.append(f"{report['unreadable']} received frames are not what was sent")
    if report["psnr_min"] <= _PSNR:
        wrong.append(f"the PSNR of the worst frame is {report['psnr_min']:.1f} dB, not above {_PSNR:g} dB")
    if abs(report["tone"] - tone.FREQUENCY) > _TONE * tone.FREQUENCY:
        wrong.append(f"the tone is at {report['tone']:.1f} Hz, not at {tone.FREQUENCY:g} Hz")
    if report["messages"] != measured.messages:
        wrong.append(f"{measured.messages} messages were sent and {report['messages']} received")
    if report["mistake"]:
        wrong.append(report["mistake"])
    if not measured.ping_seconds:
        wrong.append("no ping came back")
    return wrong + measured.errors + report["errors"]


def _dropped(measured: Measured) -> str:
    """How many frames did not arrive, and where they got lost as far as that is known."""
    report = measured.report
    missing = measured.frames - report["frames"]
    encoder = max(0, measured.frames - measured.frames_encoded)
    where = [("left out by the encoder", encoder), ("too late for the reader", report["queue_dropped"])]
    told = ", ".join(f"{count} {what}" for what, count in where if count)
    return f"{missing} ({told})" if told else str(missing)
