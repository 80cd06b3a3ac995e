// The small browser client, with a WebSocket, a clock, chance and a page that are turned by hand. Run by: node --test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, askedWait } from './peregrine.js';

// Browsers have it, and Node from version 19 on.
globalThis.CustomEvent ??= class extends Event {
  constructor(name, { detail }) {
    super(name);
    this.detail = detail;
  }
};

class FakeWebSocket extends EventTarget {
  constructor(url, protocols, all) {
    super();
    Object.assign(this, { url, protocols, sent: [], bufferedAmount: 0, closedWith: null });
    all.push(this);
  }

  send(text) { this.sent.push(text); }
  close(...how) {
    const [code = 1000] = how;
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) throw new DOMException(`${code} is none of its codes`, 'InvalidAccessError');
    this.closedWith = how;
  }

  // What the server and the network do.
  opens() { this.dispatchEvent(new Event('open')); }
  brings(data) { this.dispatchEvent(Object.assign(new Event('message'), { data })); }
  ends(code, reason = '') { this.dispatchEvent(Object.assign(new Event('close'), { code, reason })); }
}

class Clock {
  time = 0;
  timers = new Map();
  count = 0;

  set = (run, wait) => { this.timers.set(++this.count, { run, due: this.time + wait }); return this.count; };
  clear = (timer) => { this.timers.delete(timer); };

  passes(wait) {
    const end = this.time + wait;
    for (;;) {
      const next = [...this.timers].filter(([, { due }]) => due <= end).sort((a, b) => a[1].due - b[1].due)[0];
      if (!next) break;
      this.timers.delete(next[0]);
      this.time = next[1].due;
      next[1].run();
    }
    this.time = end;
  }
}

function begin(url = 'ws://house.example/room', options = {}) {
  const sockets = [];
  const clock = new Clock();
  const world = { sockets, clock, chance: 0.5, window: new EventTarget(), page: Object.assign(new EventTarget(), { hidden: false }), heard: [] };
  const environment = {
    WebSocket: class extends FakeWebSocket { constructor(to, protocols) { super(to, protocols, sockets); } },
    setTimeout: clock.set,
    clearTimeout: clock.clear,
    now: () => clock.time,
    random: () => world.chance,
    window: world.window,
    page: world.page,
  };
  world.client = new Client(url, { ...options, environment });
  for (const name of ['open', 'message', 'error', 'state']) {
    world.client.addEventListener(name, ({ detail }) => world.heard.push([name, detail]));
  }
  world.last = () => sockets.at(-1);
  world.states = () => world.heard.filter(([name]) => name === 'state').map(([, detail]) => detail.state);
  world.take = (name) => world.heard.filter(([each]) => each === name).map(([, detail]) => detail);
  return world;
}

test('a URL of a page becomes that of a WebSocket, without its fragment', () => {
  assert.equal(begin('https://house.example/a?b=c#d').last().url, 'wss://house.example/a?b=c');
  assert.equal(begin('http://house.example:81').last().url, 'ws://house.example:81/');
  assert.equal(begin('wss://house.example/x').last().url, 'wss://house.example/x');
  assert.throws(() => begin('/needs a page'), TypeError);
});

test('messages are JSON in both directions', () => {
  const { client, last, take } = begin();
  last().opens();
  assert.ok(client.send({ user: 'ada', text: 'grüße' }));
  assert.deepEqual(last().sent, ['{"user":"ada","text":"grüße"}']);
  last().brings('{"text":"hello"}');
  last().brings('null');
  assert.deepEqual(take('message'), [{ text: 'hello' }, null]);
});

test('what is no JSON is told of, and the next message heard', () => {
  const { last, take, client } = begin();
  last().opens();
  last().brings('hello');
  last().brings(new ArrayBuffer(3));
  last().brings('{}');
  assert.equal(take('error').length, 2);
  assert.deepEqual(take('message'), [{}]);
  assert.equal(client.state, 'open');
});

test('what JSON can not hold is a mistake of the caller', () => {
  const { client, last } = begin();
  last().opens();
  assert.throws(() => client.send(undefined), TypeError);
  assert.throws(() => client.send(() => {}), TypeError);
});

test('what is sent without a connection leaves in order once there is one, and is not sent again', () => {
  const { client, last, clock, take } = begin();
  client.send(1);
  client.send(2);
  assert.equal(client.unsent, 2);
  const first = last();
  assert.deepEqual(first.sent, []);
  first.opens();
  client.send(3);
  assert.deepEqual(first.sent, ['1', '2', '3']);
  assert.equal(client.unsent, 0);
  first.ends(1006);
  client.send(4);
  clock.passes(1000);
  last().opens();
  assert.deepEqual(last().sent, ['4']);
  assert.equal(take('open').length, 2);
});

test('only so much may wait: for a connection, or for the network', () => {
  const { client, last } = begin(undefined, { mostUnsent: 10 });
  assert.ok(client.send('12345678')); // with its quotes 10 characters
  assert.equal(client.send(1), false);
  last().opens();
  assert.ok(client.send(1));
  last().bufferedAmount = 10;
  assert.equal(client.send(1), false);
  last().bufferedAmount = 9;
  assert.ok(client.send(1));
  assert.deepEqual(last().sent, ['"12345678"', '1', '1']);
});

for (const code of [1001, 1006, 1011, 1014]) {
  test(`after ${code} it comes back, after waits that double up to a cap`, () => {
    const { client, last, clock, sockets, take } = begin();
    const waits = [];
    for (let i = 0; i < 8; ++i) {
      last().ends(code, 'why');
      const told = take('state').at(-1);
      assert.deepEqual([told.state, told.code, told.reason], ['waiting', code, 'why']);
      waits.push(told.wait);
      clock.passes(told.wait - 1);
      assert.equal(client.state, 'waiting');
      clock.passes(1);
      assert.equal(client.state, 'connecting');
      assert.equal(sockets.length, i + 2);
    }
    assert.deepEqual(waits, [750, 1500, 3000, 6000, 12000, 22500, 22500, 22500]);
  });
}

test('waits are spread at random, from half to all', () => {
  for (const [chance, wait] of [[0, 500], [0.25, 625], [0.999, 999.5]]) {
    const world = begin();
    world.chance = chance;
    world.last().ends(1006);
    assert.equal(world.take('state').at(-1).wait, wait);
  }
});

test('only a connection that held for a while lets the waits begin anew', () => {
  const { last, clock, take } = begin();
  const lost = (after) => {
    last().opens();
    clock.passes(after);
    last().ends(1006);
    const { wait } = take('state').at(-1);
    clock.passes(wait);
    return wait;
  };
  assert.deepEqual([lost(0), lost(9999), lost(10000), lost(0)], [750, 1500, 750, 1500]);
});

test('a server that restarts says when to come back', () => {
  for (const code of [1012, 1013]) {
    const { last, take, sockets, clock } = begin();
    last().opens();
    last().ends(code, 'the server restarts; come back in 4.2s');
    assert.equal(take('state').at(-1).wait, 4200);
    clock.passes(4199);
    assert.equal(sockets.length, 1);
    clock.passes(1);
    assert.equal(sockets.length, 2);
  }
});

test('a hint is heard only where it is one', () => {
  assert.equal(askedWait('come back in 2s'), 2000);
  assert.equal(askedWait('come back in 2.5s, please'), 2500);
  assert.equal(askedWait('come back in 99999999999s'), 3600000);
  for (const none of ['', 'come back in s', 'come back in -1s', 'come back in 2 s', 'welcome back in 2s']) assert.equal(askedWait(none), null, none);
  const { last, take } = begin();
  last().ends(1001, 'come back in 60s');
  assert.equal(take('state').at(-1).wait, 750);
});

for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 1015, 3000, 4000, 4999]) {
  test(`after ${code} it stays away, and says why`, () => {
    const { client, last, clock, take, sockets } = begin();
    last().opens();
    last().ends(code, 'the reason');
    assert.equal(client.state, 'closed');
    assert.deepEqual(take('error'), [{ message: `The server closed the connection with ${code}: the reason`, code }]);
    clock.passes(1e9);
    assert.equal(sockets.length, 1);
    assert.equal(client.send(1), false);
  });
}

for (const code of [1000, 1005]) {
  test(`after ${code} the conversation is over, and nothing was wrong`, () => {
    const { client, last, clock, take, sockets } = begin();
    last().opens();
    last().ends(code);
    clock.passes(1e9);
    assert.equal(client.state, 'closed');
    assert.deepEqual(take('error'), []);
    assert.equal(sockets.length, 1);
  });
}

test('who asks may begin anew after the end', () => {
  const { client, last, states } = begin();
  last().opens();
  last().ends(1008, 'too slow');
  client.reconnect();
  last().opens();
  assert.deepEqual(states(), ['open', 'closed', 'connecting', 'open']);
  client.send(1);
  assert.deepEqual(last().sent, ['1']);
});

test('who asks need not wait, and asking twice opens one connection', () => {
  const { client, last, sockets, clock } = begin();
  last().ends(1006);
  client.reconnect();
  client.reconnect();
  assert.equal(sockets.length, 2);
  clock.passes(5000);
  assert.equal(sockets.length, 2);
});

test('a network that is back, or a page that is looked at, ends the wait', () => {
  const { last, sockets, window, page, client } = begin();
  last().ends(1006);
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  assert.equal(sockets.length, 1);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  assert.equal(sockets.length, 2);
  window.dispatchEvent(new Event('online')); // it is under way
  assert.equal(sockets.length, 2);
  last().ends(1006);
  window.dispatchEvent(new Event('online'));
  assert.equal(sockets.length, 3);
  last().ends(1006);
  client.close();
  window.dispatchEvent(new Event('online'));
  assert.equal(sockets.length, 3);
});

test('a wait that the server asked for is kept, whoever looks', () => {
  const { last, sockets, window } = begin();
  last().ends(1012, 'come back in 9s');
  window.dispatchEvent(new Event('online'));
  assert.equal(sockets.length, 1);
});

test('a server that does not answer is given up, and tried again', () => {
  const { last, clock, take, sockets } = begin();
  clock.passes(19999);
  assert.equal(last().closedWith, null);
  clock.passes(1);
  assert.deepEqual(last().closedWith, []);
  assert.equal(take('state').at(-1).state, 'waiting');
  sockets[0].opens(); // too late
  sockets[0].ends(1006);
  clock.passes(750);
  assert.equal(sockets.length, 2);
  last().opens();
  clock.passes(1e6);
  assert.equal(last().closedWith, null);
});

test('close ends it for good: nothing is heard, sent or tried any more', () => {
  const { client, last, clock, take, sockets } = begin();
  client.send(1);
  client.close(4001, 'enough');
  assert.deepEqual(last().closedWith, [4001, 'enough']);
  assert.equal(client.state, 'closed');
  last().opens();
  last().brings('1');
  last().ends(4001);
  clock.passes(1e9);
  assert.deepEqual(last().sent, []);
  assert.deepEqual(take('message'), []);
  assert.equal(take('state').length, 1);
  assert.equal(sockets.length, 1);
  client.close();
  assert.equal(take('state').length, 1);
});

test('a code that a WebSocket refuses ends nothing', () => {
  const { client, last, take } = begin();
  last().opens();
  assert.throws(() => client.close(1001), { name: 'InvalidAccessError' });
  assert.equal(client.state, 'open');
  last().brings('1');
  assert.deepEqual(take('message'), [1]);
  assert.ok(client.send(2));
  client.close();
  assert.equal(client.state, 'closed');
  assert.deepEqual(last().closedWith, [1000, '']);
});

test('close while it waits ends the waiting', () => {
  const { client, last, clock, sockets } = begin();
  last().ends(1006);
  client.close();
  clock.passes(1e9);
  assert.equal(sockets.length, 1);
  assert.equal(client.state, 'closed');
});

test('subprotocols are offered; a function is asked for each connection', () => {
  const { last } = begin(undefined, { protocols: ['a', 'b'] });
  assert.deepEqual(last().protocols, ['a', 'b']);
  let count = 0;
  const asked = begin(undefined, { protocols: () => [`n${++count}`] });
  asked.last().ends(1006);
  asked.clock.passes(1000);
  assert.deepEqual(asked.sockets.map(({ protocols }) => protocols), [['n1'], ['n2']]);
});
