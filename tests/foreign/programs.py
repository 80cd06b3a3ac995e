"""What the foreign tests start and stop: our server, foreign ones, a proxy between, the clients' programs; a certificate for all of
them; and the report."""
import collections
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

os.environ.setdefault("PEREGRINE_SERVE_ADMIN", "off")  # its usual port is for a server of this machine

HERE = pathlib.Path(__file__).resolve().parent
START_DEADLINE, PROGRAM_DEADLINE = 30, 240  # seconds; the programs' own waits are shorter
PYTHON, NODE = "/usr/bin/python3", "/usr/bin/node"  # Debian's, which have the foreign peers
# Node is not to warn that the address of a test is no name for a certificate's owner: it is, in the certificate of these tests.
ENVIRONMENT = {**os.environ, "NODE_PATH": os.environ.get("NODE_PATH", "/usr/share/nodejs"), "NODE_NO_WARNINGS": "1"}

# Where a server listens, and the file that it writes to.
Listening = collections.namedtuple("Listening", "port log")


class CanNotStart(Exception):
    pass


class Certificate:
    """One for localhost that signs itself, in a folder of the caller's. All programs that are started trust it."""

    def __init__(self, folder):
        self.certificate, self.key = (pathlib.Path(folder) / name for name in ("certificate.pem", "key.pem"))
        self.identity = pathlib.Path(folder) / "identity.pem"  # both, for those who want one file
        with tempfile.NamedTemporaryFile("w+") as log:
            made = start(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a test",
                          "-days", "2", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", self.certificate, "-keyout", self.key], log)
            if made.wait(START_DEADLINE) != 0:
                raise CanNotStart(f"openssl makes no certificate: {content(log)[-500:]}")
        self.identity.write_text(self.certificate.read_text() + self.key.read_text())
        ENVIRONMENT.update(SSL_CERT_FILE=str(self.certificate), NODE_EXTRA_CA_CERTS=str(self.certificate))


def start(words, output, descriptors=()):
    try:
        return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                env=ENVIRONMENT, pass_fds=descriptors)
    except OSError as failure:
        raise CanNotStart(f"{words[0]}: {failure.strerror}") from None


@contextlib.contextmanager
def stopped_at_end(process):
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(START_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def peregrine_server(peregrine, mode, certificate=None):
    """With TLS if there is a certificate."""
    ready, told = os.pipe()
    words = [peregrine, "serve", "--ready-fd", told, "-v", "--log-format", "json"]
    words += ["--bind", "https://127.0.0.1:0", "--certificate", certificate.certificate, "--key", certificate.key] if certificate else [
        "--bind", "http://127.0.0.1:0"]
    words += ["--deflate"] if mode == "deflate" else []
    with os.fdopen(ready) as port_line, tempfile.NamedTemporaryFile("w+") as log:
        with os.fdopen(told, "w"):
            process = start(words, log, [told])
        with stopped_at_end(process) as server:
            port = port_line.readline().strip()
            if not port:
                raise CanNotStart(f"peregrine serve does not listen: {content(log)[-500:]}")
            yield Listening(int(port), log.name)
            if server.poll() is not None:
                print(f"  FAILED  peregrine serve ended with {server.returncode}: {content(log)[-2000:]}")
                raise CanNotStart("the server did not outlive its clients")


def content(log):
    return pathlib.Path(log.name).read_text(errors="replace").strip()


def was_carried(log, protocol):
    """Whether our server's log tells of WebSockets over this protocol, and of no other."""
    lines = [json.loads(line) for line in pathlib.Path(log).read_text().splitlines() if line.startswith("{")]
    opened = [line["fields"] for line in lines if line["message"] == "Opened a WebSocket"]
    found = {each["protocol"] for each in opened}
    if found != {protocol}:
        print(f"  FAILED  the server's log tells of {len(opened)} WebSockets over {found}, expected {protocol} and no other")
        return False
    peers = {each["peer"] for each in opened}
    print(f"  ok      the server's log: {len(opened)} WebSockets over {protocol}, on {len(peers)} connections", flush=True)
    return True


@contextlib.contextmanager
def foreign_server(words, mode, certificate=None):
    words = [*words, mode, *([certificate.identity] if certificate else [])]
    with tempfile.NamedTemporaryFile("w+") as log, stopped_at_end(start(words, log)) as server:
        end = time.monotonic() + START_DEADLINE
        while not (lines := content(log).splitlines()) or not lines[0].isdigit():
            if server.poll() is not None or time.monotonic() > end:
                raise CanNotStart(f"{pathlib.Path(words[1]).name} does not listen: {content(log)}")
            time.sleep(0.01)
        yield Listening(int(lines[0]), log.name)
        complaints = "\n".join(line for line in content(log).splitlines()[1:] if not line.startswith("joined "))
        if server.poll() is not None or complaints:
            raise CanNotStart(f"{pathlib.Path(words[1]).name} did not take its clients well: {complaints[-2000:]}")


HAPROXY = """
global
  ssl-server-verify required
  tune.h2.max-concurrent-streams 20
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  http-reuse always
frontend front
  bind fd@{descriptor} {front}
  default_backend back
backend back
  server only 127.0.0.1:{port} {back}
"""


@contextlib.contextmanager
def haproxy(behind, front, back, certificate=None):
    """Speaks the protocol `front` with clients and `back` with the server `behind`, with TLS on both sides if there is a
    certificate: "http1" or "http2"."""
    if certificate:
        names = {"http1": "http/1.1", "http2": "h2"}
        words = {"front": f"ssl crt {certificate.identity} alpn {names[front]}", "back": f"ssl ca-file {certificate.certificate} alpn {names[back]}"}
    else:
        names = {"http1": "", "http2": "proto h2"}
        words = {"front": names[front], "back": names[back]}
    with behind as server, socket.create_server(("127.0.0.1", 0), backlog=4096) as listening, tempfile.TemporaryDirectory() as folder:
        listening.set_inheritable(True)
        configuration = pathlib.Path(folder) / "haproxy.cfg"
        configuration.write_text(HAPROXY.format(descriptor=listening.fileno(), port=server.port, **words))
        with tempfile.NamedTemporaryFile("w+") as log, stopped_at_end(
                start(["/usr/sbin/haproxy", "-db", "-f", configuration], log, [listening.fileno()])) as proxy:
            yield Listening(listening.getsockname()[1], server.log)
            if proxy.poll() is not None:
                raise CanNotStart(f"haproxy ended with {proxy.returncode}: {content(log)[-2000:]}")


def succeeds(words):
    """Runs one program to its end; its lines are the report."""
    with stopped_at_end(start(words, None)) as program:
        try:
            return program.wait(PROGRAM_DEADLINE) == 0
        except subprocess.TimeoutExpired:
            print(f"  FAILED  not done after {PROGRAM_DEADLINE} s")
            return False


def report(exchanges):
    """Runs what is titled, says how it went, and gives the exit code."""
    failed, count = [], 0
    for title, exchange in exchanges:
        print(title, flush=True)
        try:
            right = exchange()
        except CanNotStart as failure:
            print(f"  FAILED  {failure}")
            right = False
        count += 1
        if not right:
            failed.append(title)
    print(f"{count - len(failed)} of {count} programs found every exchange right")
    for title in failed:
        print(f"  not: {title}")
    return 1 if failed else 0
