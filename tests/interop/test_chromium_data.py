"""Data channels between Python and Chromium."""

from __future__ import annotations

import asyncio
import hashlib
import os
from typing import Any

import pytest
from harness import until
from interop.call import OFFERERS, Call
from pywebrtc import ConnectionOptions, RTCDataChannel


def digest(data: bytes) -> dict[str, Any]:
    return {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}


async def opened(
    call: Call, creator: str, label: str = "test", init: dict[str, Any] | None = None
) -> RTCDataChannel:
    """A channel that Python or the page made, open at both ends; in the page it is the last of `channels`."""
    if creator == "python":
        channel = call.pc.createDataChannel(label, init)
    else:
        await call.tab.evaluate("([l, i]) => { keep(pc.createDataChannel(l, i)) }", [label, init or {}])
    if call.pc.connectionState == "new":
        await call.negotiate(creator)
    if creator == "browser":
        channel = await call.channel()
    await channel.opened()
    await call.tab.evaluate(
        "label => until(() => channels.some((c) => c.label === label && c.readyState === 'open'))", label
    )
    return channel


@pytest.mark.parametrize("creator", OFFERERS)
async def test_messages(tab, creator):
    async with Call(tab) as call:
        channel = await opened(call, creator)
        texts = ["hello", "", "Grüße, 世界 \U0001f600", "\0", "x" * 65536]
        blobs = [b"\0\1\2", b"", bytes(range(256)), os.urandom(65537), os.urandom(262144)]
        for text, blob in zip(texts, blobs, strict=True):
            channel.send(text)
            channel.send(blob)
        arrived = await tab.evaluate("n => received(channels[0], n)", 10)
        assert arrived == [each for pair in zip(texts, map(digest, blobs), strict=True) for each in pair]

        await tab.evaluate(
            """async (texts) => {
                for (const [i, text] of texts.entries()) {
                    channels[0].send(text);
                    const bytes = new Uint8Array(1 << (i * 4)).map((_, i) => i * 7);
                    channels[0].send([bytes, bytes.buffer][i % 2]);
                }
                // Last: in Chromium strings and buffers overtake a Blob, which has to be read first.
                channels[0].send(new Blob(["a ", "blob"]));
            }""",
            texts,
        )
        for i, text in enumerate(texts):
            assert await anext(channel) == text
            got = await anext(channel)
            assert got == bytes(n * 7 % 256 for n in range(1 << (i * 4)))
        assert await anext(channel) == b"a blob"
        # A page that asks for blobs gets the same.
        await tab.evaluate("channels[0].binaryType = 'blob'")
        channel.send(b"blob")
        await tab.evaluate("until(() => channels[0].received.length)")
        assert await tab.evaluate("channels[0].received[0].text()") == "blob"


@pytest.mark.parametrize("creator", OFFERERS)
async def test_attributes(tab, creator):
    init = {"ordered": False, "maxRetransmits": 3, "protocol": "chat", "priority": "high"}
    async with Call(tab) as call:
        channel = await opened(call, creator, "Grüße", init)
        there = await tab.evaluate(
            "names => Object.fromEntries(names.map((name) => [name, channels[0][name]]))",
            ["label", "ordered", "maxRetransmits", "maxPacketLifeTime", "protocol", "id", "negotiated"],
        )
        assert there == {name: getattr(channel, name) for name in there}
        assert (there["label"], there["ordered"], there["maxRetransmits"]) == ("Grüße", False, 3)
        assert (there["protocol"], there["maxPacketLifeTime"], there["negotiated"]) == ("chat", None, False)


async def test_a_negotiated_channel(tab):
    async with Call(tab) as call:
        init = {"negotiated": True, "id": 7}
        await tab.evaluate("init => { keep(pc.createDataChannel('both', init)) }", init)
        channel = await opened(call, "python", "both", init)
        channel.send("from Python")
        assert await tab.evaluate("received(channels[0], 1)") == ["from Python"]
        await tab.evaluate("channels[0].send('from the page')")
        assert await anext(channel) == "from the page"


async def test_many_messages_and_back_pressure(tab):
    """Eight megabytes each way: all of it, in order, and the sender waits while the other end is behind."""
    block, count = os.urandom(65536), 128
    async with Call(tab) as call:
        channel = await opened(call, "python")
        await tab.evaluate(
            """() => {
                const [channel] = channels;
                channel.onmessage = ({ data }) => channel.received.push(new DataView(data).getUint32(0));
            }"""
        )
        for number in range(count):
            await channel.send(number.to_bytes(4) + block)
            assert channel.bufferedAmount <= channel.high_water_mark + len(block) + 4
        assert await tab.evaluate(f"until(() => channels[0].received.length === {count})") is None
        assert await tab.evaluate("channels[0].received") == list(range(count))

        sending = asyncio.ensure_future(
            tab.evaluate(
                """async ([count, length]) => {
                    const [channel, data] = [channels[0], new Uint8Array(length)];
                    channel.bufferedAmountLowThreshold = 1 << 20;
                    for (let number = 0; number < count; number++) {
                        if (channel.bufferedAmount > 1 << 21)
                            await new Promise((resolve) => (channel.onbufferedamountlow = resolve));
                        new DataView(data.buffer).setUint32(0, number);
                        channel.send(data);
                    }
                }""",
                [count, len(block)],
            )
        )
        for number in range(count):
            data = await anext(channel)
            assert (len(data), int.from_bytes(data[:4])) == (len(block), number)
        await sending


@pytest.mark.parametrize("closer", OFFERERS)
async def test_closing_a_channel(tab, closer):
    """What was sent before still arrives; the other end hears of it; the connection stays."""
    async with Call(tab) as call:
        channel = await opened(call, "python", "one")
        other = await opened(call, "browser", "two")
        if closer == "python":
            channel.send("last words")
            channel.close()
        else:
            await tab.evaluate("channels[0].send('last words'); channels[0].close()")
            assert [message async for message in channel] == ["last words"]
        await until(channel, "close", lambda: channel.readyState == "closed")
        await tab.evaluate("until(() => log.includes('close one'))")
        if closer == "python":
            assert await tab.evaluate("channels[0].received") == ["last words"]
        other.send("still here")
        assert await tab.evaluate("received(channels[1], 1)") == ["still here"]


async def test_the_page_closes_the_connection(tab):
    async with Call(tab) as call:
        channel = await opened(call, "python")
        transport = call.pc.sctp.transport
        await tab.evaluate("channels[0].send('last words'); pc.close()")
        assert [message async for message in channel] == ["last words"]
        await until(transport, "statechange", lambda: transport.state == "closed")


async def test_python_closes_the_connection(tab):
    async with Call(tab) as call:
        channel = await opened(call, "python")
        await channel.send("last words")
        call.pc.close()
        await tab.evaluate("until(() => log.includes('close test'))")
        await tab.evaluate("until(() => pc.sctp.transport.state === 'closed')")


async def test_the_page_goes_away(tab):
    """A tab that is closed, or loads another page, says goodbye too."""
    async with Call(tab) as call:
        channel = await opened(call, "python")
        await call.all_told()
        await tab.do(lambda page: page.goto("about:blank"))
        assert [message async for message in channel] == []


async def test_the_page_falls_silent(chromium, tab):
    """A page that is gone without a word: ICE notices, and when it is back."""
    options = ConnectionOptions(
        ice_receiving_timeout=0.5,
        ice_unwritable_timeout=0.5,
        ice_unwritable_checks=2,
        ice_check_interval_strong=0.2,
    )
    async with Call(tab, options=options) as call:
        channel = await opened(call, "python")
        async with chromium.frozen():
            await until(call.pc, "connectionstatechange", lambda: call.pc.connectionState == "disconnected")
            channel.send("asleep?")
        await call.connected()
        assert await tab.evaluate("received(channels[0], 1)") == ["asleep?"]
