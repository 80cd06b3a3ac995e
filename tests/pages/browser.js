// What the tests of the pages share: our server, Chromium, a page that is watched for what it must not do, and contrast.
'use strict';

const assert = require('assert');
const { spawn } = require('child_process');
const { chromium } = require('playwright-core');

const DEADLINE = 60000; // milliseconds for one case
const PATIENCE = 20000; // for one thing on a page
const READABLE = 4.5; // WCAG 2.1, 1.4.3

// `peregrine serve` in the clear, and its administration if there is to be a port for it. Gives {port, origin, admin, stop}: stop
// ends it with a signal and waits.
async function serve(peregrine, { port = 0, admin, flags = [] } = {}) {
  const office = admin === undefined ? 'off' : `http://127.0.0.1:${admin}`;
  const words = ['serve', '--bind', `http://127.0.0.1:${port}`, '--admin', office, '--ready-fd', '3', ...flags];
  const server = spawn(peregrine, words, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let log = '';
  server.stderr.on('data', (piece) => { log += piece; });
  const ended = new Promise((resolve) => { server.on('exit', resolve); });
  let ready = '';
  for await (const piece of server.stdio[3]) ready += piece;
  assert(ready, `the server does not start: ${log}`);
  const [ours, theirs] = ready.split('\n').map(Number);
  return {
    port: ours,
    origin: `http://127.0.0.1:${ours}`,
    admin: `http://127.0.0.1:${theirs}`,
    async stop(signal = 'SIGTERM') {
      server.kill(signal);
      return ended;
    },
  };
}

// A page that must stay at its origin, break no rule of its policy, and complain of nothing. A network that is gone is the
// browser's to complain of, and expected where a server stops.
async function watched(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.wrong = [];
  page.on('console', (said) => {
    if (said.type() === 'error' && !/ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection to/.test(said.text())) page.wrong.push(`console: ${said.text()}`);
  });
  page.on('pageerror', (failure) => page.wrong.push(`error: ${failure.message}`));
  page.on('request', (request) => { if (new URL(request.url()).origin !== origin) page.wrong.push(`request to ${request.url()}`); });
  page.on('websocket', (socket) => { if (new URL(socket.url()).host !== new URL(origin).host) page.wrong.push(`WebSocket to ${socket.url()}`); });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}

async function wasQuiet(page) {
  assert.deepStrictEqual(page.wrong, []);
  assert.deepStrictEqual(await page.evaluate(() => window.violations), []);
}

// Every text that can be seen, against what lies behind it: [text, contrast] of those that can't be read.
function unreadable(page) {
  return page.evaluate((enough) => {
    const parse = (text) => {
      const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
      return [r, g, b, a];
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((each, i) => each * a + below[i] * (1 - a));
    const light = (colour) => colour.map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
      .reduce((sum, each, i) => sum + each * [0.2126, 0.7152, 0.0722][i], 0);
    const contrast = (one, other) => {
      const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
      return (high + 0.05) / (low + 0.05);
    };
    const chain = (element) => (element ? [...chain(element.parentElement), element] : []);
    const found = [];
    let seen = 0;
    for (const element of document.body.querySelectorAll('*')) {
      const field = element.matches('input, textarea');
      const own = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data).join('').trim();
      const text = field ? element.value || element.placeholder : own;
      if (!text || !element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || element.closest('.unseen, noscript')) continue;
      ++seen;
      let ground = [255, 255, 255];
      let opacity = 1;
      for (const each of chain(element)) {
        const style = getComputedStyle(each);
        ground = over(parse(style.backgroundColor), ground);
        opacity *= Number(style.opacity);
      }
      const ink = parse(getComputedStyle(element, field && !element.value ? '::placeholder' : null).color);
      const ratio = contrast(over([...ink.slice(0, 3), ink[3] * opacity], ground), ground);
      if (ratio < enough) found.push([text.slice(0, 40), Number(ratio.toFixed(2))]);
    }
    if (seen === 0) found.push(['nothing can be seen', 0]);
    return found;
  }, READABLE);
}

// What can be focused has a name, as a screen reader would say it.
async function namesAll(page) {
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, textarea, a[href], summary, [tabindex="0"], canvas, img')]
    .filter((element) => element.checkVisibility())
    .filter((element) => !(element.ariaLabel || element.getAttribute('aria-labelledby') || element.labels?.length || element.textContent.trim()
      || (element.tagName === 'IMG' && element.hasAttribute('alt'))))
    .map((element) => element.outerHTML.slice(0, 80)));
  assert.deepStrictEqual(nameless, []);
  const doubled = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i));
  assert.deepStrictEqual(doubled, []);
  assert.strictEqual(await page.evaluate(() => document.documentElement.lang), 'en');
}

// Nothing reaches beyond the sides of the window.
async function fitsAcross(page) {
  const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert(wanted <= there, `${wanted} pixels across in a window of ${there}`);
}

async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${milliseconds / 1000} s`)), milliseconds); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Runs `cases`, {name: async (browser) => …}, and ends the process.
async function tryAll(cases) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-quic'] }); // no sandbox: tests may run as root
  let failures = 0;
  for (const [name, exchange] of Object.entries(cases)) {
    try {
      await within(DEADLINE, exchange(browser));
      console.log('  ok     ', name);
    } catch (failure) {
      ++failures;
      console.log('  FAILED ', `${name}: ${failure.message.split('\n').slice(0, 14).join(' ').slice(0, 600)}`);
    }
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
  await browser.close();
  process.exitCode = failures === 0 ? 0 : 1;
}

function begin(main) {
  main().catch((failure) => {
    console.log('  FAILED ', failure.message.slice(0, 600));
    process.exitCode = 1;
  }).finally(() => process.exit());
}

module.exports = { begin, fitsAcross, namesAll, serve, tryAll, unreadable, wasQuiet, watched };
