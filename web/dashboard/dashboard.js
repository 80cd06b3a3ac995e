// The dashboard: what the server says of itself, once a second, in figures, plots and tables.
import { Feed } from '/feed.js';
import { FEWEST_TO_DIVIDE, History, ledgerLines } from '/history.js';
import { BarPlot, TimePlot, fill, make } from '/plots.js';
import { NOTHING, bytes, closeName, count, duration, percent, rate, shortCount } from '/units.js';

const LEDGER_LINES = 9;
const CROWDED = 0.8; // of a limit
const NO_LIMIT = 2 ** 53; // who sets one beyond it means none

const element = (id) => document.getElementById(id);
const history = new History();
let board = null; // once there is something to show

// Shades of an owner's colour, the largest line in the strongest.
function coloursOf(lines) {
  const used = {};
  return lines.map(({ owner }) => {
    used[owner] = (used[owner] ?? -1) + 1;
    return `${owner}-${used[owner] % 4}`;
  });
}

function makeBoard() {
  const figures = {};
  for (const [key, title] of [['live', 'Live connections'], ['opened', 'Opened per second'], ['delivered', 'Deliveries per second'],
    ['bytes', 'Bytes per connection'], ['lag', 'Loop lag, 99 of 100'], ['cpu', 'Of a core'], ['slow', 'Slow consumers']]) {
    figures[key] = make('dd', { id: `figure-${key}` }, NOTHING);
    element('figures').append(make('div', {}, make('dt', {}, title), figures[key]));
  }
  const time = (id, rest) => new TimePlot(element(id), history, rest);
  return {
    figures,
    live: time('live', { title: 'Connections', note: 'Live, by protocol.', isStacked: true, format: count, tick: shortCount, least: 10 }),
    plots: [
      time('rate', {
        title: 'Coming and going', note: 'Connections per second.', format: rate, tick: shortCount, least: 10,
        series: [{ label: 'Opened', colour: 'series-0', value: ({ opened }) => opened }, { label: 'Closed', colour: 'series-1', value: ({ closed }) => closed },
          { label: 'Refused', colour: 'series-3', value: ({ refused }) => refused }],
      }),
      time('lag', {
        title: 'Loop lag', note: 'How late the loop comes to what is due: half of the turns within one line, 99 of 100 within the other.', format: duration, least: 0.001,
        series: [{ label: 'Half', colour: 'series-0', value: ({ lagMiddle }) => lagMiddle }, { label: '99 of 100', colour: 'series-1', value: ({ lagHigh }) => lagHigh }],
      }),
      time('deliveries', {
        title: 'Messages', note: 'Per second: what members say, and what is handed to members.', format: rate, tick: shortCount, least: 10,
        series: [{ label: 'Said', colour: 'series-1', value: ({ said }) => said }, { label: 'Delivered', colour: 'series-0', value: ({ delivered }) => delivered }],
      }),
      time('slow', {
        title: 'Slow consumers', note: 'Closed per second, for what waited for them was over its limit.', format: rate, least: 1,
        series: [{ label: 'Closed', colour: 'series-3', value: ({ slow }) => slow }],
      }),
    ],
    bytes: time('bytes', {
      title: 'Bytes per connection',
      note: `Each line of the ledger over the live connections, from ${FEWEST_TO_DIVIDE} of them on: with fewer, what the process needs for itself would drown the rest. The kernel's lines are of the whole machine.`,
      isStacked: true, format: bytes, least: 1024,
    }),
    closes: new BarPlot(element('closes'), { title: 'Closes by code', note: 'Connections since the server began.', colour: 'series-0', format: count, tick: shortCount }),
  };
}

function showFigures(stats, now) {
  const { figures } = board;
  figures.live.textContent = count(now.live);
  figures.opened.textContent = rate(now.opened);
  figures.delivered.textContent = rate(now.delivered);
  figures.bytes.textContent = bytes(now.bytes);
  figures.lag.textContent = duration(now.lagHigh);
  figures.cpu.textContent = percent(now.cpu);
  figures.slow.textContent = count(stats.connections.slow_consumers);
  element('version').textContent = stats.version;
  element('server').textContent = `${stats.is_draining ? 'Draining' : stats.is_ready ? 'Ready' : 'Not ready'}, up ${duration(stats.uptime_seconds)}`;
}

function showPlots(stats) {
  board.live.use(Object.keys(history.points.at(-1).liveBy).map((label, i) => ({ label, colour: `series-${i}`, value: ({ liveBy }) => liveBy[label] ?? 0 })));
  const lines = ledgerLines(stats.ledger ?? [], LEDGER_LINES);
  const colours = coloursOf(lines);
  board.bytes.use(lines.map(({ owner, name, keys }, i) => ({
    label: owner === 'kernel' ? `Kernel: ${name}` : name,
    colour: colours[i],
    value: ({ bytes: all, bytesBy }) => (all === null ? null : keys.reduce((sum, key) => sum + (bytesBy[key] ?? 0), 0)),
  })));
  board.closes.use(Object.entries(stats.connections.closed).map(([code, closed]) => [closeName(code), closed]));
  for (const plot of [board.live, board.bytes, board.closes, ...board.plots]) plot.show();
}

const isLimit = (limit) => limit > 0 && limit < NO_LIMIT;

// "memory_bytes" is memory, in bytes.
function spellLimit({ name, used, limit }) {
  const print = name.endsWith('_bytes') ? bytes : count;
  const words = name.replace(/_bytes$/, '').replaceAll('_', ' ');
  return [words[0].toUpperCase() + words.slice(1), print(used), isLimit(limit) ? print(limit) : 'none', null];
}

function showLimits(limits) {
  fill(element('limits'), ['Limit', 'Used', 'Of', 'Share'], limits.map(spellLimit));
  limits.forEach(({ used, limit }, i) => {
    const cell = element('limits').tBodies[0].rows[i].cells[3];
    if (!isLimit(limit)) {
      cell.textContent = NOTHING;
      return;
    }
    if (cell.childElementCount === 0) {
      cell.replaceChildren(make('i', { className: 'bar', ariaHidden: 'true' }, make('i')), make('span', { className: 'share' }));
    }
    const [bar, text] = cell.children;
    const share = Math.min(1, used / limit);
    bar.firstElementChild.style.width = `${share * 100}%`;
    bar.classList.toggle('crowded', share >= CROWDED);
    text.textContent = percent(share);
  });
}

function showWorkers(workers, now) {
  element('workers-card').hidden = workers.length === 0;
  const titles = ['Worker', 'Process', 'Live', 'Opened', 'Opened /s', 'Said /s', 'Delivered /s', 'Of a core', 'Longest turn'];
  fill(element('workers'), titles, workers.map((worker) => {
    const rates = now.workers.get(worker.number);
    return [`${worker.number}`, `${worker.process}`, count(worker.live), count(worker.opened), rate(rates.opened), rate(rates.said), rate(rates.delivered),
      percent(rates.cpu), duration(worker.longest_turn_seconds)];
  }));
}

function show(stats) {
  element('ask').hidden = true;
  element('board').hidden = false;
  board ??= makeBoard();
  const { now, isKept } = history.add(stats);
  if (document.hidden) return;
  showFigures(stats, now);
  showLimits(stats.limits ?? []);
  showWorkers(stats.workers ?? [], now);
  if (isKept) showPlots(stats);
}

const feed = new Feed();
feed.addEventListener('stats', ({ detail }) => show(detail));
feed.addEventListener('state', ({ detail: { is, words } }) => {
  element('state').dataset.is = is;
  element('state').textContent = words;
});
feed.addEventListener('denied', ({ detail: { isFirst } }) => {
  element('board').hidden = true;
  element('ask').hidden = false;
  element('wrong').hidden = isFirst;
  element('state').dataset.is = 'bad';
  element('state').textContent = 'A token is needed';
  element('token').value = '';
  element('token').focus();
});
element('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  feed.start(element('token').value.trim());
});
feed.start();
