#!/usr/bin/python3
"""Our client and our swarm at a foreign server: `peregrine chat` and `peregrine swarm` in a room that keeps the rules of `peregrine
serve`, and writes a line "joined PATH EXTENSIONS" for each member.

usage: our_client.py PEREGRINE http1|http2 URL plain|deflate LOG [--ca CERTIFICATE]
       LOG: the file that the room writes to
"""
import contextlib
import json
import pathlib
import queue
import subprocess
import sys
import threading
import time

DEADLINE = 30  # seconds for any one wait
PEREGRINE, PROTOCOL, URL, MODE, LOG, *TRUST = sys.argv[1:]
FLAGS = ["--protocol", PROTOCOL, *TRUST, *(["--deflate"] if MODE == "deflate" else [])]


class Child:
    """A process of ours whose lines are read as they come."""

    def __init__(self, *words):
        self.words = [str(word) for word in words]
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.lines, self.complaints = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()
        self.complaining = threading.Thread(target=lambda: self.complaints.extend(self.process.stderr), daemon=True)
        self.complaining.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self):
        try:
            line = self.lines.get(timeout=DEADLINE)
        except queue.Empty:
            raise AssertionError(f"{self.name()} printed nothing for {DEADLINE} s{self.why()}") from None
        if line is None:
            raise AssertionError(f"{self.name()} ended{self.why()}")
        return line

    def rest(self):
        lines = []
        with contextlib.suppress(AssertionError):
            while True:
                lines.append(self.line())
        return lines

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def expect_success(self):
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name()} does not end{self.why()}") from None
        if code != 0:
            raise AssertionError(f"{self.name()} ended with {code}{self.why()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def name(self):
        return " ".join(pathlib.Path(word).name if "/" in word and "//" not in word else word for word in self.words)

    def why(self):
        if self.process.poll() is not None:
            self.complaining.join(1)  # whoever has ended has said all; the thread may not have read it yet
        return ": " + "".join(self.complaints[-5:]).strip() if self.complaints else ""


@contextlib.contextmanager
def running(*words):
    child = Child(*words)
    try:
        yield child
    finally:
        child.stop()


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, expected {wanted!r}")


def demand(condition, what):
    if not condition:
        raise AssertionError(what)


def two_of_ours_hear_each_other():
    talk = [PEREGRINE, "chat", URL + "/talk", "--json", *FLAGS, "--user"]
    with running(*talk, "ada") as ada, running(*talk, "bob") as bob:
        ada.say("first")  # ada hears herself: she is in. Whether bob is, only bob knows
        expect(json.loads(ada.line()), {"user": "ada", "text": "first"}, "ada heard of herself")
        bob.say("second")
        heard = json.loads(bob.line())
        if heard["user"] == "ada":  # he was in before she spoke
            heard = json.loads(bob.line())
        expect(heard, {"user": "bob", "text": "second"}, "bob heard of himself")
        expect(json.loads(ada.line()), {"user": "bob", "text": "second"}, "ada heard of bob")
        for text in ("Grüße, мир, 世界 🦅", 'quote " and backslash \\', "x" * 60000, "the end"):
            ada.say(text)
            for name, member in (("ada", ada), ("bob", bob)):
                expect(json.loads(member.line()), {"user": "ada", "text": text}, f"{name} heard of ada")
        for member in (ada, bob):
            member.end_input()
            member.expect_success()


def report_of_swarm(path, *flags):
    with running(PEREGRINE, "swarm", URL + path, *flags, *FLAGS, "--json", "-") as swarm:
        swarm.end_input()
        text = "\n".join(swarm.rest())
        swarm.expect_success()
        try:
            return json.loads(text)
        except ValueError:
            raise AssertionError(f"swarm --json - printed what is no JSON: {text[:200]!r}") from None


def expect_all_opened(report, count):
    found = {key: report.get(key) for key in ("asked", "opened", "lost")}
    expect(found, {"asked": count, "opened": count, "lost": 0}, "the swarm's report")
    expect(report["protocol"], PROTOCOL, "the protocol that the swarm tells of")
    if PROTOCOL == "http2":  # these rooms take 20 streams on a connection
        expect(report["tcp_connections"], -(-count // 20), "connections")


def a_swarm_opens_and_holds():
    report = report_of_swarm("/hold", "-c", "50", "--hold", "200ms")
    expect_all_opened(report, 50)
    demand(report["held_seconds"] >= 0.2, f"held for {report['held_seconds']} s, expected the 0.2 s asked for at least")


def a_swarm_hears_every_broadcast():
    report = report_of_swarm("/broadcast", "-c", "50", "--hold", "200ms", "--broadcast", "3", "--size", "64")
    expect_all_opened(report, 50)
    found = [(each["size"], each["expected"], each["delivered"]) for each in report["broadcasts"]]
    expect(found, [(64, 50, 50)] * 3, "broadcasts (size, expected, delivered)")


def extensions_agreed_on():
    joined = [line.split(" ", 2) for line in pathlib.Path(LOG).read_text().splitlines() if line.startswith("joined ")]
    demand(len(joined) >= 102, f"{len(joined)} members came, expected the 102 of this test at least")
    for _, path, extensions in joined:
        expect("permessage-deflate" in extensions, MODE == "deflate", f"deflate agreed on in {path} ({extensions})")


def main():
    failures = 0
    for exchange in (two_of_ours_hear_each_other, a_swarm_opens_and_holds, a_swarm_hears_every_broadcast, extensions_agreed_on):
        name = exchange.__name__.replace("_", " ")
        start = time.monotonic()
        try:
            exchange()
            print(f"  ok      {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception as failure:  # whatever it was, it is this exchange's failure
            failures += 1
            print(f"  FAILED  {name}: {type(failure).__name__} {failure}", flush=True)
    return 1 if failures else 0


sys.exit(main())
