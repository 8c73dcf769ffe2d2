"""Renegotiation with Chromium, by perfect negotiation on both sides."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from harness import next_event, pushing, until
from interop.browser import Tab
from interop.call import OFFERERS, Call
from interop.signals import BLUE, GREEN, RED, Tone, heard, plain, seen, seen_by_page
from pywebrtc import AudioSource, VideoSource

PLAIN = "([w, h, colour]) => { send(painting(w, h, [[0, 0, w, h, colour]])) }"


async def agreed(call: Call) -> None:
    """Nothing is negotiated any more, and nothing is to be: both ends say the same of every transceiver."""
    await call.all_told()
    async with asyncio.timeout(20):
        while await transceivers_of_page(call.tab) != mirrored(call):
            pass


async def transceivers_of_page(tab: Tab) -> list[Any]:
    return await tab.evaluate(
        "pc.getTransceivers().map((t) => [t.mid, t.currentDirection]).sort(([a], [b]) => a - b)"
    )


def mirrored(call: Call) -> list[Any]:
    """Python's transceivers as the page should see them."""
    other = {"sendonly": "recvonly", "recvonly": "sendonly"}
    known = [(t.mid, t.currentDirection) for t in call.pc.getTransceivers()]
    return sorted(([mid, other.get(d, d)] for mid, d in known), key=lambda entry: int(entry[0] or -1))


async def test_add_replace_remove(tab):
    """A call that begins with nothing but a channel, and what comes and goes in it."""
    red, blue = VideoSource(), VideoSource()
    async with Call(tab, automatic=True) as call:
        call.pc.createDataChannel("first")
        await call.connected()

        # The page adds video, then Python does, in the same transceiver.
        await tab.evaluate(PLAIN, [320, 240, GREEN])
        remote = await call.track()
        await seen(remote, plain(GREEN))
        sender = call.pc.addTrack(red.track)
        async with pushing(lambda: (red.push(plain(RED)), blue.push(plain(BLUE))), 1 / 30):
            await tab.evaluate("until(() => tracks.length === 1)")
            await seen_by_page(tab, "tracks[0]", plain(RED))
            assert len(call.pc.getTransceivers()) == 1

            # Either replaces its track: no negotiation.
            await agreed(call)
            before = call.pc.localDescription
            await tab.evaluate(
                """async ([w, h, colour]) =>
                    pc.getSenders()[0].replaceTrack(painting(w, h, [[0, 0, w, h, colour]]))""",
                [320, 240, RED],
            )
            await sender.replaceTrack(blue.track)
            await asyncio.gather(seen(remote, plain(RED)), seen_by_page(tab, "tracks[0]", plain(BLUE)))
            assert call.pc.localDescription is before

        # Audio comes too, from the page.
        await tab.evaluate("() => { send(tone(800)) }")
        await heard(await call.track(), 800)

        # Either removes its video: the track at the other end is muted, and lives.
        muted = asyncio.ensure_future(next_event(remote, "mute"))
        await tab.evaluate("pc.removeTrack(pc.getSenders()[0])")
        await muted
        assert remote.readyState == "live"
        call.pc.removeTrack(sender)
        await tab.evaluate("until(() => log.includes('mute video'))")
        await agreed(call)
        assert [t.currentDirection for t in call.pc.getTransceivers()] == ["inactive", "recvonly"]

        # Stopped for good: the other end's track ends.
        call.pc.getTransceivers()[0].stop()
        await tab.evaluate("until(() => log.includes('ended video'))")
        await agreed(call)
        ended = asyncio.ensure_future(next_event(call.pc.getTransceivers()[-1].receiver.track, "ended"))
        await tab.evaluate("pc.getTransceivers().at(-1).stop()")
        await ended
        await until(call.pc, "signalingstatechange", lambda: call.pc.getTransceivers() == [])

        # A place in the description that became free is used again.
        await tab.evaluate(PLAIN, [320, 240, BLUE])
        await seen(await call.track(), plain(BLUE))
        await agreed(call)


@pytest.mark.parametrize("polite", [False, True])
async def test_both_offer_at_once(tab, polite):
    """Glare, again and again: whoever is polite gives way, and all that was added is there in the end."""
    async with Call(tab, automatic=True, polite=polite) as call:
        call.pc.addTransceiver("audio")
        await tab.evaluate("() => { pc.addTransceiver('audio') }")
        await call.connected()
        for kind in ("video", "audio", "video"):
            call.pc.addTransceiver(kind)
            await tab.evaluate("kind => { pc.addTransceiver(kind) }", kind)
        await agreed(call)
        kinds = sorted(t.receiver.track.kind for t in call.pc.getTransceivers())
        # addTransceiver never shares one with what the other side added.
        assert kinds == ["audio"] * 4 + ["video"] * 4


@pytest.mark.parametrize("restarter", OFFERERS)
async def test_ice_restart(tab, restarter):
    """New credentials and candidates, while what flows flows on."""
    source = AudioSource()
    async with Call(tab, automatic=True) as call:
        call.pc.addTrack(source.track)
        await tab.evaluate("() => { send(tone(700)) }")
        track = await call.track()
        await call.connected()
        await agreed(call)
        states: list[str] = []
        call.pc.onconnectionstatechange = lambda _: states.append(call.pc.connectionState)
        transport = call.pc.getTransceivers()[0].sender.transport.iceTransport
        before = await credentials(call)
        pair = transport.getSelectedCandidatePair()

        def restarted() -> bool:
            new = transport.getSelectedCandidatePair()
            return new is not None and new.local.usernameFragment not in before

        async with pushing(Tone(source, 500), 0.02):
            if restarter == "python":
                call.pc.restartIce()
            else:
                await tab.evaluate("pc.restartIce()")
            await until(transport, "selectedcandidatepairchange", restarted)
            await agreed(call)
            after = await credentials(call)
            assert not set(before) & set(after)
            await heard(track, 700)
            assert (await tab.evaluate("listen(tracks[0])"))["frequency"] == pytest.approx(500, abs=8)
        new = transport.getSelectedCandidatePair()
        assert (new.local.usernameFragment, new.remote.usernameFragment) == tuple(after)
        assert pair.local.usernameFragment == before[0]
        assert set(states) <= {"connecting", "connected"}
        await call.connected()


async def credentials(call: Call) -> list[str]:
    """The user name fragments of both ends, which each end agrees on."""

    def ufrag(sdp: str) -> str:
        return sdp.split("a=ice-ufrag:")[1].split(maxsplit=1)[0]

    ours, theirs = ufrag(call.pc.localDescription.sdp), ufrag(call.pc.remoteDescription.sdp)
    page = await call.tab.evaluate("[pc.remoteDescription.sdp, pc.localDescription.sdp]")
    assert [ours, theirs] == [ufrag(sdp) for sdp in page]
    return [ours, theirs]


@pytest.mark.parametrize("offerer", OFFERERS)
async def test_without_trickling(tab, offerer):
    """Descriptions with all candidates in them are enough."""
    async with Call(tab, trickle=False) as call:
        call.pc.createDataChannel("test")
        await tab.evaluate("() => { pc.createDataChannel('test') }")
        await call.negotiate(offerer)
        await call.connected()
