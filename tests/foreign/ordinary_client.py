#!/usr/bin/python3
"""Ordinary requests with curl and nghttp, at a server that keeps the rules of `peregrine serve`: a small page at /, else 404; only
GET and HEAD.

usage: ordinary_client.py http1|http2 URL
       URL: ws://HOST:PORT, or wss with TLS; SSL_CERT_FILE in the environment says whom curl trusts
"""
import os
import subprocess
import sys

DEADLINE = 30  # seconds for one program
PROTOCOL = sys.argv[1]
URL = sys.argv[2].replace("ws", "http", 1)
CURL = {"http1": "--http1.1", "http2": "--http2" if URL.startswith("https") else "--http2-prior-knowledge"}[PROTOCOL]
VERSION = {"http1": "1.1", "http2": "2"}[PROTOCOL]
CASES = []


def case(function):
    CASES.append(function)
    return function


def output_of(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode != 0:
        raise AssertionError(f"{words[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, expected {wanted!r}")


# Body and "STATUS VERSION TYPE" of each of some requests, which go over one connection where that is HTTP/2.
def curl(*words):
    text = output_of("curl", "--silent", "--show-error", CURL, "--cacert", os.environ["SSL_CERT_FILE"],
                     "--max-time", str(DEADLINE), "--write-out", "\\n%{http_code} %{http_version} %{content_type}\\n", *words)
    lines = text.splitlines()
    return "\n".join(lines[:-1]), lines[-1]


@case
def curl_reads_the_page():
    body, summary = curl(f"{URL}/")
    expect("<title>" in body, True, f"a page in {body!r}")
    expect(summary.split()[:3], ["200", VERSION, "text/html;"], "status, version and type")


@case
def curl_is_told_what_is_not_there_and_what_is_not_done():
    for words, status in ((["/nowhere"], "404"), (["/", "--request", "POST"], "405"), (["/", "--request", "DELETE"], "405")):
        body, summary = curl(f"{URL}{words[0]}", *words[1:])
        expect(summary.split()[:2], [status, VERSION], f"status and version for {' '.join(words)[:40]}")
        expect(body.strip() != "", True, "a sentence that says why")


@case
def curl_hears_the_head_alone():
    body, summary = curl("--head", f"{URL}/")
    expect(summary.split()[:2], ["200", VERSION], "status and version")
    length = [line.split(":")[1].strip() for line in body.splitlines() if line.lower().startswith("content-length:")]
    page, _ = curl(f"{URL}/")
    expect(length, [str(len(page.encode()))], "content-length")


@case
def nghttp_multiplexes():
    if PROTOCOL == "http1":
        return
    text = output_of("nghttp", "--no-verify-peer", "--verbose", "--timeout", str(DEADLINE), "--multiply", "20", f"{URL}/", f"{URL}/nowhere")
    expect(text.count(":status: 200"), 20, "pages")
    expect(text.count(":status: 404"), 20, "pages that are not there")
    expect(text.count("SETTINGS_ENABLE_CONNECT_PROTOCOL(0x08):1"), 1, "announcements of extended CONNECT")
    expect([line for line in text.splitlines() if "RST_STREAM" in line or "recv GOAWAY" in line], [], "complaints")


def main():
    failures = 0
    for exchange in CASES:
        name = exchange.__name__.replace("_", " ")
        try:
            exchange()
            print("  ok     ", name, flush=True)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as failure:
            failures += 1
            print("  FAILED ", f"{name}: {failure}", flush=True)
    return 1 if failures else 0


sys.exit(main())
