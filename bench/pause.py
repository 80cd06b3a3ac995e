"""The longest pause of the server's loop while it broadcasts to everybody: a part of bench/compare.

Starts the server and a swarm that broadcasts, and asks /stats as an operator all the time: each answer tells the longest
turn of the loop in a second that begins anew once a second, whoever asks. What counts are seconds that lay wholly within the
broadcasts, by what was told last of each, which is all but their last few milliseconds.
"""
import asyncio
import json
import os
import re
import subprocess
import tempfile
import time

import websockets

os.environ.setdefault("PEREGRINE_SERVE_ADMIN", "off")  # its usual port is for a server of this machine

DEADLINE = 120  # seconds for the whole run
BETWEEN = 0.005  # seconds from one answer to the next question
SECOND = 1.1  # that an answer tells of, or less; the loop begins it anew at the end of a turn, so that it may be a little late


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
        "longest": milliseconds(re.search(r"longest turn of a loop in the last second: (\S+)", text)[1]),
    }


async def watch_stats(peer, swarm, members, told=lambda now, is_said: None):
    """What was told and when, until the swarm has ended; `told` with each answer, and whether something was said to all members
    since the one before."""
    answers, spoken = [], []
    before = await stats(peer)
    while swarm.poll() is None:
        now = await stats(peer)
        now["time"] = time.monotonic()
        is_said = now["published"] > before["published"] and now["live"] > members
        if is_said:
            spoken.append(now["time"])
        told(now, is_said)
        answers.append(now)
        before = now
        await asyncio.sleep(BETWEEN)  # the sampling
    return answers, spoken


def longest_turns(answers, spoken):
    """Of each second between the first and the last word to all members."""
    within = [each["longest"] for each in answers if spoken and spoken[0] + SECOND <= each["time"] <= spoken[-1]]
    # What is told grows until the second ends; the last one may not have.
    return [each for each, later in zip(within, within[1:]) if later < each]


async def watch(port, token, swarm, members):
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(f"ws://127.0.0.1:{port}/operator", extra_headers=headers) as peer:
        answers, spoken = await watch_stats(peer, swarm, members)
    handshakes = max((each["longest"] for each in answers if each["live"] <= members), default=0.0)
    return longest_turns(answers, spoken), handshakes


async def run(program, members, broadcasts):
    """Gives the longest turn of each second of broadcasts, and the longest while the members connected, in milliseconds."""
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
