"""A page whose camera goes through numpy and back, with chat and statistics: open the address it prints."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
from pathlib import Path

from aiohttp import WSCloseCode, web
from effects import EFFECTS
from visitor import Visitor

STATIC = Path(__file__).parent / "static"
SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])
ROOM = web.AppKey("room", set[Visitor])


async def index(_: web.Request) -> web.Response:
    """The page, with the effects that there are."""
    options = "".join(f"<option>{name}</option>" for name in EFFECTS)
    page = (STATIC / "index.html").read_text(encoding="utf-8").replace("<!-- effects -->", options)
    return web.Response(text=page, content_type="text/html")


async def signal(request: web.Request) -> web.WebSocketResponse:
    """A visitor, for as long as the socket is open."""
    socket = web.WebSocketResponse(heartbeat=20)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    try:
        await Visitor(socket, request.app[ROOM]).serve()
    finally:
        request.app[SOCKETS].discard(socket)
    return socket


async def hang_up(app: web.Application) -> None:
    """The server ends: visitors hear of it and end themselves."""
    for socket in list(app[SOCKETS]):
        await socket.close(code=WSCloseCode.GOING_AWAY)


def application() -> web.Application:
    """The routes."""
    app = web.Application()
    app[SOCKETS] = set()
    app[ROOM] = set()
    app.router.add_get("/", index)
    app.router.add_get("/signal", signal)
    app.router.add_static("/static/", STATIC)
    app.on_shutdown.append(hang_up)
    return app


async def serve(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Until it is cancelled."""
    runner = web.AppRunner(application())
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host
        print(f"{'https' if tls else 'http'}://{shown}:{runner.addresses[0][1]}/", flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at; 0.0.0.0 for all")
    parser.add_argument("--port", type=int, default=8080, help="0 for any that is free")
    parser.add_argument("--certificate", metavar="PEM", help="for HTTPS, which other machines' browsers need")
    parser.add_argument("--key", metavar="PEM", help="of the certificate")
    arguments = parser.parse_args()
    tls = None
    if arguments.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(arguments.certificate, arguments.key)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.host, arguments.port, tls))


if __name__ == "__main__":
    main()
