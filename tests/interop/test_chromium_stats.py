"""What getStats says at both ends of a call with Chromium is the same."""

from __future__ import annotations

import asyncio
from typing import Any

from harness import pushing
from interop.call import Call
from interop.signals import Tone, heard, heard_by_page, picture, regions, seen, seen_by_page
from pywebrtc import AudioSource, VideoSource


async def reports(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    ours = (await call.pc.getStats()).to_dict()
    return ours, {each["id"]: each for each in await call.tab.evaluate("stats()")}


def one(report: dict[str, Any], type: str, **members: Any) -> dict[str, Any]:
    """The one entry with these members."""
    (found,) = (
        each
        for each in report.values()
        if each["type"] == type and all(each.get(name) == value for name, value in members.items())
    )
    return found


async def test_a_call(tab):
    video, audio = VideoSource(), AudioSource()
    async with Call(tab) as call:
        call.pc.addTrack(video.track)
        call.pc.addTrack(audio.track)
        channel = call.pc.createDataChannel("chat")
        await tab.evaluate(
            """(regions) => {
                sent = [painting(320, 240, regions), tone(900)];
                for (const track of sent) send(track).replaceTrack(null);
            }""",
            regions(),
        )
        await call.offer()
        remote = {track.kind: track for track in (await call.track(), await call.track())}
        await channel.opened()
        await tab.evaluate("until(() => channels.length)")
        # Not before: what the page sends while Python's DTLS is not done yet is lost, uncounted.
        await call.connected()
        await tab.evaluate("sent.forEach((track, i) => { pc.getSenders()[i].replaceTrack(track) })")
        for message in ("one", b"two"):
            await channel.send(message)
        assert len(await tab.evaluate("received(channels[0], 2)")) == 2
        async with pushing(lambda: video.push(picture()), 1 / 30), pushing(Tone(audio, 500), 0.02):
            await asyncio.gather(
                seen(remote["video"], picture()),
                heard(remote["audio"], 900),
                seen_by_page(tab, "tracks.find((t) => t.kind === 'video')", picture()),
                heard_by_page(tab, "tracks.find((t) => t.kind === 'audio')", 500),
            )
        # Nothing is on its way any more: what one has sent the other has received.
        for sender in call.pc.getSenders():
            await sender.replaceTrack(None)
        await tab.evaluate("Promise.all(pc.getSenders().map((sender) => sender.replaceTrack(null)))")
        ours, theirs = await settled(call)

    for sends, receives in ((ours, theirs), (theirs, ours)):
        for kind in ("audio", "video"):
            sent = one(sends, "outbound-rtp", kind=kind)
            received = one(receives, "inbound-rtp", kind=kind)
            assert sent["ssrc"] == received["ssrc"]
            assert sent["mid"] == received["mid"]
            for stats in ((sends, sent), (receives, received)):
                codec = stats[0][stats[1]["codecId"]]
                assert codec["mimeType"] == ("audio/opus" if kind == "audio" else "video/VP8")
            assert sent["packetsSent"] == received["packetsReceived"]
            assert sent["bytesSent"] == received["bytesReceived"]
            assert received["packetsLost"] == 0
            if kind == "video":
                assert sent["framesSent"] == received["framesReceived"]
                assert (received["frameWidth"], received["frameHeight"]) == (320, 240)
                assert sent["keyFramesEncoded"] == received["keyFramesDecoded"]
        data, other = one(sends, "data-channel"), one(receives, "data-channel")
        assert data["label"] == other["label"] == "chat"
        assert data["dataChannelIdentifier"] == other["dataChannelIdentifier"]
        assert data["messagesSent"] == other["messagesReceived"]
        assert data["bytesSent"] == other["bytesReceived"]
        transport, opposite = one(sends, "transport"), one(receives, "transport")
        assert {transport["dtlsRole"], opposite["dtlsRole"]} == {"client", "server"}
        assert {transport["iceRole"], opposite["iceRole"]} == {"controlling", "controlled"}
        for name in ("dtlsCipher", "srtpCipher", "tlsVersion", "dtlsState"):
            assert transport[name] == opposite[name]
        fingerprint = sends[transport["localCertificateId"]]["fingerprint"]
        assert fingerprint == receives[opposite["remoteCertificateId"]]["fingerprint"]
        pair = sends[transport["selectedCandidatePairId"]]
        mirror = receives[opposite["selectedCandidatePairId"]]
        local, remote_view = sends[pair["localCandidateId"]], receives[mirror["remoteCandidateId"]]
        assert (local["port"], local["protocol"]) == (remote_view["port"], remote_view["protocol"])
    assert one(ours, "data-channel")["messagesSent"] == 2


# What the sender counts, and what the receiver does: a frame a moment after its last packet.
COUNTS = (("packetsSent", "packetsReceived"), ("framesSent", "framesReceived"))


async def settled(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The reports, once both ends have counted all media."""

    def counts(report: dict[str, Any], type: str, member: str) -> dict[str, int | None]:
        return {each["kind"]: each.get(member) for each in report.values() if each["type"] == type}

    async with asyncio.timeout(20):
        while True:
            ours, theirs = await reports(call)
            if all(
                counts(sends, "outbound-rtp", sent) == counts(receives, "inbound-rtp", received)
                for sends, receives in ((ours, theirs), (theirs, ours))
                for sent, received in COUNTS
            ):
                return ours, theirs
