"""What the programs of foreign clients share: their cases, what is said in these, and what is expected."""
import asyncio
import json

DEADLINE = 30  # seconds for one case
LIMIT = 64 * 1024  # the longest message that the server takes, in bytes
CASES = []
OPENED = []  # by the case that runs: each has a transport


def case(function):
    CASES.append(function)
    return function


def said(text, user="ada"):
    return json.dumps({"user": user, "text": text}, ensure_ascii=False)


def message_of(size):
    return said("x" * (size - len(said(""))))


def expect(found, wanted, what):
    if found != wanted:
        shown = [repr(value) if len(repr(value)) < 200 else repr(value)[:200] + "…" for value in (found, wanted)]
        raise AssertionError(f"{what}: {shown[0]}, expected {shown[1]}")


async def expect_heard(members, messages):
    for number, member in enumerate(members):
        for message in messages:
            expect(await member.recv(), message, f"member {number} heard")


async def run_all():
    """Each case; 1 if any has failed, else 0."""
    failures = 0
    for exchange in CASES:
        name = exchange.__name__.replace("_", " ")
        try:
            await asyncio.wait_for(exchange(), DEADLINE)
            print("  ok     ", name, flush=True)
        except (Exception, asyncio.TimeoutError) as failure:  # whatever it was, it is this case's failure
            failures += 1
            print("  FAILED ", f"{name}: {type(failure).__name__} {failure}", flush=True)
        for each in OPENED:
            each.transport.abort()  # those that the case left open vanish: a server has to bear that
        OPENED.clear()
    return 1 if failures else 0
