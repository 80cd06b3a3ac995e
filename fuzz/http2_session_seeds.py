#!/usr/bin/python3
"""Makes the seeds of the fuzz target http2_session: fuzz/http2_session_seeds.py fuzz/corpus/http2_session"""

import pathlib
import struct
import sys

END_STREAM, END_HEADERS, PADDED, ACK = 1, 4, 8, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(4, 0, 0, b"".join(struct.pack(">HI", name, value) for name, value in pairs))


def block(*fields):
    return b"".join(b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)


def connect(stream, *more, flags=END_HEADERS, protocol=b"websocket"):
    return frame(1, flags, stream, block((b":method", b"CONNECT"), (b":protocol", protocol), (b":scheme", b"http"),
                                         (b":path", b"/room"), (b":authority", b"a"), (b"sec-websocket-version", b"13"),
                                         *more))


def get(stream, *more):
    return frame(1, END_HEADERS | END_STREAM, stream,
                 block((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a"), *more))


def post(stream, *more):
    return frame(1, END_HEADERS, stream,
                 block((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a"), *more))


def data(stream, payload, flags=0):
    return frame(0, flags, stream, payload)


def reset(stream, code=8):
    return frame(3, 0, stream, struct.pack(">I", code))


def update(stream, more):
    return frame(8, 0, stream, struct.pack(">I", more))


def go_away(last, code=0):
    return frame(7, 0, 0, struct.pack(">II", last, code) + b"bye")


ping = frame(6, 0, 0, b"12345678")
hello = settings() + frame(4, ACK, 0)
bomb = b"\x40\x01a\x7f\x81\x0e" + b"x" * 2000 + b"\xbe" * 200
server = {
    "echo": hello + connect(1) + data(1, b"hello") + data(1, b"bye", END_STREAM),
    "any-case": hello + connect(1, protocol=b"WebSocket") + data(1, b"x" * 90),
    "two": hello + connect(1) + connect(3) + data(3, b"a") + data(1, b"b") + reset(3) + data(1, b"c"),
    "ordinary": hello + get(1) + get(3) + connect(5, (b"origin", b"http://a")) + data(5, b"x"),
    "refused": hello + b"".join(connect(2 * i + 1) for i in range(12)),
    "windows": settings((4, 5)) + connect(1) + data(1, b"go") + update(1, 10) + update(0, 10) + settings((4, 90000))
               + data(1, b"on") + update(1, 0x7FFFFFFF),
    "no-window": settings((4, 0)) + get(1) + connect(3) + data(3, b"go") + update(1, 100) + update(3, 100),
    "continued": hello + frame(1, 0, 1, block((b":method", b"GET"))) + frame(9, 0, 1, b"") +
                 frame(9, END_HEADERS, 1, block((b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a"))),
    "padded": hello + connect(1) + frame(0, PADDED, 1, b"\x03hi\0\0\0") + frame(0, PADDED, 1, b"\x02\0\0"),
    "trailers": hello + connect(1) + data(1, b"x") + frame(1, END_HEADERS | END_STREAM, 1, block((b"a", b"b"))),
    "bomb": hello + frame(1, END_HEADERS, 1, bomb),
    "too-large": hello + get(1, *[(b"name", b"v" * 100)] * 18),
    "length": hello + connect(1, (b"content-length", b"1")) + data(1, b"22"),
    "away": hello + connect(1) + go_away(0) + data(1, b"x", END_STREAM),
    "extras": hello + ping + frame(2, 0, 1, b"\0\0\0\0\x10") + frame(0x77, 0, 0, b"?") + ping + go_away(0, 2),
    "resets": hello + b"".join(connect(2 * i + 1) + reset(2 * i + 1) for i in range(20)),
    "content": hello + post(1) + data(1, b"x" * 16000) + data(1, b"y" * 16000) + post(3, (b"content-length", b"2"))
               + data(3, b"z") + data(1, b"", END_STREAM) + data(3, b"zz") + post(5) + data(5, b"x") + reset(5),
    "wrong": b"GET / HTTP/1.1\r\n\r\n",
}
answered = frame(1, END_HEADERS, 1, block((b":status", b"200")))
client = {
    "answered": settings((8, 1), (3, 100)) + frame(4, ACK, 0) + answered + data(1, b"hello") + data(1, b"", END_STREAM),
    "refused": settings((8, 1)) + reset(1, 7) + frame(1, END_HEADERS | END_STREAM, 3, block((b":status", b"403"))),
    "interim": settings((8, 1)) + frame(1, END_HEADERS, 1, block((b":status", b"103"))) + answered
               + frame(1, END_HEADERS | END_STREAM, 1, block((b"a", b"b"))),
    "away": settings((8, 1)) + answered + go_away(1) + data(1, b"x") + reset(1),
    "few": settings((8, 1), (3, 1)) + answered + data(1, b"", END_STREAM),
    "pushed": settings((8, 1)) + answered + frame(5, END_HEADERS, 1, b"\0\0\0\2" + block((b":method", b"GET"))),
    "bomb": settings() + frame(1, END_HEADERS, 1, bomb),
}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
# Two ways to answer: patient, with large windows and large pieces; and one of everything.
ways = {"": (6, bytes([200, 0] * 8)), "-busy": (0, bytes([9, 77, 4, 131, 3, 250, 16, 27, 60, 5, 33, 255, 7, 66, 11, 2]))}
for side, seeds in (("server", server), ("client", client)):
    for name, script in seeds.items():
        for suffix, (first, choices) in ways.items():
            (folder / f"{side}-{name}{suffix}").write_bytes(bytes([first | (side == "client")]) + choices + script)
