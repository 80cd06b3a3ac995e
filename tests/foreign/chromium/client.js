// A page in Chromium that talks in rooms, at a server that keeps the rules of `peregrine serve`. Chromium opens WebSockets on
// an HTTP/2 connection that it has (RFC 8441): to the origin from which the page came. It speaks HTTP/2 over TLS alone.
//
// usage: client.js URL plain|deflate CERTIFICATE
//        URL: ws://HOST:PORT, or wss with TLS.    deflate: the server was started so; Chromium always offers it.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const { chromium } = require('playwright-core');

const DEADLINE = 60000; // milliseconds for one case
const LIMIT = 64 * 1024; // the longest message that the server takes, in bytes
const [url, mode, certificate] = process.argv.slice(2);
const origin = url.replace('ws', 'http');

// What the cases use inside the page: WebSockets whose messages queue up until next() takes them.
function prepare() {
  class Member {
    constructor(address) {
      this.heard = [];
      this.waiting = null;
      this.socket = new WebSocket(address);
      this.socket.onmessage = ({ data }) => this.tell(data);
      this.closed = new Promise((resolve) => {
        this.socket.onclose = ({ code, reason, wasClean }) => {
          resolve({ code, reason, wasClean });
          this.tell(null);
        };
      });
    }

    tell(data) {
      this.heard.push(data);
      if (this.waiting) this.waiting();
    }

    async next() {
      while (this.heard.length === 0) await new Promise((resolve) => { this.waiting = resolve; });
      return this.heard.shift();
    }

    async take(count) {
      const all = [];
      while (all.length < count) all.push(await this.next());
      return all;
    }
  }

  window.members = [];
  window.join = async (room) => {
    const member = new Member(`${location.origin.replace('http', 'ws')}/chromium/${room}`);
    await new Promise((resolve, reject) => {
      member.socket.onopen = resolve;
      member.closed.then(({ code }) => reject(new Error(`not let in: ${code}`)));
    });
    window.members.push(member);
    return member;
  };
  window.said = (text) => JSON.stringify({ user: 'eve', text });
  window.ofSize = (size) => said('x'.repeat(size - said('').length));
}

async function open(browser) {
  const page = await browser.newPage();
  const response = await page.goto(`${origin}/`);
  assert.strictEqual(response.status(), 200);
  await page.evaluate(prepare);
  return page;
}

// Each gets a page of its own, in which the functions given to evaluate() run.
const cases = {
  async 'the page is there'(page) {
    assert.notStrictEqual(await page.title(), '');
  },

  async 'many WebSockets of one page hear everything, in one order'(page) {
    const heard = await page.evaluate(async () => {
      const all = await Promise.all(Array.from({ length: 15 }, () => join('all')));
      const stranger = await join('elsewhere');
      all.forEach((member, i) => { for (let n = 0; n < 3; ++n) member.socket.send(said(`${i}.${n}`)); });
      stranger.socket.send(said('alone'));
      return { all: await Promise.all(all.map((member) => member.take(45))), stranger: await stranger.take(1) };
    });
    for (const each of heard.all) assert.deepStrictEqual(each, heard.all[0]);
    assert.strictEqual(new Set(heard.all[0]).size, 45);
    assert.deepStrictEqual(heard.stranger, ['{"user":"eve","text":"alone"}']);
  },

  async 'a message arrives unchanged, however long it is'(page) {
    const [sent, heard] = await page.evaluate(async (limit) => {
      const [speaker, listener] = [await join('unchanged'), await join('unchanged')];
      const texts = [said('Grüße, мир, 世界, 🦅, \u0000, \u2028'), '{}', ofSize(125), ofSize(126), ofSize(limit - 1), ofSize(limit), said('short')];
      for (const text of texts) speaker.socket.send(text);
      return [[texts, texts], [await speaker.take(texts.length), await listener.take(texts.length)]];
    }, LIMIT);
    assert.deepStrictEqual(heard, sent);
  },

  async 'one byte more is closed with 1009, and the others stay'(page) {
    const [closed, heard] = await page.evaluate(async (limit) => {
      const [speaker, listener] = [await join('longer'), await join('longer')];
      speaker.socket.send(ofSize(limit + 1));
      const { code } = await speaker.closed;
      listener.socket.send(said('still here'));
      return [code, await listener.next()];
    }, LIMIT);
    assert.strictEqual(closed, 1009);
    assert.strictEqual(heard, '{"user":"eve","text":"still here"}');
  },

  async 'a close is answered with its code'(page) {
    const closed = await page.evaluate(async () => {
      const all = [];
      for (const code of [1000, 3000, 4999]) {
        const member = await join('close');
        member.socket.close(code, 'going');
        all.push(await member.closed);
      }
      const silent = await join('close');
      silent.socket.close();
      all.push(await silent.closed);
      return all;
    });
    assert.deepStrictEqual(closed.map(({ code, wasClean }) => [code, wasClean]), [[1000, true], [3000, true], [4999, true], [1005, true]]);
  },

  async 'what is no JSON object is answered to its sender alone'(page) {
    const [answer, heard] = await page.evaluate(async () => {
      const [speaker, listener] = [await join('json'), await join('json')];
      speaker.socket.send('hello');
      const error = await speaker.next();
      speaker.socket.send(said('better'));
      return [error, await listener.next()];
    });
    assert.deepStrictEqual(Object.keys(JSON.parse(answer)), ['error']);
    assert.strictEqual(heard, '{"user":"eve","text":"better"}');
  },

  async 'deflate is agreed on if the server wants it'(page) {
    const extensions = await page.evaluate(async () => (await join('extension')).socket.extensions);
    assert.strictEqual(extensions.includes('permessage-deflate'), mode === 'deflate', `extensions: ${extensions}`);
  },

  async 'a page of another origin is not let in'(page) {
    await page.goto('about:blank'); // whose origin is "null"
    const closed = await page.evaluate((address) => new Promise((resolve) => {
      const socket = new WebSocket(address);
      socket.onopen = () => resolve('let in');
      socket.onclose = ({ code }) => resolve(code);
    }), `${url}/chromium/origin`);
    assert.strictEqual(closed, 1006);
  },

  async 'a page that is closed leaves the room, and another stays'(page, browser) {
    const leaving = await open(browser);
    await leaving.evaluate(() => Promise.all(Array.from({ length: 5 }, () => join('leave'))).then(() => {}));
    await page.evaluate(() => join('leave').then(() => {}));
    await leaving.close();
    const heard = await page.evaluate(async () => {
      members[0].socket.send(said('still here'));
      return members[0].next();
    });
    assert.strictEqual(heard, '{"user":"eve","text":"still here"}');
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
  const { publicKey } = new crypto.X509Certificate(fs.readFileSync(certificate));
  const trusted = crypto.createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', `--ignore-certificate-errors-spki-list=${trusted}`], // no sandbox: tests may run as root
  });
  let failures = 0;
  for (const [name, exchange] of Object.entries(cases)) {
    let page;
    try {
      page = await open(browser);
      await within(DEADLINE, exchange(page, browser));
      console.log('  ok     ', name);
    } catch (failure) {
      ++failures;
      console.log('  FAILED ', `${name}: ${failure.message.split('\n').slice(0, 12).join(' ').slice(0, 400)}`);
    }
    if (page) await page.close();
  }
  await browser.close();
  process.exit(failures === 0 ? 0 : 1);
}

main().catch((failure) => {
  console.log('  FAILED ', `Chromium does not run: ${failure.message.slice(0, 600)}`);
  process.exit(1);
});
