#!/usr/bin/python3
"""Clients written with Python's websockets, at a server that keeps the rules of `peregrine serve`.

usage: python_client.py URL plain|deflate
       URL: ws://HOST:PORT, or wss with TLS.    deflate: the server was started so, and each client offers it.
"""
import asyncio
import json
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from cases import LIMIT, OPENED, case, expect, expect_heard, message_of, run_all, said

URL, DEFLATE = sys.argv[1], sys.argv[2] == "deflate"
OUR_ORIGIN = URL.replace("ws", "http", 1)  # of a page of this server


async def join(room, **options):
    options.setdefault("compression", "deflate" if DEFLATE else None)
    member = await websockets.connect(f"{URL}/{room}", ping_interval=None, max_size=None, **options)
    OPENED.append(member)
    return member


@case
async def everybody_hears_everything_in_one_order():
    members = [await join("all") for _ in range(5)]
    stranger = await join("elsewhere")
    for number, member in enumerate(members):
        for count in range(3):
            await member.send(said(f"{number}.{count}"))
    heard = [[await member.recv() for _ in range(15)] for member in members]
    for number, of_member in enumerate(heard):
        expect(of_member, heard[0], f"member {number} heard")
        own = [text for text in of_member if json.loads(text)["text"].startswith(f"{number}.")]
        expect(own, [said(f"{number}.{count}") for count in range(3)], f"of member {number} was heard")
    await stranger.send(said("alone"))
    await expect_heard([stranger], [said("alone")])  # nothing of the other room came before


@case
async def a_message_arrives_unchanged():
    speaker, listener = await join("unchanged"), await join("unchanged")
    texts = [said("Grüße, мир, 世界, 🦅, e\u0301, \u0000, \u2028, \U0010ffff"), ' \t{ "n" : 1.50e+2 ,\r\n "n":2, "deep":[[{}]] } ', "{}", message_of(125), message_of(126), message_of(127)]
    for text in texts:
        await speaker.send(text)
    await expect_heard([speaker, listener], texts)


@case
async def fragments_are_one_message_and_a_ping_fits_between():
    speaker, listener = await join("fragments"), await join("fragments")
    whole = said("Grüße 🦅 " * 20)

    async def fragments():
        yield ""
        for start in range(0, len(whole), 7):
            yield whole[start:start + 7]
            await (await speaker.ping(f"{start}"))

    await speaker.send(fragments())
    await expect_heard([speaker, listener], [whole])


@case
async def the_longest_message_passes():
    speaker, listener = await join("long"), await join("long")
    texts = [message_of(LIMIT - 1), message_of(LIMIT), said("and a short one")]
    for text in texts:
        await speaker.send(text)
    await expect_heard([speaker, listener], texts)


async def expect_too_long(room, size):
    speaker, listener = await join(room), await join(room)
    try:
        await speaker.send(message_of(size))
        await speaker.recv()
        raise AssertionError("the message was taken")
    except websockets.ConnectionClosed as closed:
        expect(closed.rcvd and closed.rcvd.code, 1009, "close code")
    again = await join(room)
    await again.send(said("still here"))
    await expect_heard([listener, again], [said("still here")])


@case
async def one_byte_more_is_closed_with_1009():
    await expect_too_long("longer", LIMIT + 1)


@case
async def a_message_far_too_long_is_closed_with_1009_though_its_end_is_still_coming():
    await expect_too_long("far_longer", 16 * LIMIT)


@case
async def a_ping_is_answered():
    member = await join("ping")
    for payload in (b"", b"\x00\xff", b"p" * 125):
        await (await member.ping(payload))
    await member.pong(b"nobody asked")
    await member.send(said("alive"))
    await expect_heard([member], [said("alive")])


@case
async def a_close_is_answered_with_its_code():
    for code in (1000, 1001, 1008, 3000, 4999):
        member = await join("close")
        await member.close(code, "going")
        expect(member.close_code, code, "close code")
    member = await join("close")
    await member.close(4000, "r" * 123)
    expect(member.close_code, 4000, "close code with the longest reason")


@case
async def an_unknown_subprotocol_is_not_agreed_on():
    member = await join("subprotocol", subprotocols=["chat.v9", "other"])
    expect(member.response_headers.get_all("Sec-WebSocket-Protocol"), [], "subprotocol")
    await member.close()


@case
async def an_origin_must_be_ours():
    for origin in (OUR_ORIGIN, None):
        await (await join("origin", origin=origin)).close()
    for origin in ("http://elsewhere.example", OUR_ORIGIN + "0", "null"):
        try:
            await join("origin", origin=origin)
            raise AssertionError(f"{origin} was let in")
        except websockets.InvalidStatusCode as refusal:
            expect(refusal.status_code, 403, f"status for origin {origin}")


@case
async def what_is_no_json_object_is_answered_to_its_sender_alone():
    speaker, listener = await join("json"), await join("json")
    for text in ("hello", "", "[1,2]", '"text"', "42", "null", '{"open":', "{'single':1}", '{"a":1} {"b":2}'):
        await speaker.send(text)
        answer = json.loads(await speaker.recv())
        expect(list(answer), ["error"], f"answer to {text!r}")
        expect(type(answer["error"]), str, "the error is a sentence")
    await speaker.send(said("better"))
    await expect_heard([listener, speaker], [said("better")])


@case
async def who_vanishes_disturbs_nobody():
    staying, vanishing = await join("vanish"), await join("vanish")
    await vanishing.send(said("hello"))
    await expect_heard([staying, vanishing], [said("hello")])
    vanishing.transport.abort()
    for count in range(3):
        await staying.send(said(f"{count}"))
        await expect_heard([staying], [said(f"{count}")])


@case
async def deflate_is_agreed_on_if_and_only_if_both_want_it():
    for compression in ("deflate", None):
        member = await join("extension", compression=compression)
        agreed = member.response_headers.get("Sec-WebSocket-Extensions", "")
        expect("permessage-deflate" in agreed, DEFLATE and compression is not None, f"agreed on {agreed!r}")
        await member.close()


@case
async def members_with_any_deflate_hear_the_same():
    offers = [ClientPerMessageDeflateFactory(), ClientPerMessageDeflateFactory(client_no_context_takeover=True),
              ClientPerMessageDeflateFactory(server_no_context_takeover=True),
              ClientPerMessageDeflateFactory(server_max_window_bits=10),
              ClientPerMessageDeflateFactory(client_max_window_bits=9)]
    members = [await join("mixed", compression=None)]
    members += [await join("mixed", compression=None, extensions=[offer]) for offer in offers]
    texts = [said(f"{'the same again ' * count}") for count in range(6)] + [message_of(LIMIT)]
    for speaker in members:
        for text in texts:
            await speaker.send(text)
        await expect_heard(members, texts)


sys.exit(asyncio.run(run_all()))
