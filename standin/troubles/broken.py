"""Troubles that spoil the bytes of an answer on its way out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from standin.troubles.reply import Call, Reply, Strike, break_connection


def cut_json(strike: Strike, call: Call) -> Reply:
    """The body ends early, at `share` (0.6) of its length; the length header agrees with what comes."""
    reply = call()
    return replace(reply, body=reply.body[: int(len(reply.body) * strike.number("share", 0.6))])


def trailing_garbage(_strike: Strike, call: Call) -> Reply:
    """Something follows the JSON."""
    reply = call()
    return replace(reply, body=reply.body + b"\n<!-- served by node 7 -->")


def empty_body(strike: Strike, call: Call) -> Reply:
    """`status` (200) and no body."""
    return replace(call(), status=int(strike.number("status", 200)), body=b"")


def null_json(_strike: Strike, call: Call) -> Reply:
    """The body is `null`."""
    return replace(call(), status=200, body=b"null")


def list_json(_strike: Strike, call: Call) -> Reply:
    """The body is an empty list, whatever it should be."""
    return replace(call(), status=200, body=b"[]")


def object_json(_strike: Strike, call: Call) -> Reply:
    """The body is an empty object, whatever it should be."""
    return replace(call(), status=200, body=b"{}")


def error_200(_strike: Strike, call: Call) -> Reply:
    """Status 200, and the body speaks of an error."""
    return replace(call(), status=200, body=b'{"status":"error","message":"Internal error"}')


def wrong_ct(strike: Strike, call: Call) -> Reply:
    """The right JSON under another content type: `type` (text/plain)."""
    return call().header("Content-Type", strike.options.get("type", "text/plain"))


def no_ct(_strike: Strike, call: Call) -> Reply:
    """The right JSON without a content type."""
    return call().header("Content-Type", None)


def bom(_strike: Strike, call: Call) -> Reply:
    """A byte order mark stands before the JSON."""
    reply = call()
    return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


def latin1(_strike: Strike, call: Call) -> Reply:
    """The text comes as Latin-1 (what does not fit becomes `?`), with an é that no UTF-8 reader takes."""
    reply = call()
    spoilt = reply.body.decode().encode("latin-1", "replace").replace(b'"name":"', b'"name":"\xe9', 1)
    return replace(reply, body=spoilt)


def nan(_strike: Strike, call: Call) -> Reply:
    """The first number of the body, or else the first text of a name, becomes NaN, which JSON does not have."""
    reply = call()
    for found in (b'"zuid":', b'"page":', b'"name":'):
        head, mark, tail = reply.body.partition(found)
        if mark:
            rest = tail.lstrip(b" ")
            end = min(at for at in (rest.find(b","), rest.find(b"}"), len(rest)) if at >= 0)
            return replace(reply, body=head + mark + b"NaN" + rest[end:])
    return replace(reply, body=b"NaN")


def drip(strike: Strike, call: Call) -> Reply:
    """The body comes a little at a time: `bytes` (16) every `seconds` (0.2)."""
    reply = call()
    size, pause = int(strike.number("bytes", 16)), strike.number("seconds", 0.2)

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(reply.body), size):
            yield reply.body[at : at + size]
            time.sleep(pause)

    return replace(reply, stream=pieces())


def reset_mid(strike: Strike, call: Call) -> Reply:
    """Half the body comes, then the connection breaks; the work is done."""
    reply = call()

    def half() -> Iterator[bytes]:
        yield reply.body[: len(reply.body) // 2]
        raise break_connection(strike.environ)

    return replace(reply, stream=half())


def huge_body(strike: Strike, call: Call) -> Reply:
    """The JSON is followed by so many `bytes` (30,000,000) of white space."""
    reply = call()
    return replace(reply, body=reply.body + b" " * int(strike.number("bytes", 30_000_000)))


def deep_json(strike: Strike, call: Call) -> Reply:
    """A list in a list, `depth` (200,000) times."""
    depth = int(strike.number("depth", 200_000))
    return replace(call(), body=b"[" * depth + b"]" * depth)


def bad_gzip(_strike: Strike, call: Call) -> Reply:
    """The answer claims to be gzip and is not."""
    return call().header("Content-Encoding", "gzip")


KINDS: dict[str, Callable[[Strike, Call], Reply]] = {
    effect.__name__: effect
    for effect in (
        cut_json, trailing_garbage, empty_body, null_json, list_json, object_json, error_200, wrong_ct, no_ct, bom,
        latin1, nan, drip, reset_mid, huge_body, deep_json, bad_gzip,
    )
}  # fmt: skip
