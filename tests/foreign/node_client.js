// Clients written with Node's ws, at a server that keeps the rules of `peregrine serve`: each on a connection of its own over
// HTTP/1.1, or all of them on streams of one HTTP/2 connection of Node's http2.
//
// usage: node_client.js http1|http2 URL plain|deflate
//        URL: ws://HOST:PORT, or wss with TLS.    deflate: the server was started so, and each client offers it.
'use strict';

const assert = require('assert');
const { once } = require('events');
const WebSocket = require('ws');
const overHttp2 = require('./node_http2');

const DEADLINE = 30000; // milliseconds for one case
const LIMIT = 64 * 1024; // the longest message that the server takes, in bytes
const [protocol, url] = process.argv.slice(2);
const deflate = process.argv[4] === 'deflate';
const origin = url.replace('ws', 'http'); // of a page of this server
let session = null; // over HTTP/2, of all members

// One client; what it hears queues up until next() takes it. Every wait ends with the case's deadline.
class Member {
  static async join(room, options = {}, protocols = []) {
    const member = new Member();
    member.heard = [];
    const all = { perMessageDeflate: deflate && { threshold: 0 }, ...options };
    member.socket = session
      ? await overHttp2.open(session, `/${room}`, protocols, all)
      : new WebSocket(`${url}/${room}`, protocols, all);
    member.socket.on('message', (data, isBinary) => {
      assert.strictEqual(isBinary, false, 'a text comes back as a text');
      member.heard.push(data.toString());
      member.socket.emit('heard');
    });
    if (!session) await once(member.socket, 'open');
    return member;
  }

  async next() {
    if (this.heard.length === 0) await once(this.socket, 'heard');
    return this.heard.shift();
  }

  say(text) {
    this.socket.send(text);
  }

  async closed() {
    const [code] = await once(this.socket, 'close');
    return code;
  }
}

const said = (text, user = 'bob') => JSON.stringify({ user, text });
const messageOf = (size) => said('x'.repeat(size - said('').length));

async function expectHeard(members, messages) {
  for (const member of members) {
    for (const message of messages) assert.strictEqual(await member.next(), message);
  }
}

async function refusal(room, options, protocols) {
  return Member.join(room, options, protocols).then(() => 'let in', (error) => error.message);
}

const cases = {
  async 'everybody hears everything, in one order'() {
    const members = [];
    for (let i = 0; i < 5; ++i) members.push(await Member.join('node/all'));
    members.forEach((member, i) => { for (let n = 0; n < 3; ++n) member.say(said(`${i}.${n}`)); });
    const heard = [];
    for (const member of members) {
      const all = [];
      while (all.length < 15) all.push(await member.next());
      heard.push(all);
    }
    for (const all of heard) assert.deepStrictEqual(all, heard[0]);
    assert.strictEqual(new Set(heard[0]).size, 15);
  },

  async 'a room is a path'() {
    const [here, there] = [await Member.join('node/a?x=1'), await Member.join('node/b')];
    here.say(said('here'));
    await expectHeard([here], [said('here')]);
    there.say(said('there'));
    await expectHeard([there], [said('there')]);
  },

  async 'fragments are one message, though cut inside a character, and a ping fits between'() {
    const [speaker, listener] = [await Member.join('node/cut'), await Member.join('node/cut')];
    const whole = said('мир 世界 🦅');
    const bytes = Buffer.from(whole);
    for (let at = 0; at < bytes.length; ++at) {
      speaker.socket.send(bytes.subarray(at, at + 1), { binary: false, fin: at + 1 === bytes.length });
      if (at % 8 === 0) {
        speaker.socket.ping(String(at));
        await once(speaker.socket, 'pong');
      }
    }
    await expectHeard([speaker, listener], [whole]);
  },

  async 'many messages in one write all arrive'() {
    const [speaker, listener] = [await Member.join('node/many'), await Member.join('node/many')];
    const texts = Array.from({ length: 500 }, (_, n) => said(`message ${n} ${'y'.repeat(n)}`));
    for (const text of texts) speaker.say(text);
    await expectHeard([speaker, listener], texts);
  },

  async 'the longest message passes'() {
    const [speaker, listener] = [await Member.join('node/long'), await Member.join('node/long')];
    const texts = [messageOf(LIMIT - 1), messageOf(LIMIT), said('short')];
    for (const text of texts) speaker.say(text);
    await expectHeard([speaker, listener], texts);
  },

  async 'one byte more is closed with 1009'() {
    const [speaker, listener] = [await Member.join('node/longer'), await Member.join('node/longer')];
    speaker.say(messageOf(LIMIT + 1));
    assert.strictEqual(await speaker.closed(), 1009);
    listener.say(said('still here'));
    await expectHeard([listener], [said('still here')]);
  },

  async 'one byte more in fragments is closed with 1009'() {
    const speaker = await Member.join('node/longer');
    const text = messageOf(LIMIT + 1);
    speaker.socket.send(text.slice(0, LIMIT), { fin: false });
    speaker.socket.send(text.slice(LIMIT));
    assert.strictEqual(await speaker.closed(), 1009);
  },

  async 'a text that is not UTF-8 is closed with 1007'() {
    const [speaker, listener] = [await Member.join('node/utf8'), await Member.join('node/utf8')];
    speaker.socket.send(Buffer.from([0x7b, 0xc0, 0xaf, 0x7d]), { binary: false });
    assert.strictEqual(await speaker.closed(), 1007);
    listener.say(said('still here'));
    await expectHeard([listener], [said('still here')]);
  },

  async 'a ping is answered with its payload'() {
    const member = await Member.join('node/ping');
    for (const payload of ['', 'hello', 'p'.repeat(125)]) {
      member.socket.ping(payload);
      const [answer] = await once(member.socket, 'pong');
      assert.strictEqual(answer.toString(), payload);
    }
  },

  async 'a close is answered with its code'() {
    for (const code of [1000, 1001, 3999, 4000]) {
      const member = await Member.join('node/close');
      member.socket.close(code, 'going');
      assert.strictEqual(await member.closed(), code);
    }
    const silent = await Member.join('node/close');
    silent.socket.close();
    assert.strictEqual(await silent.closed(), 1005, 'a close without a code is answered without one');
  },

  async 'an unknown subprotocol is not agreed on'() {
    assert.match(await refusal('node/sub', {}, ['chat.v9']), /Server sent no subprotocol/);
  },

  async 'an origin must be ours'() {
    (await Member.join('node/origin', { origin })).socket.close();
    assert.match(await refusal('node/origin', { origin: 'http://elsewhere.example' }), /403/);
  },

  async 'what is no JSON object is answered to its sender alone'() {
    const [speaker, listener] = [await Member.join('node/json'), await Member.join('node/json')];
    for (const text of ['hello', '', '[]', '{"a":1', '{"a":1}}', 'true']) {
      speaker.say(text);
      assert.deepStrictEqual(Object.keys(JSON.parse(await speaker.next())), ['error'], text);
    }
    speaker.say(said('better'));
    await expectHeard([listener, speaker], [said('better')]);
  },

  async 'deflate is agreed on if and only if both want it'() {
    const offering = await Member.join('node/extension', { perMessageDeflate: true });
    assert.strictEqual(offering.socket.extensions.includes('permessage-deflate'), deflate);
    const silent = await Member.join('node/extension', { perMessageDeflate: false });
    assert.strictEqual(silent.socket.extensions, '');
    for (const speaker of [offering, silent]) {
      for (let n = 1; n <= 3; ++n) {
        speaker.say(said('again '.repeat(n * 100)));
        await expectHeard([offering, silent], [said('again '.repeat(n * 100))]);
      }
    }
  },
};

async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function main() {
  let failures = 0;
  if (protocol === 'http2') session = await within(DEADLINE, overHttp2.connect(origin));
  for (const [name, exchange] of Object.entries(cases)) {
    try {
      await within(DEADLINE, exchange());
      console.log('  ok     ', name);
    } catch (failure) {
      ++failures;
      console.log('  FAILED ', `${name}: ${failure.message.split('\n').slice(0, 6).join(' ').slice(0, 400)}`);
    }
  }
  process.exit(failures === 0 ? 0 : 1); // members that a case left open end with the process
}

main();
