"""A `peregrine serve` with workers, and swarms against it: what bench/dashboard, bench/drain, bench/soak and bench/storm have in common."""
import collections
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/peregrine/cli/peregrine"
PATIENCE = 120  # seconds: for what takes a few; it decides only how long a failure takes


def children(pid):
    """All processes below this one."""
    with contextlib.suppress(OSError):
        for child in map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            yield child
            yield from children(child)


def own_memory(pid):
    """Bytes that the process itself filled, its share of those that it has in common with others."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss_Anon:"):
                return int(line.split()[1]) * 1024
    return 0


def open_files(pid):
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


class Server:
    """Ends with the block, well or not: `code` is then what it ended with."""

    def __init__(self, *flags, program=PROGRAM, scheme="http"):
        ready, told = os.pipe()
        self.file = tempfile.TemporaryFile("w+")
        words = [program, "serve", "--bind", f"{scheme}://127.0.0.1:0", "--messages", "any", "--ready-fd", told, "--log-format", "json", *flags]
        self.process = subprocess.Popen(list(map(str, words)), pass_fds=[told], stdin=subprocess.DEVNULL, stderr=self.file)
        os.close(told)
        with os.fdopen(ready) as ports:
            lines = ports.read().split()
        if not lines:
            self.process.wait()
            raise RuntimeError(f"the server did not start: {self.log()}")
        self.url = f"{'ws' if scheme == 'http' else 'wss'}://127.0.0.1:{lines[0]}"
        self.port = int(lines[0])
        self.admin = int(lines[-1])  # the same, where there is none
        self.code = None

    def log(self):
        self.file.seek(0)
        return [json.loads(line) for line in self.file if line.startswith("{")]

    def workers(self):
        """The processes that serve, by the number of the worker: its newest is the last."""
        found = collections.defaultdict(list)
        for pid in sorted(children(self.process.pid)):
            with contextlib.suppress(OSError):
                for variable in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    if variable.startswith(b"PEREGRINE_PLACE=worker "):
                        found[int(variable.split()[1])].append(pid)
        return found or {0: [self.process.pid]}

    def processes(self):
        return [self.process.pid, *children(self.process.pid)]

    def own_memory(self):
        return sum(map(own_memory, self.processes()))

    def open_files(self):
        return sum(map(open_files, self.processes()))

    def wait(self):
        """Until it has ended; made to, if it does not by itself."""
        try:
            self.code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.code = self.process.wait()
        return self.code

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.code is None:
            self.stop()
        self.file.close()


def swarm(url, *flags, program=PROGRAM, **how):
    """A swarm at work; its report is what it writes in the end (see `report`)."""
    words = [program, "swarm", url, "-q", "--json", "-", *flags]
    return subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, **how)


def report(of, patience=PATIENCE):
    return json.loads(of.communicate(timeout=patience)[0])
