"""`python -m standin`: serve the stand-in on a port of its own."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from pathlib import Path

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from standin import create_standin
from standin.control import connection
from standin.state import StateFile
from standin.world import World, parse_moment


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 with keep-alive, without Nagle's delay and without an access log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of ordinary requests."""


def main(arguments: list[str] | None = None) -> None:
    """Build the world that was asked for and serve it until stopped."""
    asked = _parser().parse_args(arguments)
    world = build_world(asked)
    app = create_standin(world)
    gc.freeze()  # a million rows need not be walked again and again
    server = bind(app, asked.host, asked.port)
    base = f"http://{asked.host}:{server.server_port}"
    with app.app_context():
        told = connection(base)
    print(json.dumps(told) if asked.json else f"Stand-in for Zoho Projects at {base}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


def bind(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """A threaded server on that address; port 0 picks a free one."""
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    return server


def build_world(asked: argparse.Namespace) -> World:
    """The demo agency, or a world of the sizes given; with a state file, as it was left."""
    sizes = {name: getattr(asked, name) for name in ("customers", "projects", "time_entries")}
    is_demo = asked.demo or not any(sizes.values())
    wanted = {"seed": asked.seed, "demo": is_demo} | ({} if is_demo else sizes)
    state = StateFile(asked.state, wanted) if asked.state else None
    born = parse_moment(asked.today) if asked.today else state.born if state else None
    if is_demo:
        world = World.demo(asked.seed, born=born)
    else:
        customers, projects, entries = (10 if size is None else size for size in sizes.values())
        world = World.sized(asked.seed, customers=customers, projects=projects, time_entries=entries, born=born)
    world.quirks.throttle = asked.throttle
    if state:
        state.attach(world)
    return world


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8400, help="0 picks a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--demo", action="store_true", help="the demo agency (also when no sizes are given)")
    parser.add_argument("--customers", type=int)
    parser.add_argument("--projects", type=int)
    parser.add_argument("--time-entries", type=int)
    parser.add_argument("--today", help="build the world as of this ISO date instead of today")
    parser.add_argument("--throttle", choices=("documented", "measured", "off"), default="documented")
    parser.add_argument("--json", action="store_true", help="print one JSON line with address and credentials first")
    parser.add_argument("--state", type=Path, help="a file in which edits and permissions survive a restart")
    return parser


if __name__ == "__main__":
    main()
