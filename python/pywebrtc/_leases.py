"""Arrays that libwebrtc uses in place: kept alive here, let go of on the loop when nobody uses them any more.

The native side knows a lease by its key only. It is told here when the last buffer over an array is gone: by
a message to the loop on which the array was lent. Where that loop was closed, or there was none, the next
array that is lent takes with it what was returned meanwhile.
"""

from __future__ import annotations

import asyncio
import atexit

from . import _dispatcher, _native

# Whom the message is for: all leases have it, and no object, whose keys start at 1.
_TARGET = 2**64 - 1

_lent: dict[int, object] = {}
# Nor with the modules at exit, while somebody may still look at a frame.
_native.make_immortal(_lent)


def lend(owner: object) -> _native.Lease:
    """A lease on ``owner``, which lives until the lease is returned."""
    take_back()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        lease = _native.Lease(None, _TARGET)
    else:
        dispatcher = _dispatcher.current()
        dispatcher.target(_TARGET, _Returns())
        lease = _native.Lease(dispatcher.mailbox, _TARGET)
    _lent[lease.key] = owner
    return lease


def take_back() -> None:
    """Let go of what was returned."""
    for key in _native.Lease.take_returned():
        _lent.pop(key, None)


@atexit.register
def _exit() -> None:
    # What libwebrtc lets go of when it ends is returned as well. (To shut down twice is to do it once.)
    _native.shutdown()
    take_back()


class _Returns:
    def _on_returned(self) -> None:
        take_back()
