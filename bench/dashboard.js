// Chromium for bench/dashboard, which gives its orders line by line: open, show, look. Each is answered by a line of JSON; the end of
// the orders is the end.    usage: dashboard.js URL
'use strict';

const readline = require('readline');
const { chromium } = require('playwright-core');

const FIGURES = ['live', 'opened', 'delivered', 'bytes', 'lag', 'cpu', 'slow'];

async function main() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-quic'] }); // no sandbox: it may run as root
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  const orders = {
    async open() { return {}; },
    async show() {
      await page.goto(process.argv[2]);
      await page.getByRole('status').filter({ hasText: /^Live$/ }).waitFor();
      return {};
    },
    look: () => page.evaluate((names) => ({
      state: document.getElementById('state')?.textContent,
      figures: Object.fromEntries(names.map((name) => [name, document.getElementById(`figure-${name}`)?.textContent])),
    }), FIGURES),
  };
  for await (const order of readline.createInterface({ input: process.stdin })) console.log(JSON.stringify(await orders[order]()));
  await browser.close();
}

main().catch((failure) => {
  console.error(failure.message);
  process.exitCode = 1;
}).finally(() => process.exit());
