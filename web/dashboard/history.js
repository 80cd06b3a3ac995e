// From what a server says of itself, once a second, to what a plot shows: rates, shares and quantiles between one reading and the
// next. Nothing here knows of a page.

const PROTOCOLS = { http1: 'HTTP/1.1', http2: 'HTTP/2' };
const GAP = 5; // seconds without a reading: a line ends before them and begins anew after them

const STEP = 2.8; // seconds: every third reading, though one may come a little early
export const KEPT = 100; // points: five minutes

// With fewer connections, what the process needs for itself would drown what each of them costs.
export const FEWEST_TO_DIVIDE = 100;

// The value that a share `part` of what a histogram counted lies below, within its bucket as if spread evenly; null if it counted
// nothing. What lies beyond the last bound is told as that bound.
export function quantile({ bounds, counts }, part) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const wanted = all * part;
  let before = 0;
  for (let i = 0; i < bounds.length; ++i) {
    if (counts[i] > 0 && before + counts[i] >= wanted) {
      const low = i === 0 ? 0 : bounds[i - 1];
      return low + (bounds[i] - low) * ((wanted - before) / counts[i]);
    }
    before += counts[i];
  }
  return bounds.at(-1);
}

export const sumOf = (counts) => Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);

const nameOf = ({ protocol, tls }) => `${PROTOCOLS[protocol] ?? protocol}${tls ? ', TLS' : ''}`;

// Of two histograms of one kind, what the later one counted since the earlier.
const since = (earlier, later) => ({ bounds: later.bounds, counts: later.counts.map((count, i) => count - (earlier.counts[i] ?? 0)) });

// What a server did between two readings, and how it stood at the later one. Rates are null without an earlier one, or if it has
// restarted since; what the server does not tell is null as well.
export function compare(earlier, stats) {
  const before = earlier && stats.uptime_seconds >= earlier.uptime_seconds ? earlier : null;
  const seconds = before ? stats.time - before.time : 0;
  const perSecond = (read) => (seconds > 0 ? Math.max(0, read(stats) - read(before)) / seconds : null);
  const lag = seconds > 0 && before.lag_seconds && stats.lag_seconds ? since(before.lag_seconds, stats.lag_seconds) : null;
  const { live } = stats.connections;
  const ledger = live >= FEWEST_TO_DIVIDE ? stats.ledger ?? [] : [];
  return {
    time: stats.time,
    isAfterGap: Boolean(earlier) && (seconds <= 0 || seconds > GAP),
    live,
    liveBy: Object.fromEntries(stats.connections.by_protocol.map((each) => [nameOf(each), each.live])),
    opened: perSecond((each) => each.connections.opened),
    closed: perSecond((each) => sumOf(each.connections.closed)),
    slow: perSecond((each) => each.connections.slow_consumers),
    refused: perSecond((each) => sumOf(each.connections.refused)),
    said: perSecond((each) => each.messages.in),
    delivered: perSecond((each) => each.rooms.delivered),
    cpu: stats.cpu_seconds ? perSecond((each) => each.cpu_seconds.user + each.cpu_seconds.system) : null,
    lagMiddle: lag && quantile(lag, 0.5),
    lagHigh: lag && quantile(lag, 0.99),
    bytes: ledger.length > 0 ? ledger.reduce((sum, { bytes }) => sum + bytes, 0) / live : null,
    bytesBy: Object.fromEntries(ledger.map(({ name, owner, bytes }) => [`${owner} ${name}`, bytes / live])),
    workers: new Map((stats.workers ?? []).map((worker) => [worker.number, workerRates(worker, before, seconds)])),
  };
}

// Null for one that has been started anew, whose figures begin anew too.
function workerRates(worker, before, seconds) {
  const earlier = before?.workers?.find(({ number, process }) => number === worker.number && process === worker.process);
  const perSecond = (name) => (earlier && name in worker && seconds > 0 ? Math.max(0, worker[name] - earlier[name]) / seconds : null);
  return { cpu: perSecond('cpu_seconds'), delivered: perSecond('delivered'), said: perSecond('messages_in'), opened: perSecond('opened') };
}

// The last minutes, in points of some seconds each: a plot draws all of them anew for each that comes.
export class History {
  points = [];
  #last = null;
  #kept = null;

  // Takes a reading. Gives what it is against the one before it, and whether there is a new point.
  add(stats) {
    const now = compare(this.#last, stats);
    const isKept = !this.#kept || now.isAfterGap || stats.time - this.#kept.time >= STEP;
    if (isKept) {
      this.points.push({ ...compare(this.#kept, stats), isAfterGap: now.isAfterGap });
      if (this.points.length > KEPT) this.points.shift();
      this.#kept = stats;
    }
    this.#last = stats;
    return { now, isKept };
  }
}

// The lines of the ledger worth a colour of their own, at most `most`, the largest of each owner first, owners in the order in
// which they are named; the rest of an owner is one line.
export function ledgerLines(ledger, most) {
  const owners = ['peregrine', 'library', 'allocator', 'kernel'];
  const bySize = [...ledger].filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  const chosen = bySize.slice(0, most).map(({ name, owner }) => ({ owner, name, keys: [`${owner} ${name}`] }));
  for (const { name, owner } of bySize.slice(most)) {
    let rest = chosen.find((line) => line.owner === owner && line.isRest);
    if (!rest) chosen.push(rest = { owner, name: `other ${owner}`, keys: [], isRest: true });
    rest.keys.push(`${owner} ${name}`);
  }
  const rank = ({ owner }) => (owners.includes(owner) ? owners.indexOf(owner) : owners.length);
  return chosen.map((line, i) => [line, i]).sort(([a, i], [b, j]) => rank(a) - rank(b) || i - j).map(([line]) => line);
}
