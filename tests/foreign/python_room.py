#!/usr/bin/python3
"""A room server written with Python's websockets, by the rules of `peregrine serve`: every path is a room, a text that is a
JSON object goes to everybody in it, anything else is answered with an error to its sender alone.

usage: python_room.py plain|deflate [IDENTITY]
       With TLS if there is an IDENTITY, a PEM file of certificate and key.
       Prints its port, then a line "joined PATH EXTENSIONS" for each member.
"""
import asyncio
import collections
import http
import json
import ssl
import sys

import websockets

rooms = collections.defaultdict(set)
secured = None
if len(sys.argv) > 2:
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(sys.argv[2])


def refuse_foreign_origin(path, headers):
    origin = headers.get("Origin")
    if origin is not None and origin != f"{'https' if secured else 'http'}://{headers['Host']}":
        return http.HTTPStatus.FORBIDDEN, [], b"this origin may not come in\n"
    return None


def is_json_object(message):
    try:
        return isinstance(message, str) and isinstance(json.loads(message), dict)
    except ValueError:
        return False


async def attend(member, path):
    print("joined", path, member.response_headers.get("Sec-WebSocket-Extensions", "none"), flush=True)
    rooms[path].add(member)
    try:
        async for message in member:
            if is_json_object(message):
                websockets.broadcast(rooms[path], message)
            else:
                await member.send(json.dumps({"error": "a message is a JSON object"}))
    except websockets.ConnectionClosedError:
        pass  # who vanishes is gone, and that is all
    finally:
        rooms[path].discard(member)


async def main():
    compression = "deflate" if sys.argv[1] == "deflate" else None
    async with websockets.serve(attend, "127.0.0.1", 0, ssl=secured, compression=compression, max_size=64 * 1024, ping_interval=None,
                                backlog=4096, process_request=refuse_foreign_origin) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
