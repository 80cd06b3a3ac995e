// The chat page, as two people use it.    usage: chat.js PEREGRINE
'use strict';

const assert = require('assert');
const { begin, fitsAcross, namesAll, serve, tryAll, unreadable, wasQuiet, watched } = require('./browser');

const peregrine = process.argv[2];
const SCHEMES = ['light', 'dark'];
const TOUCHED = 40; // pixels that a finger needs, at least

begin(async () => {
  const server = await serve(peregrine);
  const { origin } = server;

  async function visit(browser, room, options) {
    const page = await watched(browser, origin, options);
    await page.goto(`${origin}/${room ? `#/${room}` : ''}`);
    await page.getByRole('textbox', { name: 'Your name' }).waitFor();
    return page;
  }

  const connected = (page) => page.getByRole('status').filter({ hasText: /^Connected$/ }).waitFor();

  async function enter(browser, name, room, options) {
    const page = await visit(browser, room, options);
    await page.getByRole('textbox', { name: 'Your name' }).fill(name);
    await page.getByRole('button', { name: 'Join' }).click();
    await connected(page);
    return page;
  }

  async function say(page, text) {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  }

  const entries = (page) => page.getByRole('log').getByRole('listitem');
  const heard = (page, text) => entries(page).filter({ hasText: text }).first().waitFor();
  const texts = (page) => page.locator('#log .text').allTextContents();
  // Everything we said has come back from the room.
  const confirmed = (page) => page.waitForFunction(() => document.querySelectorAll('[data-fate]').length === 0);

  await tryAll({
    async 'two people talk, and everybody sees all of it once, with names'(browser) {
      const [ada, grace] = [await enter(browser, 'Ada', 'talk'), await enter(browser, 'Grace', 'talk')];
      await say(ada, 'Grüße, 世界, 🦅');
      await heard(grace, 'Grüße, 世界, 🦅');
      await say(grace, 'and to you');
      await say(grace, 'again');
      await heard(ada, 'again');
      for (const page of [ada, grace]) {
        await confirmed(page);
        assert.deepStrictEqual(await texts(page), ['Grüße, 世界, 🦅', 'and to you', 'again']);
      }
      assert.match(await entries(ada).nth(0).innerText(), /^You/);
      assert.match(await entries(ada).nth(1).innerText(), /^Grace/);
      assert.match(await entries(grace).nth(0).innerText(), /^Ada/);
      assert.match(await entries(ada).nth(2).textContent(), /^Grace: again/); // to ears each has its name
      await Promise.all([ada, grace].map(wasQuiet));
    },

    async 'what strangers say is text, whatever it looks like'(browser) {
      const [ada, eve] = [await enter(browser, 'Ada', 'text'), await enter(browser, '<img src=x onerror=alert(1)>', 'text')];
      const bad = '<script>window.broken = 1</script><img src=x onerror="window.broken = 1"><a href="javascript:broken = 1">x</a>';
      await say(eve, bad);
      await heard(ada, 'window.broken');
      await eve.evaluate(() => {
        const raw = new WebSocket(`ws://${location.host}/text`);
        raw.onopen = () => {
          for (const odd of ['{"user":{"a":1},"text":["<b>"]}', '{"user":"__proto__","text":"constructor"}', '{"text":"<i>nameless</i>"}', '{"user":"","text":"last"}']) raw.send(odd);
        };
      });
      await heard(ada, 'last');
      for (const page of [ada, eve]) {
        assert.strictEqual(await page.evaluate(() => window.broken), undefined);
        assert.strictEqual(await page.locator('#log :is(script, img, a, i, iframe)').count(), 0);
        await wasQuiet(page);
      }
      assert((await texts(ada)).includes(bad));
      assert((await texts(ada)).includes('{"text":"<i>nameless</i>"}'));
    },

    async 'the room is the one of the URL, or of the field, and others hear nothing'(browser) {
      const [one, other] = [await enter(browser, 'Ada', 'caf%C3%A9/back'), await visit(browser)];
      assert.strictEqual(await one.getByRole('heading').innerText(), '# café/back');
      await other.getByRole('textbox', { name: 'Your name' }).fill('Grace');
      assert.strictEqual(await other.getByRole('textbox', { name: 'Room' }).inputValue(), 'lobby');
      await other.getByRole('textbox', { name: 'Room' }).fill('#elsewhere');
      await other.getByRole('button', { name: 'Join' }).click();
      await connected(other);
      assert.strictEqual(new URL(other.url()).hash, '#/elsewhere');
      await say(one, 'here');
      await confirmed(one);
      await other.evaluate(() => { location.hash = '#/caf%C3%A9/back'; });
      await connected(other);
      await say(one, 'to both');
      await heard(other, 'to both');
      assert.deepStrictEqual(await texts(other), ['to both']);
      await Promise.all([one, other].map(wasQuiet));
    },

    async 'a room may be called as an element of the page is, and written without its slash'(browser) {
      const page = await watched(browser, origin);
      await page.goto(`${origin}/#text`);
      assert.strictEqual(await page.getByRole('textbox', { name: 'Room' }).inputValue(), 'text');
      assert.strictEqual(new URL(page.url()).hash, '#/text');
      await page.keyboard.type('Ada');
      await page.keyboard.press('Enter');
      await connected(page);
      await wasQuiet(page);
    },

    async 'a server that restarts is waited for, and what was said meanwhile is not lost'(browser) {
      const restarted = await serve(peregrine, { flags: ['--drain', '100ms'] });
      const page = await watched(browser, restarted.origin);
      await page.goto(`${restarted.origin}/#/again`);
      await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
      await page.getByRole('button', { name: 'Join' }).click();
      await connected(page);
      await restarted.stop();
      await page.getByRole('status').filter({ hasText: 'next try in' }).waitFor();
      await say(page, 'kept');
      await page.getByText('Waiting for the connection').waitFor();
      const anew = await serve(peregrine, { port: restarted.port });
      await connected(page);
      await confirmed(page);
      assert.deepStrictEqual(await texts(page), ['kept']);
      await page.getByRole('button', { name: 'Try now' }).waitFor({ state: 'hidden' });
      await wasQuiet(page);
      await anew.stop();
    },

    async 'who is thrown out is told why, and may come back'(browser) {
      const strict = await serve(peregrine, { flags: ['--max-message', '200'] });
      const page = await watched(browser, strict.origin);
      await page.goto(`${strict.origin}/#/short`);
      await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
      await page.getByRole('button', { name: 'Join' }).click();
      await connected(page);
      await say(page, 'x'.repeat(300));
      await heard(page, '1009');
      await page.getByText('Perhaps not delivered').waitFor();
      await page.getByRole('button', { name: 'Come back' }).click();
      await connected(page);
      await say(page, 'shorter');
      await heard(page, 'shorter');
      await page.waitForFunction(() => document.querySelectorAll('[data-fate]').length === 1); // the lost one stays marked
      await wasQuiet(page);
      await strict.stop();
    },

    async 'a keyboard alone will do'(browser) {
      const page = await visit(browser, 'keys');
      const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
      assert.strictEqual(await focused(), 'name');
      await page.keyboard.type('Ada');
      await page.keyboard.press('Enter');
      await connected(page);
      assert.strictEqual(await focused(), 'text');
      await page.keyboard.type('one');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('two');
      await page.keyboard.press('Enter');
      await confirmed(page);
      assert.deepStrictEqual(await texts(page), ['one\ntwo']);
      await page.keyboard.press('Tab');
      assert.strictEqual(await focused(), 'send');
      for (const before of ['text', 'log', 'leave']) {
        await page.keyboard.press('Shift+Tab');
        assert.strictEqual(await focused(), before);
      }
      await page.keyboard.press('Enter');
      assert.strictEqual(await focused(), 'room-name'); // the name is known
      assert.strictEqual(await page.getByRole('textbox', { name: 'Your name' }).inputValue(), 'Ada');
      await wasQuiet(page);
    },

    async 'a telephone shows all of it'(browser) {
      const page = await enter(browser, 'Ada', 'phone', { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true });
      await fitsAcross(page);
      for (let i = 0; i < 20; ++i) await say(page, `${i} ${'word '.repeat(i)}${'x'.repeat(i * 4)}`);
      await confirmed(page);
      await fitsAcross(page);
      for (const control of [page.getByRole('textbox', { name: 'Message' }), page.getByRole('button', { name: 'Send' }), page.getByRole('button', { name: 'Leave' })]) {
        const { x, y, width, height } = await control.boundingBox();
        assert(height >= TOUCHED && width >= TOUCHED, `${width} × ${height}`);
        assert(x >= 0 && y >= 0 && x + width <= 320 && y + height <= 568, `at ${x}, ${y}`);
      }
      const size = await page.getByRole('textbox', { name: 'Message' }).evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
      assert(size >= 16, 'below 16 pixels a telephone zooms in'); // and does not come back
      await wasQuiet(page);
    },

    async 'who reads what was said before is left there, and told of what is new'(browser) {
      const [ada, grace] = [await enter(browser, 'Ada', 'scroll', { viewport: { width: 500, height: 400 } }), await enter(browser, 'Grace', 'scroll')];
      for (let i = 0; i < 15; ++i) await say(ada, `line ${i}`);
      await confirmed(ada);
      await ada.getByRole('log').evaluate((log) => { log.scrollTop = 0; });
      await say(grace, 'news');
      await ada.getByRole('button', { name: '1 new message' }).click();
      await ada.getByText('news').waitFor();
      await ada.waitForFunction(() => { const log = document.getElementById('log'); return log.scrollHeight - log.scrollTop - log.clientHeight < 2; });
      await ada.getByRole('button', { name: /new message/ }).waitFor({ state: 'hidden' });
      await Promise.all([ada, grace].map(wasQuiet));
    },

    async 'screen readers find names and roles'(browser) {
      const page = await visit(browser, 'ears');
      await namesAll(page);
      await page.getByRole('main').getByRole('heading', { level: 1, name: 'Join a room' }).waitFor();
      await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
      await page.getByRole('button', { name: 'Join' }).click();
      await connected(page);
      await namesAll(page);
      await page.getByRole('main', { name: '# ears' }).getByRole('log', { name: 'Conversation' }).waitFor();
      await page.getByRole('heading', { level: 1, name: '# ears' }).waitFor();
    },

    async 'every text can be read, by day and by night'(browser) {
      for (const colorScheme of SCHEMES) {
        const page = await visit(browser, 'colours', { colorScheme });
        assert.deepStrictEqual(await unreadable(page), [], colorScheme);
        await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
        await page.getByRole('button', { name: 'Join' }).click();
        await connected(page);
        await say(page, 'mine');
        await confirmed(page);
        // A name for each colour that names have, and a word of the server's.
        await page.evaluate(() => {
          const raw = new WebSocket(`ws://${location.host}/colours`);
          raw.onopen = () => { for (let i = 0; i < 40; ++i) raw.send(JSON.stringify({ user: `n${i}`, text: `t${i}` })); };
        });
        await heard(page, 't39');
        assert.strictEqual(await page.evaluate(() => new Set([...document.querySelectorAll('#log li:not(.own)')].map((entry) => /name-\d/.exec(entry.className)[0])).size), 8);
        assert.deepStrictEqual(await unreadable(page), [], colorScheme);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number)[0]);
        assert.strictEqual(ground < 128, colorScheme === 'dark');
      }
    },

    async 'the policy holds: nothing inline runs, nothing is made a script, nothing is fetched from elsewhere'(browser) {
      const page = await enter(browser, 'Ada', 'policy');
      const tried = await page.evaluate(async () => {
        const refused = async (run) => { try { return await run(), false; } catch { return true; } };
        const inline = document.createElement('script');
        return {
          text: await refused(() => { inline.textContent = 'window.broken = 1'; document.head.append(inline); }),
          html: await refused(() => { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); }),
          fetch: await refused(() => fetch('http://127.0.0.2:9/')),
          socket: await refused(() => new Promise((resolve, reject) => { const away = new WebSocket('ws://127.0.0.2:9/'); away.onopen = resolve; away.onerror = reject; })),
          broken: window.broken,
        };
      });
      assert.deepStrictEqual(tried, { text: true, html: true, fetch: true, socket: true, broken: undefined });
      const blocked = await page.evaluate(() => window.violations);
      assert(blocked.some((each) => each.startsWith('connect-src http://127.0.0.2:9')), `${blocked}`);
    },

    async 'files have a type and a tag, and who has one gets no second'() {
      for (const [path, type] of [['/', 'text/html'], ['/peregrine.js', 'text/javascript'], ['/theme.css', 'text/css'], ['/icon.svg', 'image/svg+xml']]) {
        const first = await fetch(origin + path);
        assert.strictEqual(first.status, 200);
        assert(first.headers.get('content-type').startsWith(type));
        assert((await first.text()).length > 100);
        const tag = first.headers.get('etag');
        for (const held of [tag, `"other", W/${tag}`]) {
          const second = await fetch(origin + path, { headers: { 'If-None-Match': held } });
          assert.strictEqual(second.status, 304, held);
          assert.strictEqual(second.headers.get('etag'), tag);
          assert.strictEqual(await second.text(), '');
        }
        assert.strictEqual((await fetch(origin + path, { headers: { 'If-None-Match': '"other"' } })).status, 200);
        const head = await fetch(origin + path, { method: 'HEAD' });
        assert.strictEqual(head.headers.get('etag'), tag);
        assert.strictEqual((await fetch(origin + path, { method: 'POST', body: 'x' })).status, 405);
      }
      assert.strictEqual((await fetch(`${origin}/nothing`)).status, 404);
    },

    async 'it can be switched off'() {
      const without = await serve(peregrine, { flags: ['--page', 'off'] });
      assert.doesNotMatch(await (await fetch(without.origin)).text(), /<script/);
      assert.strictEqual((await fetch(`${without.origin}/peregrine.js`)).status, 404);
      await without.stop();
    },
  });
  await server.stop('SIGINT');
});
