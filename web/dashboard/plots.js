// Plots over time, each in a figure: heading, legend with the last values, canvas, and the same as a table for whoever does not
// see the canvas. Drawn by Chart.js, which the page has loaded before this.
import { clock } from '/units.js';

/* global Chart */

const SHORTEST = 60; // seconds that a plot shows at least; at most it shows all that is kept
const ROWS = 30; // of a table, the newest

export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };

// Fills a table with titles and rows of texts; the first of each row names it. What is the same stays as it is, for those who read
// or select it; null leaves a cell to the caller.
export function fill(table, titles, rows) {
  const body = table.tBodies[0];
  if (table.tHead.rows[0]?.cells.length !== titles.length) {
    table.tHead.replaceChildren(make('tr', {}, ...titles.map(() => make('th', { scope: 'col' }))));
    body.replaceChildren();
  }
  titles.forEach((title, i) => write(table.tHead.rows[0].cells[i], title));
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((values, i) => {
    const row = body.rows[i] ?? body.appendChild(make('tr', {}, make('th', { scope: 'row' }), ...titles.slice(1).map(() => make('td'))));
    values.forEach((value, column) => { if (value !== null) write(row.cells[column], value); });
  });
}

export function emptyTable(caption) {
  return make('table', {}, make('caption', { className: 'unseen' }, caption), make('thead'), make('tbody'));
}

const colours = () => {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
};

// What every plot has: only those in sight are drawn, in the colours of the day or the night, and a table that is made while it is open.
class Plot {
  #isInSight = true;
  #isStale = false;

  constructor(place, { title, note = '' }) {
    this.title = title;
    this.legend = make('ul', { className: 'legend' });
    this.canvas = make('canvas', { role: 'img' });
    this.table = emptyTable(title);
    this.details = make('details', {},
      make('summary', {}, 'Table', make('span', { className: 'unseen' }, ` of ${title}`)),
      make('div', { className: 'scroll', tabIndex: 0, role: 'region', ariaLabel: `${title}, table` }, this.table));
    place.append(make('h2', {}, title), make('p', { className: 'hint' }, note), this.legend, make('div', { className: 'canvas' }, this.canvas), this.details);
    this.details.addEventListener('toggle', () => this.fillTable());
    new IntersectionObserver(([entry]) => {
      this.#isInSight = entry.isIntersecting;
      if (this.#isInSight && this.#isStale) this.show();
    }).observe(this.canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.recolour(colours());
      this.chart.update('none');
    });
  }

  // To be called when there is something new.
  show() {
    if (this.details.open) this.fillTable();
    this.#isStale = !this.#isInSight;
    if (this.#isInSight) this.draw();
  }

  begin(configuration) {
    this.chart = new Chart(this.canvas, configuration);
    this.recolour(colours());
    this.chart.update('none');
  }

  recolour(colour) {
    const { scales, plugins } = this.chart.options;
    for (const scale of Object.values(scales)) {
      scale.ticks.color = colour('ink-soft');
      scale.grid.color = colour('line');
      scale.grid.borderColor = colour('line');
    }
    Object.assign(plugins.tooltip, {
      backgroundColor: colour('ink'), titleColor: colour('paper'), bodyColor: colour('paper'), footerColor: colour('paper'),
    });
  }
}

const font = { family: 'system-ui, "Noto Sans", "Liberation Sans", sans-serif', size: 12 };

// At full minutes, or parts of them.
function ticksOf(scale) {
  const span = scale.max - scale.min;
  const step = [15, 30, 60].find((each) => span / each <= 6) ?? 120;
  scale.ticks = [];
  for (let time = Math.ceil(scale.min / step) * step; time <= scale.max; time += step) scale.ticks.push({ value: time });
}

function configuration(type, { scales, tooltip, ...options }) {
  return {
    type,
    data: { datasets: [] },
    options: {
      animation: false,
      normalized: true,
      ...options,
      maintainAspectRatio: false,
      events: ['mousemove', 'mouseout', 'touchstart'],
      interaction: { mode: 'index', intersect: false },
      font,
      layout: { padding: { top: 6 } },
      plugins: { legend: { display: false }, tooltip: { animation: false, boxPadding: 4, padding: 10, titleFont: font, bodyFont: font, ...tooltip } },
      scales,
    },
  };
}

// Lines over the last minutes. `series`: [{label, colour, value: point → number | null}], for the plot's whole life or, where
// `seriesOf` gives them anew, until they change. `isStacked`: areas one upon the other.
export class TimePlot extends Plot {
  #history;
  #series = [];
  #key = '';

  // `least`: what the value's axis reaches at least, so that nothing much does not look like much.
  constructor(place, history, { series, format, tick = format, least, isStacked = false, ...rest }) {
    super(place, rest);
    this.#history = history;
    this.format = format;
    this.isStacked = isStacked;
    this.begin(configuration('line', {
      parsing: false,
      scales: {
        x: {
          type: 'linear',
          grid: { display: false },
          afterBuildTicks: ticksOf,
          ticks: { maxRotation: 0, autoSkip: false, font, callback: (time) => (time % 60 === 0 ? clock(time).slice(0, 5) : clock(time)) },
        },
        y: { beginAtZero: true, position: 'right', suggestedMax: least, grid: { drawBorder: false }, ticks: { maxTicksLimit: 5, font, callback: tick } },
      },
      tooltip: {
        itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
        filter: ({ parsed }) => parsed.y !== null,
        callbacks: {
          title: ([item]) => (item ? clock(item.parsed.x) : ''),
          label: ({ dataset, raw }) => `${dataset.label}: ${format(raw.own)}`,
          ...(isStacked ? { footer: (items) => `Together: ${format(Math.max(...items.map(({ parsed }) => parsed.y)))}` } : {}),
        },
      },
    }));
    if (series) this.use(series);
  }

  // Other lines from here on; the same ones cost nothing.
  use(series) {
    const key = series.map(({ label }) => label).join('\n');
    if (key === this.#key) return;
    this.#key = key;
    this.#series = series;
    this.readings = series.map(() => make('b'));
    this.legend.replaceChildren(...series.map(({ label }, i) => make('li', {}, make('i', { ariaHidden: 'true' }), `${label} `, this.readings[i])));
    this.chart.data.datasets = series.map(({ label }, i) => ({
      label,
      data: [],
      borderWidth: this.isStacked ? 1 : 1.75,
      borderJoinStyle: 'round',
      pointRadius: 0,
      pointHitRadius: 0,
      fill: this.isStacked ? (i === 0 ? 'origin' : '-1') : false,
    }));
    this.recolour(colours());
  }

  recolour(colour) {
    super.recolour(colour);
    this.#series.forEach((each, i) => {
      const own = colour(each.colour);
      this.chart.data.datasets[i].borderColor = this.isStacked ? colour('surface') : own;
      this.chart.data.datasets[i].backgroundColor = own;
      this.legend.children[i].firstElementChild.style.background = own;
    });
  }

  draw() {
    const points = this.#history.points;
    // Heights are summed here: Chart.js can stack by itself, and takes as long for that as for all the rest.
    const below = new Float64Array(points.length);
    this.chart.data.datasets.forEach((dataset, i) => {
      const { value } = this.#series[i];
      const data = [];
      points.forEach((point, at) => {
        const own = value(point);
        if (this.isStacked) below[at] += own;
        if (point.isAfterGap) data.push({ x: point.time, y: null });
        data.push({ x: point.time, y: own !== null && this.isStacked ? below[at] : own, own });
      });
      dataset.data = data;
      this.readings[i].textContent = this.format(value(points.at(-1)));
    });
    const end = points.at(-1).time;
    Object.assign(this.chart.options.scales.x, { min: Math.min(points[0].time, end - SHORTEST), max: end });
    this.canvas.setAttribute('aria-label', `${this.title}, now ${this.#series.map(({ label }, i) => `${label} ${this.readings[i].textContent}`).join(', ')}`);
    this.chart.update('none');
  }

  fillTable() {
    const rows = this.#history.points.slice(-ROWS).reverse().map((point) => [clock(point.time), ...this.#series.map(({ value }) => this.format(value(point)))]);
    fill(this.table, ['Time', ...this.#series.map(({ label }) => label)], rows);
  }
}

// A bar for each of what is counted by name.
export class BarPlot extends Plot {
  #bars = [];

  constructor(place, { colour, format, tick, ...rest }) {
    super(place, rest);
    this.colour = colour;
    this.format = format;
    this.begin(configuration('bar', {
      indexAxis: 'y',
      scales: {
        x: { beginAtZero: true, suggestedMax: 1, grid: { drawBorder: false }, ticks: { maxTicksLimit: 5, maxRotation: 0, precision: 0, font, callback: tick } },
        y: { type: 'category', grid: { display: false }, ticks: { font, autoSkip: false } },
      },
      tooltip: { callbacks: { label: ({ parsed }) => format(parsed.x) } },
    }));
    this.chart.data.datasets = [{ data: [], maxBarThickness: 18, borderRadius: 4 }];
    this.recolour(colours());
  }

  recolour(colour) {
    super.recolour(colour);
    if (this.chart.data.datasets.length > 0) this.chart.data.datasets[0].backgroundColor = colour(this.colour);
  }

  // [[name, count]…]
  use(bars) { this.#bars = bars; }

  draw() {
    this.chart.data.labels = this.#bars.map(([name]) => name);
    this.chart.data.datasets[0].data = this.#bars.map(([, value]) => value);
    this.canvas.setAttribute('aria-label', `${this.title}: ${this.#bars.map(([name, value]) => `${name}: ${this.format(value)}`).join(', ') || 'none'}`);
    this.chart.update('none');
  }

  fillTable() { fill(this.table, ['Code', 'Connections'], this.#bars.map(([name, value]) => [name, this.format(value)])); }
}
