"""`peregrine serve` as the whole tests start it: at work once it is made, its port, log and processes at hand, and gone at the end of the
block, well or not. The program is the first argument of every test: run PEREGRINE [TEST…].
"""
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

if not hasattr(unittest.TestCase, "enterContext"):  # Python 3.11 has it
    sys.exit("this needs Python 3.11 or later")
os.environ.setdefault("PEREGRINE_SERVE_ADMIN", "off")  # its usual port is for a server of this machine

state = tempfile.TemporaryDirectory()
os.environ["XDG_STATE_HOME"] = state.name
LOCALHOST = pathlib.Path(state.name, "peregrine/localhost.pem")  # the certificate of https://localhost, once a server has made it

PEREGRINE = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(sys.modules["__main__"].__doc__)
PATIENCE = 60  # seconds: for what takes milliseconds; nothing depends on it but the time that a failure takes


def at_most(files):
    """For the start of a process: it may open so many files, and can't raise that."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def run(*words, inside=None, **how):
    """Our program to its end."""
    streams = {"input": "", "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run([PEREGRINE, *map(str, words)], preexec_fn=inside, timeout=PATIENCE, text=True, **{**streams, **how})


def refused(*flags, environment=None):
    """The exit code of a server that can't start, and what it says."""
    done = run("serve", *flags, env={**os.environ, **(environment or {})})
    return done.returncode, done.stderr


def start_swarm(url, count, *words):
    """One that holds so many connections by now; its report comes when it has ended."""
    words = [PEREGRINE, "swarm", url, "-c", count, "--hold", "1h", "--json", "-", *words]
    swarm = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if any(f"Holding {count} connections" in line for line in swarm.stderr):
        return swarm
    raise AssertionError(f"the swarm never held: {swarm.communicate()[0]}")


@contextlib.contextmanager
def closed_port():
    """The URL of one that nobody listens at, nor comes to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{taken.getsockname()[1]}/"


def wait_for(condition, what):
    """What the condition gives, once it is true of anything."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        time.sleep(0.01)
    return found


class Server:
    """One process, unless --workers or a --config says otherwise; without an administration, unless `admin` says where."""

    def __init__(self, *flags, bind="http://127.0.0.1:0", admin="off", inside=None, environment=None):
        read, write = os.pipe()
        self.log_file = tempfile.TemporaryFile("a+")  # written behind its end, wherever it is read
        alone = () if {"--workers", "--config"} & set(flags) else ("--workers", 1)
        words = ["serve", "--bind", bind, "--admin", admin, "--ready-fd", write, *alone, *flags]
        self.process = subprocess.Popen(
            [PEREGRINE, *map(str, words)], pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log_file, preexec_fn=inside,
            env={**os.environ, **(environment or {})})
        os.close(write)
        with os.fdopen(read) as ready:
            self.ports = list(map(int, ready.read().split()))
        if not self.ports:
            self.process.wait()
            raise RuntimeError(f"the server did not start: {self.log_text()}")
        self.port = self.ports[0]
        self.url = f"{'wss' if bind.startswith('https') else 'ws'}://127.0.0.1:{self.port}"
        self.crowd = None

    def log_text(self):
        self.log_file.seek(0)
        return self.log_file.read()

    def log(self):
        return [json.loads(line) for line in self.log_text().splitlines(keepends=True) if line.endswith("\n")]

    def said(self, part):
        """The lines of the log that have it in their message."""
        return [line for line in self.log() if part in line["message"]]

    def places(self):
        """The living processes below it: what they are to it ("worker 2", "exchange 0") and their ids."""
        found = collections.defaultdict(list)
        for child in pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                for variable in pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
                    if variable.startswith(b"PEREGRINE_PLACE="):
                        found[" ".join(variable.decode().split("=")[1].split()[:2])].append(int(child))
        return found

    def workers(self):
        """The ids of its workers."""
        return [each for name, ids in self.places().items() if name.startswith("worker") for each in ids]

    def fill(self):
        """Six thousand who stay, in a room of their own: at 20 a second a drain of each worker takes some minutes, whatever its window."""
        self.crowd = start_swarm(self.url + "/filled", 6000)

    def empty(self):
        if self.crowd:
            self.crowd.kill()
            self.crowd.communicate()
            self.crowd = None

    async def wait_for(self, condition, what):
        """As wait_for(), while the test's own members go on; a failure has the log with it."""
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"never: {what}; the log: {self.log_text()}")
            await asyncio.sleep(0.01)
        return found

    def end(self):
        """Waits until it has ended; its exit code, and its log."""
        return self.process.wait(PATIENCE), self.log_text()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.empty()
        if self.process.poll() is None:
            left = [each for ids in self.places().values() for each in ids]
            self.process.kill()
            self.process.wait()
            for each in left:  # they would take their time to leave
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
        self.log_file.close()


class PeacefulServer(Server):
    """One that SIGINT has to end when a test is through."""

    def __exit__(self, *failure):
        try:
            self.empty()
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGINT)
                self.process.wait(PATIENCE)
        finally:
            super().__exit__(*failure)


def main():
    """All tests of the script, or those that are named."""
    unittest.main(module="__main__", argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
