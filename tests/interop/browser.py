"""Debian's Chromium, driven by Playwright in a thread and a loop of its own.

So the loop of a test, whose tasks are counted, has none of Playwright's; and one browser serves all tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

from playwright.async_api import Browser, BrowserContext, Page, Playwright, Route, async_playwright

EXECUTABLE = Path("/usr/bin/chromium")
SCRIPT = Path(__file__).with_name("page.js")
PAGE = '<!doctype html><link rel="icon" href="data:,"><body><script src="/page.js"></script>'
ARGUMENTS = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Playwright has Chromium show the addresses that a page without a camera may not see.
    "--enable-features=WebRtcHideLocalIpsWithMdns",
)

T = TypeVar("T")


class Chromium:
    """One browser: ``with Chromium() as browser, await browser.tab() as tab``."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="playwright")
        self._thread.start()
        try:
            self._playwright, self._browser = self._submit(self._launch()).result(60)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._submit(self._quit()).result(60)
        finally:
            self._stop()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait, in the loop of the test, for what happens in the loop of the browser."""
        return await asyncio.wrap_future(self._submit(work))

    @contextlib.asynccontextmanager
    async def tab(self, url: str | None = None, **context: Any) -> AsyncIterator[Tab]:
        """A page in a context of its own, by default with page.js; what goes wrong in it fails the test."""
        tab = Tab(self, asyncio.get_running_loop())
        await self.run(tab.open(self._browser, url, context))
        try:
            yield tab
        finally:
            await self.run(tab.close())
        assert not tab.errors, tab.errors

    @contextlib.asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """Meanwhile no page runs, as if the machine were asleep."""
        session = await self.run(self._browser.new_browser_cdp_session())
        processes = (await self.run(session.send("SystemInfo.getProcessInfo")))["processInfo"]
        pages = [process["id"] for process in processes if process["type"] == "renderer"]
        assert pages
        for pid in pages:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pages:
                os.kill(pid, signal.SIGCONT)

    def _submit(self, work: Coroutine[Any, Any, T]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _launch() -> tuple[Playwright, Browser]:
        playwright = await async_playwright().start()
        try:
            return playwright, await playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        except BaseException:
            await playwright.stop()
            raise

    async def _quit(self) -> None:
        await self._browser.close()
        await self._playwright.stop()


class Tab:
    """A page. Its ``open`` and ``close`` run in the loop of the browser, the rest in that of the test."""

    page: Page
    errors: list[str]
    on_signal: Callable[[Any], None]

    def __init__(self, browser: Chromium, loop: asyncio.AbstractEventLoop) -> None:
        self._browser = browser
        self._loop = loop
        self._context: BrowserContext
        self.errors = []

    async def evaluate(self, expression: str, argument: Any = None) -> Any:
        """The value of an expression, or of a function called with the argument; promises are awaited."""
        return await self._browser.run(self.page.evaluate(expression, argument))

    async def do(self, action: Callable[[Page], Coroutine[Any, Any, T]]) -> T:
        """Anything that Playwright can do with the page."""
        return await self._browser.run(action(self.page))

    async def open(self, browser: Browser, url: str | None, options: dict[str, Any]) -> None:
        self._context = await browser.new_context(**options)
        self.page = await self._context.new_page()
        self.page.set_default_timeout(20000)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        if url is None:
            # To Chromium the origin is as good as one with HTTPS.
            url = "http://localhost/"
            await self.page.expose_binding("signal", self._signal)
            await self.page.route("**/*", self._serve)
        await self.page.goto(url)

    async def close(self) -> None:
        await self._context.close()

    def _signal(self, _: object, message: Any) -> None:
        self._loop.call_soon_threadsafe(lambda: self.on_signal(message))

    @staticmethod
    async def _serve(route: Route) -> None:
        if route.request.url.endswith("/page.js"):
            await route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
        else:
            await route.fulfill(body=PAGE, content_type="text/html")
