#!/usr/bin/python3
"""A room server written with python3-h2 and wsproto, by the rules of `peregrine serve` over HTTP/2: every path is a room, a text
that is a JSON object goes to everybody in it, anything else is answered with an error to its sender alone.

usage: h2_room.py plain|deflate [IDENTITY]
       With TLS if there is an IDENTITY, a PEM file of certificate and key.
       Prints its port, then a line "joined PATH EXTENSIONS" for each member.
"""
import asyncio
import collections
import contextlib
import json
import logging
import ssl
import sys

import h2.exceptions

from h2_peer import Connection

logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each word to somebody who has left

DEFLATE, IDENTITY = sys.argv[1] == "deflate", sys.argv[2] if len(sys.argv) > 2 else None
LONGEST = 64 * 1024
rooms = collections.defaultdict(set)
talking = set()  # tasks live as long as somebody knows them


def is_json_object(message):
    try:
        return isinstance(message, str) and isinstance(json.loads(message), dict)
    except ValueError:
        return False


class Visitor(Connection):
    def __init__(self):
        super().__init__(is_client=False)

    def on_request(self, stream_id, head):
        origin = head.get("origin")
        if head[":method"] == "GET":
            self.respond(stream_id, *((200, b"<!doctype html><title>A room</title>") if head[":path"] == "/" else (404, b"no")))
        elif head.get(":protocol", "").lower() != "websocket":
            self.respond(stream_id, 501 if ":protocol" in head else 405, b"no")
        elif head.get("sec-websocket-version") != "13":
            self.respond(stream_id, 426, b"no")
        elif origin is not None and origin != f"{head[':scheme']}://{head[':authority']}":
            self.respond(stream_id, 403, b"no")
        else:
            member = self.accept(stream_id, head[":path"], head.get("sec-websocket-extensions", ""), DEFLATE)
            spawn(attend(member))


def spawn(coroutine):
    task = asyncio.create_task(coroutine)
    talking.add(task)
    task.add_done_callback(talking.discard)
    return task


async def speak(member):
    with contextlib.suppress(ConnectionError, h2.exceptions.ProtocolError):  # who vanishes is gone, and that is all
        while not member.is_over:
            await member.say(await member.saying.get())


async def attend(member):
    print("joined", member.path, ", ".join(each.name for each in member.extensions) or "none", flush=True)
    room = rooms[member.path]
    room.add(member)
    member.saying = asyncio.Queue()  # who reads slowly holds up nobody else
    speaking = spawn(speak(member))
    try:
        while not isinstance(said := await member.recv(), int):
            if len(said.encode()) > LONGEST:
                await member.close(1009)
                member.over(1009)
            elif is_json_object(said):
                for each in room:
                    each.saying.put_nowait(said)
            else:
                member.saying.put_nowait(json.dumps({"error": "a message is a JSON object"}))
    finally:
        speaking.cancel()
        room.discard(member)


async def main():
    secured = None
    if IDENTITY:
        secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secured.load_cert_chain(IDENTITY)
        secured.set_alpn_protocols(["h2"])
    server = await asyncio.get_running_loop().create_server(Visitor, "127.0.0.1", 0, ssl=secured, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
