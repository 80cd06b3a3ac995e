"""A server of several workers, and members of its rooms."""
import asyncio
import contextlib
import os
import pathlib
import unittest

import websockets

import served
from served import PATIENCE


class Server(served.Server):
    """A supervisor with its workers, in whose rooms anything is said."""

    def __init__(self, *flags):
        super().__init__(*(() if "--messages" in flags else ("--messages", "any")), *flags)

    def worker(self, number):
        return self.places()[f"worker {number}"][-1]

    def connections(self):
        """How many each worker serves: number by id."""
        return {ids[0]: len([1 for fd in pathlib.Path(f"/proc/{ids[0]}/fd").iterdir()
                             if os.readlink(fd).startswith("socket:")])
                for name, ids in self.places().items() if name.startswith("worker")}

    def those_at(self, worker, members):
        """Of the members, whose connections this process holds: by the inodes of its sockets and the ports at their other ends."""
        inodes = set()
        for fd in pathlib.Path(f"/proc/{worker}/fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(fd))
        rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ports = {int(row[2].split(":")[1], 16) for row in rows if f"socket:[{row[9]}]" in inodes}
        return [member for member in members if member.socket.local_address[1] in ports]


class Member:
    """Somebody in a room, and all that they have heard."""

    @classmethod
    async def enter(cls, port, room="room"):
        self = cls()
        self.socket = await websockets.connect(f"ws://127.0.0.1:{port}/{room}", compression=None, max_queue=None,
                                               ping_interval=None, open_timeout=PATIENCE)
        self.heard = []
        self.news = asyncio.Event()
        self.listening = asyncio.create_task(self.listen())
        return self

    async def listen(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for said in self.socket:
                self.heard.append(said)
                self.news.set()
        self.news.set()

    @property
    def is_gone(self):
        return self.listening.done()

    async def say(self, text):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.socket.send(text)

    async def until(self, condition):
        async def wait():
            while not condition(self):
                assert not self.is_gone, f"closed with {self.socket.close_code}"
                self.news.clear()
                await self.news.wait()
        await asyncio.wait_for(wait(), PATIENCE)

    async def hears(self, said):
        await self.until(lambda self: said in self.heard)

    async def leave(self):
        await self.socket.close()
        await self.listening


async def crowd(server, count, room="room"):
    """Members of one room on every worker, each sure to be in it."""
    members = await asyncio.gather(*(Member.enter(server.port, room) for _ in range(count)))
    quiet = min(server.connections().values())
    while len(members) < 200 and quiet < 4:  # the system spreads them as it likes
        members.append(await Member.enter(server.port, room))
        quiet = min(server.connections().values())
    for number, member in enumerate(members):
        await member.say(f"here {number}")
    for number, member in enumerate(members):
        await member.hears(f"here {number}")
    await members[0].say("all are here")  # behind which, in the room's one order, none of the former comes any more
    for member in members:
        await member.hears("all are here")
        member.heard.clear()
    return members


class OfSeveral(unittest.IsolatedAsyncioTestCase):
    """Tests of such a server."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # unittest's choice, which takes most of the time

    def serve(self, *flags):
        return self.enterContext(Server(*flags))
