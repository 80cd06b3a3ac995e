// The dashboard, as an operator uses it.    usage: dashboard.js PEREGRINE
'use strict';

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { begin, fitsAcross, namesAll, serve, tryAll, unreadable, wasQuiet, watched } = require('./browser');

const peregrine = process.argv[2];
const TOKEN = 'a token / of more than enough + characters = ü'; // with what base64url spells otherwise
const PLOTS = ['Connections', 'Coming and going', 'Bytes per connection', 'Loop lag', 'Messages', 'Closes by code', 'Slow consumers'];

begin(async () => {
  const server = await serve(peregrine, { admin: 0 });
  const { admin } = server;

  async function show(browser, options, at = admin) {
    const page = await watched(browser, at, options);
    await page.goto(`${at}/`);
    return page;
  }

  const live = (page) => page.getByRole('status').filter({ hasText: /^Live$/ }).waitFor();
  const stats = async () => (await fetch(`${admin}/stats`)).json();
  const figure = (page, name, text) => page.waitForFunction(([id, wanted]) => document.getElementById(id).textContent === wanted, [`figure-${name}`, text]);

  // WebSockets of this process, in a room of their own.
  async function come(count) {
    const { WebSocket } = require('ws');
    const all = Array.from({ length: count }, () => new WebSocket(`ws://127.0.0.1:${server.port}/crowd`, { perMessageDeflate: false }));
    await Promise.all(all.map((each) => new Promise((resolve, reject) => { each.on('open', resolve); each.on('error', reject); })));
    return all;
  }

  const left = (each) => new Promise((resolve) => { each.on('close', resolve); each.close(1000); });

  await tryAll({
    async 'figures and plots are those of /stats, and follow it'(browser) {
      const page = await show(browser, { viewport: { width: 1280, height: 2600 } });
      await live(page);
      await figure(page, 'live', '0');
      const crowd = await come(123);
      await figure(page, 'live', '123');
      const told = await stats();
      assert.strictEqual(told.connections.live, 123);
      assert.strictEqual(await page.locator('#version').innerText(), told.version);
      await page.locator('#live .legend li').filter({ hasText: /^HTTP\/1\.1\s+123$/ }).waitFor();
      await page.getByRole('img', { name: /^Connections, now HTTP\/1\.1 123,/ }).waitFor();
      if (told.workers.length > 0) {
        assert.strictEqual(await page.locator('#workers tbody tr').count(), told.workers.length);
        assert.strictEqual(await page.locator('#workers tbody tr').first().locator('td').first().innerText(), `${told.workers[0].process}`);
      }
      assert.strictEqual(await page.locator('#limits tbody tr').count(), told.limits.length);
      await Promise.all(crowd.map(left));
      await figure(page, 'live', '0');
      const after = await stats();
      await page.getByRole('img', { name: new RegExp(`^Closes by code: .*1000 normal: ${after.connections.closed['1000']}`) }).waitFor();
      await wasQuiet(page);
    },

    async 'each plot is a table as well'(browser) {
      const page = await show(browser);
      await live(page);
      const crowd = await come(3);
      await figure(page, 'live', '3');
      for (const title of PLOTS) {
        await page.getByRole('heading', { level: 2, name: title, exact: true }).waitFor();
        const region = page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
        await region.locator('summary').focus();
        await page.keyboard.press('Enter');
        await region.getByRole('table', { name: title }).getByRole('columnheader').first().waitFor();
      }
      const newest = (text) => page.locator('#live tbody tr:first-child td').first().filter({ hasText: text }).waitFor();
      await newest(/^3$/);
      await Promise.all(crowd.map(left));
      await newest(/^0$/); // it goes on
      await namesAll(page);
      await wasQuiet(page);
    },

    async 'a server that was away is shown as such, and followed again'(browser) {
      const first = await serve(peregrine, { admin: 0 });
      const page = await show(browser, {}, first.admin);
      await live(page);
      await first.stop('SIGINT');
      await page.getByRole('status').filter({ hasText: 'No connection' }).waitFor();
      const anew = await serve(peregrine, { admin: Number(new URL(first.admin).port) });
      await live(page);
      await figure(page, 'live', '0');
      await wasQuiet(page);
      await anew.stop('SIGINT');
    },

    async 'where a token is asked for, the page asks for it, and takes no other'(browser) {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'peregrine-'));
      const file = path.join(folder, 'token');
      fs.writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
      const guarded = await serve(peregrine, { admin: 0, flags: ['--admin-token-file', file] });
      const page = await show(browser, {}, guarded.admin);
      const field = page.getByLabel('Token');
      await field.fill('not this one');
      assert.strictEqual(await field.getAttribute('type'), 'password');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').filter({ hasText: 'does not take' }).waitFor();
      await field.fill(TOKEN);
      await page.getByRole('button', { name: 'Show the figures' }).click();
      await live(page);
      await figure(page, 'live', '0');
      await field.waitFor({ state: 'hidden' });
      assert.deepStrictEqual(page.wrong.filter((each) => !/status of 401/.test(each)), []); // the browser tells of those
      await guarded.stop('SIGINT');
      fs.rmSync(folder, { recursive: true });
    },

    async 'a telephone shows all of it'(browser) {
      const page = await show(browser, { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true });
      await live(page);
      await fitsAcross(page);
      await wasQuiet(page);
    },

    async 'every text can be read, by day and by night, and plots change their colours'(browser) {
      for (const colorScheme of ['light', 'dark']) {
        const page = await show(browser, { colorScheme });
        await live(page);
        assert.deepStrictEqual(await unreadable(page), [], colorScheme);
        const swatch = () => page.evaluate(() => document.querySelector('.legend i').style.background);
        const before = await swatch();
        await page.emulateMedia({ colorScheme: colorScheme === 'light' ? 'dark' : 'light' });
        await page.waitForFunction((was) => document.querySelector('.legend i').style.background !== was, before);
        await wasQuiet(page);
      }
    },
  });
  await server.stop('SIGINT');
});
