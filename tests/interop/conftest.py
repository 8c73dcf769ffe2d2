"""One browser for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from interop.browser import Chromium, Tab


@pytest.fixture(scope="package")
def chromium() -> Iterator[Chromium]:
    """Debian's Chromium. Where it is missing the tests fail: `scripts/dev setup` installs it."""
    with Chromium() as browser:
        yield browser


@pytest.fixture
async def tab(chromium: Chromium) -> AsyncIterator[Tab]:
    """A page whose origin may use camera and microphone, so that its addresses are not hidden."""
    async with chromium.tab(permissions=["camera", "microphone"]) as tab:
        yield tab
