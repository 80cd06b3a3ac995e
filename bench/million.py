"""Many WebSockets over HTTP/2, one server process and one swarm: a part of bench/compare.

How fast they open, first and last; what each costs the server, in bytes of its memory; how long a broadcast takes to reach all; what a
delivered message costs the server, beside a bare loop that sends the same bytes in the same run; and the longest turn of the
server's loop meanwhile, for which an operator asks it, on a connection of its own. While they are held and nobody speaks, /metrics is
scraped, and the ledger is asked what it can't account for.
"""
import asyncio
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

import pause
import websockets

STREAMS = 128
SCRAPES = 20
BETWEEN_SCRAPES = 0.2  # seconds


def cpu_seconds(pid):
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def own_memory(pid):
    """Bytes that the process itself filled: not its program, nor what it shares."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:")) * 1024


@contextlib.contextmanager
def server(program, scheme):
    with tempfile.NamedTemporaryFile("w") as token_file:
        token = os.urandom(16).hex()
        token_file.write(token)
        token_file.flush()
        ready, told = os.pipe()
        words = ["taskset", "-c", "0", program, "serve", "-q", "--workers", "1", "--bind", f"{scheme}://127.0.0.1:0", "--bind", "http://127.0.0.1:0",
                 "--admin", "http://127.0.0.1:0", "--operator-token-file", token_file.name, "--ready-fd", str(told)]
        process = subprocess.Popen(words, pass_fds=[told])
        os.close(told)
        with os.fdopen(ready) as ports:
            port, plain_port, admin_port = (int(line) for line in ports.read().split())
        try:
            yield process.pid, port, plain_port, admin_port, token
        finally:
            process.send_signal(2)
            process.wait(timeout=60)


def ask(admin_port, path, kind="*/*"):
    request = urllib.request.Request(f"http://127.0.0.1:{admin_port}{path}", headers={"Accept": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def scrape(admin_port, told):
    """How long /metrics takes, in milliseconds, from when to when it was asked, and what the ledger can't account for."""
    took = []
    began = time.monotonic()
    for _ in range(SCRAPES):
        asked = time.monotonic()
        ask(admin_port, "/metrics")
        took.append((time.monotonic() - asked) * 1000)
        time.sleep(BETWEEN_SCRAPES)  # what is seen is a scrape now and then, not a flood
    told["scrapes"] = {"ms": took, "from": began, "until": time.monotonic()}
    told["unaccounted"] = json.loads(ask(admin_port, "/allocations", "application/json"))["unaccounted"]


def longest_while_scraped(answers, spoken, scrapes):
    """Of the loop's turns, in milliseconds: of what was told of seconds that lay between the first scrape and the last, before anybody spoke."""
    until = min(scrapes["until"], spoken[0] if spoken else scrapes["until"])
    return max((each["longest"] for each in answers if scrapes["from"] + pause.SECOND <= each["time"] <= until), default=None)


async def operate(plain_port, admin_port, token, swarm, members, pid, told):
    """Notes CPU and the longest turns from the time that all members are there, and has the server scraped."""
    scraper = threading.Thread(target=scrape, args=(admin_port, told))

    def note(now, is_said):
        if now["live"] > members and "opened" not in told:
            told["opened"] = (cpu_seconds(pid), own_memory(pid))
            scraper.start()
        if is_said:
            told["spoken"] = (cpu_seconds(pid), now["published"])
        elif now["live"] > members and "spoken" not in told:
            told["quiet"] = (cpu_seconds(pid), now["published"])

    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(f"ws://127.0.0.1:{plain_port}/operator", extra_headers=headers) as peer:
        answers, spoken = await pause.watch_stats(peer, swarm, members, note)
    if "opened" in told:
        scraper.join()
        told["scrapes"]["longest_turn_ms"] = longest_while_scraped(answers, spoken, told["scrapes"])
    told["pauses"] = pause.longest_turns(answers, spoken)


def run(program, scheme, members, hold, broadcasts):
    with server(program, scheme) as (pid, port, plain_port, admin_port, token), tempfile.NamedTemporaryFile("r") as written:
        memory = own_memory(pid)
        told = {}
        words = ["taskset", "-c", "1", program, "swarm", f"{scheme}://127.0.0.1:{port}/all", "-c", str(members), "--protocol", "http2", "--streams", str(STREAMS),
                 "-q", "--timeout", "30s", "--hold", f"{hold}s", "--broadcast", str(broadcasts), "--size", "64", "--json", written.name]
        swarm = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            asyncio.run(operate(plain_port, admin_port, token, swarm, members, pid, told))
            report = json.loads(pathlib.Path(written.name).read_text())
        finally:
            swarm.kill()
            swarm.wait()
    rates = report["open_per_second"]["per_10000"]
    tenth = max(1, len(rates) // 10)
    rate = lambda part: len(part) / sum(1 / each for each in part)
    return {
        "opened": report["opened"], "lost": report["lost"], "tcp_connections": report["tcp_connections"],
        "open_per_second": report["open_per_second"]["overall"], "last_to_first_tenth": rate(rates[-tenth:]) / rate(rates[:tenth]),
        "bytes": (told["opened"][1] - memory) / members,
        "broadcast_seconds": [each["seconds_to_last"] for each in report["broadcasts"]],
        "heard": [each["delivered"] for each in report["broadcasts"]],
        "cpu_us_per_message": (told["spoken"][0] - told["quiet"][0]) * 1e6 / members / (told["spoken"][1] - told["quiet"][1]),
        "pauses": told["pauses"], "scrapes": told["scrapes"], "unaccounted": told["unaccounted"],
    }


def floor(build, members, broadcasts):
    words = ["taskset", "-c", "0", build / "bench/floor_broadcast", str(members // STREAMS), str(STREAMS), str(broadcasts)]
    return float(subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout)


def measure(build, scheme, members, hold, broadcasts):
    floors = [floor(build, members, broadcasts)]
    report = run(build / "peregrine/cli/peregrine", scheme, members, hold, broadcasts)
    floors.append(floor(build, members, broadcasts))
    report["floor_us_per_message"] = statistics.mean(floors)
    return report
