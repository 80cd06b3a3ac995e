"""Very many WebSockets over HTTP/1.1, a TCP connection each, as `peregrine journey` does it: a part of bench/compare.

The floor, bare sends and receives over as many sockets between as many processes, runs first and in the same run, for both at once would
take twice the kernel's memory: what is compared is how long it takes until the last one has heard a broadcast. The floor's sockets
aren't pinged, and so neither are the WebSockets, for as long as it takes, unless asked for.
"""
import json
import statistics
import subprocess
import sys


def run(*words):
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        sys.exit(f"compare: {words[0]} ended with {done.returncode}")
    return json.loads(done.stdout)


def measure(build, members, hold, broadcasts, pings, flags):
    program = build / "peregrine/cli/peregrine"
    limits = run(program, "doctor", "--connections", members, "--workers", "auto", "--swarm", "--json")
    pairs = max(limits["processes"].values())
    floor = run(build / "bench/floor_sockets", members, pairs, broadcasts)
    story = run(program, "journey", "--protocol", "http1", "--plain", "--to", members, "--hold", f"{hold}s", "--broadcast", broadcasts, "--ping-interval", pings, "--json", "-", *flags)
    return {
        "story": story, "floor": floor, "pairs": pairs,
        "floor_seconds": [each["seconds"] for each in floor["broadcasts"]],
        "cpu_us": story["server"]["cpu_us_per_delivery"] + story["client"]["cpu_us_per_delivery"],
        "floor_cpu_us": statistics.median(each["cpu_seconds"] for each in floor["broadcasts"]) * 1e6 / members,
        "seconds": [each["seconds_to_last"] for each in story["swarm"]["broadcasts"]],
        "heard": [each["delivered"] for each in story["swarm"]["broadcasts"]],
    }
