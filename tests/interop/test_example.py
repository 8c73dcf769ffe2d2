"""examples/browser as it stands: its server in a process of its own, its page in Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pywebrtc
from interop.browser import Chromium, Tab

CAMERA = ["camera"]
SERVER = Path(__file__).parents[2] / "examples" / "browser" / "server.py"


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The address that it prints, and the process."""
    path = {"PYTHONPATH": str(Path(pywebrtc.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(
        # A job in the background of a shell ignores Ctrl+C, and so do its children.
        *("env", "--default-signal=INT"),
        *(sys.executable, "-W", "error", str(SERVER), "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | path,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(20):
            url = (await process.stdout.readline()).decode().strip()
        yield url, process
        if process.returncode is None:
            process.send_signal(signal.SIGINT)  # Ctrl+C
        async with asyncio.timeout(20):
            _, errors = await process.communicate()
        assert (process.returncode, errors.decode()) == (0, "")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def colours(tab: Tab, element: str) -> np.ndarray:
    """The mean colour of what a video shows."""
    return np.array(
        await tab.evaluate(
            """async (id) => {
                const video = document.getElementById(id);
                await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
                const context = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext("2d");
                context.drawImage(video, 0, 0);
                const { data } = context.getImageData(0, 0, video.videoWidth, video.videoHeight);
                const sum = [0, 0, 0];
                for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4] += data[i];
                return sum.map((each) => (4 * each) / data.length);
            }""",
            element,
        )
    )


async def shown(tab: Tab, effect: str, mean: np.ndarray) -> None:
    """Choose an effect, and wait until what comes back has about this mean colour."""
    await tab.do(lambda page: page.select_option("#effect", effect))
    async with asyncio.timeout(20):
        while np.abs(await colours(tab, "processed") - mean).max() > 8:
            pass


async def test_the_page(chromium: Chromium, server):
    url, _ = server
    async with chromium.tab(url, permissions=CAMERA) as tab:
        await tab.do(lambda page: page.click("#start"))
        camera = await colours(tab, "camera")
        await shown(tab, "none", camera)
        await shown(tab, "negative", 255 - camera)
        await shown(tab, "mirror", camera)

        await tab.do(lambda page: page.fill("#text", "Grüße <b>&amp;"))
        await tab.do(lambda page: page.press("#text", "Enter"))
        said = tab.page.locator("#messages li")
        await tab.do(lambda _: said.nth(1).wait_for())
        greeting, mine = await tab.do(lambda _: said.all_inner_texts())
        assert greeting == "python: welcome, nobody else is here"
        assert mine.endswith(": Grüße <b>&amp;")

        # Both sides' numbers reach the charts.
        await tab.evaluate(
            """async () => {
                const full = () => Object.values(charts).every(({ points }) =>
                    points.browser.at(-1)?.[1] > 0 && points.python.at(-1)?.[1] > 0);
                while (!full()) await new Promise((resolve) => setTimeout(resolve, 50));
            }"""
        )
        # Stopped and started again, without a negotiation.
        await tab.do(lambda page: page.click("#stop"))
        await tab.do(lambda page: page.click("#start"))
        await shown(tab, "negative", 255 - camera)


async def test_two_visitors_chat(chromium: Chromium, server):
    url, _ = server
    async with chromium.tab(url, permissions=CAMERA) as one, chromium.tab(url) as other:
        for tab in (one, other):
            await tab.do(lambda page: page.wait_for_selector("#text:enabled"))
        await one.do(lambda page: page.fill("#text", "hello"))
        await one.do(lambda page: page.press("#text", "Enter"))
        for tab in (one, other):
            await tab.do(lambda page: page.get_by_text("hello").wait_for())
        await one.do(lambda page: page.close())
        await other.do(lambda page: page.get_by_text("somebody left").wait_for())


async def test_the_server_ends_while_visitors_are_there(chromium: Chromium, server):
    url, process = server
    async with chromium.tab(url, permissions=CAMERA) as tab:
        await tab.do(lambda page: page.wait_for_selector("#state.connected"))
        await tab.do(lambda page: page.click("#start"))
        await colours(tab, "processed")
        process.send_signal(signal.SIGINT)
        await tab.do(lambda page: page.get_by_text("the server has gone").wait_for())
        assert await tab.do(lambda page: page.is_disabled("#start"))
        assert await process.wait() == 0
