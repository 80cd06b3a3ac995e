#!/usr/bin/python3
"""Clients written with python3-h2 and wsproto, at a server that keeps the rules of `peregrine serve` over HTTP/2: what only a
client can prove that holds each frame in its hand.

usage: h2_client.py URL plain|deflate
       URL: ws://HOST:PORT, or wss with TLS.    deflate: the server was started so, and each client offers it.
"""
import asyncio
import ssl
import sys
import urllib.parse

import h2.settings
import wsproto.events
from h2.errors import ErrorCodes
from wsproto.extensions import PerMessageDeflate

from cases import LIMIT, OPENED, case, expect, expect_heard, message_of, run_all, said
from h2_peer import Connection, Member

URL, DEFLATE = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2] == "deflate"
SCHEME = {"ws": "http", "wss": "https"}[URL.scheme]


async def connect(**settings):
    secured = None
    if SCHEME == "https":
        secured = ssl.create_default_context()
        secured.set_alpn_protocols(["h2", "http/1.1"])
    codes = {h2.settings.SettingCodes[name.upper()]: value for name, value in settings.items()}
    loop = asyncio.get_running_loop()
    transport, connection = await loop.create_connection(lambda: Connection(True, codes), URL.hostname, URL.port, ssl=secured)
    OPENED.append(connection)
    if secured:
        expect(transport.get_extra_info("ssl_object").selected_alpn_protocol(), "h2", "agreed on by ALPN")
    await connection.ready
    return connection


async def try_join(connection, room, **options):
    options.setdefault("deflate", PerMessageDeflate() if DEFLATE else None)
    return await connection.join(URL.netloc, f"/h2/{room}", SCHEME, **options)


async def join(connection, room, **options):
    member = await try_join(connection, room, **options)
    if not isinstance(member, Member):
        raise AssertionError(f"not let in: {member}")
    return member


async def expect_served(connection):
    """Whatever a case did to one stream, the connection carries others."""
    bystander = await join(connection, "bystander")
    await bystander.say(said("served"))
    await expect_heard([bystander], [said("served")])
    await bystander.close()
    expect(await bystander.recv(), 1000, "close code")


@case
async def extended_connect_is_announced_and_answered_with_200():
    connection = await connect()
    expect(connection.h2.remote_settings.enable_connect_protocol, 1, "SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3)")
    member = await join(connection, "head")
    expect([name for name in ("sec-websocket-accept", "upgrade", "connection", "content-length") if name in member.answer_head], [],
           "fields that have no place in it (RFC 8441 §5)")
    expect("sec-websocket-extensions" in member.answer_head, DEFLATE, f"deflate agreed on in {member.answer_head}")


@case
async def streams_of_several_connections_are_one_room():
    first, second = await connect(), await connect()
    members = [await join(each, "several") for each in (first, second) for _ in range(20)]
    for number, member in enumerate(members):
        await member.say(said(f"{number}"))
    heard = [[await member.recv() for _ in members] for member in members]
    for number, of_member in enumerate(heard):
        expect(of_member, heard[0], f"member {number} heard")
    expect(sorted(heard[0]), sorted(said(f"{number}") for number in range(40)), "messages")


@case
async def a_frame_may_be_cut_into_many_DATA_frames_with_padding():
    connection = await connect()
    speaker, listener = await join(connection, "cut", chunk=1), await join(connection, "cut", chunk=7)
    for text in (said("Grüße, мир, 世界, 🦅"), "{}", message_of(1000)):
        for each in (speaker, listener):
            await each.say(text)
            await expect_heard([speaker, listener], [text])
    for payload in (b"", b"\x00\xff", b"p" * 125):
        await speaker.send(wsproto.events.Ping(payload))
        expect(await speaker.pongs.get(), payload, "pong")


@case
async def a_message_longer_than_any_window_passes_both_ways():
    for window in (65_535, 1_000, 17):  # ours, for each stream
        connection = await connect(initial_window_size=window)
        speaker, listener = await join(connection, "long"), await join(connection, "long")
        texts = [message_of(LIMIT if window > 17 else 2_000), said("and a short one")]
        for text in texts:
            await speaker.say(text)
        await expect_heard([speaker, listener], texts)


@case
async def a_stream_that_is_not_read_holds_up_itself_alone():
    connection = await connect(initial_window_size=10_000)
    slow, quick, speaker = [await join(connection, "slow") for _ in range(3)]
    connection.held[slow.stream_id] = 0  # from here on nothing of it is acknowledged
    texts = [said(f"{count} {'y' * 1_000}") for count in range(30)]
    for text in texts:
        await speaker.say(text)
        await expect_heard([speaker, quick], [text])
    if not DEFLATE:  # compressed they may all fit in the window
        expect(slow.heard.qsize() < 10, True, f"{slow.heard.qsize()} messages in a window of 10,000 bytes")
    connection.h2.acknowledge_received_data(connection.held.pop(slow.stream_id), slow.stream_id)
    connection.flush()
    await expect_heard([slow], texts)


@case
async def a_close_ends_the_stream_and_not_the_connection():
    connection = await connect()
    for code in (1000, 1001, 3000, 4999):
        member = await join(connection, "close")
        await member.close(code, "going")
        expect(await member.recv(), code, "close code")
        await member.ended.wait()
        # Behind its end a server may ask that nothing more be sent (RFC 9113 §8.1).
        expect(member.reset_with in (None, ErrorCodes.NO_ERROR), True, f"reset with {member.reset_with!r}")
        if member.reset_with is None:
            member.end()
    await expect_served(connection)


@case
async def a_reset_stream_and_one_that_ends_without_a_close_disturb_nobody():
    connection = await connect()
    staying, reset, ending = [await join(connection, "reset") for _ in range(3)]
    reset.reset()
    ending.end()
    expect(await ending.recv(), 1006, "the stream ends")
    for count in range(3):
        await staying.say(said(f"{count}"))
        await expect_heard([staying], [said(f"{count}")])
    await expect_served(connection)


@case
async def a_connection_that_vanishes_takes_its_own_members_with_it_and_nobody_elses():
    staying, vanishing = await connect(), await connect()
    here, gone = await join(staying, "vanish"), [await join(vanishing, "vanish") for _ in range(10)]
    vanishing.transport.abort()
    await here.say(said("alone"))
    await expect_heard([here], [said("alone")])
    expect([await each.recv() for each in gone], [1006] * 10, "closed with")


@case
async def what_breaks_a_rule_of_RFC_6455_is_closed_with_its_code():
    connection = await connect()
    broken = [("too long", 1009, message_of(LIMIT + 1)), ("not UTF-8", 1007, b"\x81\x84\0\0\0\0{\xc0\xaf}"),
              ("not masked", 1002, b"\x81\x02{}"), ("a reserved opcode", 1002, b"\x83\x80\0\0\0\0")]
    for what, code, said_so in broken:
        member = await join(connection, "broken")
        if isinstance(said_so, str):
            await member.say(said_so)
        else:
            await member.send_bytes(said_so)
        expect(await member.recv(), code, f"close code of what is {what}")
    await expect_served(connection)


@case
async def what_is_no_websocket_of_ours_is_refused_on_its_stream_alone():
    connection = await connect()
    for status, options in ((501, {"protocol": "connect-udp"}), (426, {"version": "8"}),
                            (403, {"extra": [("origin", "https://elsewhere.example")]})):
        answer = await try_join(connection, "refused", **options)
        expect(answer[":status"] if isinstance(answer, dict) else "let in", str(status), f"status for {options}")
    for options in ({"extra": [("origin", f"{SCHEME}://{URL.netloc}")]}, {"protocol": "WebSocket"}):
        await (await join(connection, "let_in", **options)).close()
    await expect_served(connection)


@case
async def ordinary_requests_and_pings_fit_between():
    connection = await connect()
    member = await join(connection, "between")
    for path, status in (("/", "200"), ("/nowhere", "404")):
        answer, stream_id = await connection.request([(":method", "GET"), (":scheme", SCHEME), (":authority", URL.netloc),
                                                      (":path", path)])
        expect(answer[":status"], status, f"status of {path}")
    connection.h2.ping(b"8 bytes.")
    connection.flush()
    expect(await connection.ponged, b"8 bytes.", "answer to a PING")
    await member.say(said("still here"))
    await expect_heard([member], [said("still here")])


@case
async def members_with_any_deflate_hear_the_same():
    connection = await connect()
    offers = [None, PerMessageDeflate(), PerMessageDeflate(client_no_context_takeover=True), PerMessageDeflate(server_max_window_bits=10),
              PerMessageDeflate(server_no_context_takeover=True), PerMessageDeflate(client_max_window_bits=9)]
    members = [await join(connection, "mixed", deflate=offer) for offer in offers]
    texts = [said("the same again " * count) for count in range(6)] + [message_of(LIMIT)]
    for speaker in members:
        for text in texts:
            await speaker.say(text)
        await expect_heard(members, texts)


sys.exit(asyncio.run(run_all()))
