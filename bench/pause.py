"""The longest pause of the server's loop while it broadcasts to everybody: a part of bench/compare.

Starts the server and a swarm that broadcasts, and asks /stats as an operator all the time: each answer tells the longest
turn of the loop since the answer before. What counts is what fell between two answers in which something was published to
all members.
"""
import asyncio
import json
import os
import re
import subprocess
import tempfile

import websockets

os.environ.setdefault("PEREGRINE_SERVE_ADMIN", "off")  # its usual port is for a server of this machine

DEADLINE = 120  # seconds for the whole run


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(ns|µs|ms|s)", text).groups()
    return float(value) * {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}[unit]


async def stats(peer):
    await peer.send(json.dumps({"text": "/stats"}))
    text = json.loads(await peer.recv())["text"]
    number = lambda pattern: int(re.search(pattern, text)[1].replace(",", ""))
    return {
        "live": number(r"connections: ([\d,]+) live"),
        "published": number(r"([\d,]+) published"),
        "longest": milliseconds(re.search(r"last asked: (\S+)", text)[1]),
    }


async def watch(port, token, swarm, members):
    pauses, handshakes = [], 0.0
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(f"ws://127.0.0.1:{port}/operator", extra_headers=headers) as peer:
        before = await stats(peer)
        while swarm.poll() is None:
            now = await stats(peer)
            if now["published"] > before["published"] and now["live"] > members:
                pauses.append(now["longest"])
            elif now["live"] <= members:
                handshakes = max(handshakes, now["longest"])
            before = now
            await asyncio.sleep(0.02)  # the sampling; what lies between two samples is not lost
    return pauses, handshakes


async def run(program, members, broadcasts):
    """Gives the pauses during broadcasts, and the longest while the members connected, in milliseconds."""
    with tempfile.NamedTemporaryFile("w") as token_file:
        token = os.urandom(16).hex()
        token_file.write(token)
        token_file.flush()
        ready, told = os.pipe()
        server = subprocess.Popen(
            [program, "serve", "-q", "--workers", "1", "--bind", "http://127.0.0.1:0", "--operator-token-file", token_file.name, "--ready-fd", str(told)],
            pass_fds=[told])
        os.close(told)
        try:
            port = int(os.read(ready, 16))
            swarm = subprocess.Popen(
                [program, "swarm", f"ws://127.0.0.1:{port}/all", "-c", str(members), "-q", "--hold", "1s",
                 "--broadcast", str(broadcasts), "--size", "64"], stdout=subprocess.DEVNULL)
            try:
                return await asyncio.wait_for(watch(port, token, swarm, members), DEADLINE)
            finally:
                swarm.kill()
                swarm.wait()
        finally:
            server.terminate()
            server.wait(timeout=30)


def measure(program, members, broadcasts):
    return asyncio.run(run(program, members, broadcasts))
