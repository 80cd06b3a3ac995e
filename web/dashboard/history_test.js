// From a server's readings to rates, shares and quantiles. Run by: node --test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History, KEPT, compare, ledgerLines, quantile } from './history.js';
import * as units from './units.js';

const bounds = [1, 2, 4];

function reading(time, more = {}) {
  return {
    time,
    uptime_seconds: time,
    connections: { live: 0, opened: 0, by_protocol: [], closed: {}, refused: {}, slow_consumers: 0, ...more.connections },
    messages: { in: 0, ...more.messages },
    rooms: { delivered: 0, ...more.rooms },
    cpu_seconds: { user: 0, system: 0, ...more.cpu_seconds },
    lag_seconds: { bounds, counts: more.counts ?? [0, 0, 0, 0] },
    ledger: more.ledger ?? [],
    workers: more.workers ?? [],
  };
}

test('a quantile lies within its bucket, and beyond the last bound it is that bound', () => {
  assert.equal(quantile({ bounds, counts: [0, 0, 0, 0] }, 0.5), null);
  assert.equal(quantile({ bounds, counts: [10, 0, 0, 0] }, 0.5), 0.5);
  assert.equal(quantile({ bounds, counts: [0, 10, 0, 0] }, 0.5), 1.5);
  assert.equal(quantile({ bounds, counts: [5, 0, 5, 0] }, 0.5), 1);
  assert.equal(quantile({ bounds, counts: [5, 0, 5, 0] }, 0.75), 3);
  assert.equal(quantile({ bounds, counts: [1, 0, 0, 9] }, 0.99), 4);
});

test('rates are what came between two readings, over the seconds between them', () => {
  const now = compare(
    reading(10, { connections: { opened: 100, closed: { 1000: 5 } }, messages: { in: 7 }, rooms: { delivered: 50 }, cpu_seconds: { user: 1, system: 1 }, counts: [9, 0, 0, 0] }),
    reading(12, { connections: { opened: 500, closed: { 1000: 15, 1006: 10 }, slow_consumers: 4 }, messages: { in: 9 }, rooms: { delivered: 250 }, cpu_seconds: { user: 1.5, system: 1.5 }, counts: [9, 4, 0, 0] }),
  );
  assert.deepEqual([now.opened, now.closed, now.slow, now.said, now.delivered, now.cpu], [200, 10, 2, 1, 100, 0.5]);
  assert.equal(now.lagMiddle, 1.5); // of what was counted since, not of all
});

test('the first reading, and the first after a restart, have no rates', () => {
  for (const before of [null, reading(10, { connections: { opened: 10 } })]) {
    const stats = { ...reading(20, { connections: { opened: 3, live: 3 } }), uptime_seconds: 1 };
    const now = compare(before, stats);
    assert.deepEqual([now.opened, now.lagHigh, now.live], [null, null, 3]);
    assert.equal(now.isAfterGap, before !== null);
  }
});

test('bytes are divided among connections once there are enough of them', () => {
  const ledger = [{ name: 'connection', owner: 'peregrine', bytes: 20000 }, { name: 'sockets', owner: 'kernel', bytes: 40000 }];
  assert.equal(compare(null, reading(1, { connections: { live: 99 }, ledger })).bytes, null);
  const now = compare(null, reading(1, { connections: { live: 200 }, ledger }));
  assert.equal(now.bytes, 300);
  assert.deepEqual(now.bytesBy, { 'peregrine connection': 100, 'kernel sockets': 200 });
});

test('what the server does not tell is null', () => {
  const brief = (time) => {
    const { ledger, workers, lag_seconds: lag, cpu_seconds: cpu, ...rest } = reading(time, { connections: { live: 500, opened: time } });
    return rest;
  };
  const now = compare(brief(1), brief(2));
  assert.deepEqual([now.opened, now.bytes, now.lagMiddle, now.lagHigh, now.cpu, now.workers.size], [1, null, null, null, null, 0]);
});

test('a worker that was started anew begins anew', () => {
  const worker = (process, opened) => ({ number: 1, process, opened, cpu_seconds: 0, delivered: 0, messages_in: 0 });
  const after = (process) => compare(reading(1, { workers: [worker(7, 10)] }), reading(2, { workers: [worker(process, 30)] })).workers.get(1).opened;
  assert.equal(after(7), 20);
  assert.equal(after(8), null);
});

test('points are three seconds apart, and the oldest go', () => {
  const history = new History();
  for (let time = 0; time < 10; ++time) history.add(reading(time, { connections: { opened: time * 10 } }));
  assert.deepEqual(history.points.map(({ time }) => time), [0, 3, 6, 9]);
  assert.deepEqual(history.points.map(({ opened }) => opened), [null, 10, 10, 10]);
  for (let time = 10; time < 10 + 6 * KEPT; ++time) history.add(reading(time));
  assert.equal(history.points.length, KEPT);
});

test('where readings are missing, a line ends and begins anew', () => {
  const history = new History();
  for (const time of [0, 3, 6, 30, 33]) history.add(reading(time));
  assert.deepEqual(history.points.map(({ isAfterGap }) => isAfterGap), [false, false, false, true, false]);
});

test('the largest lines of the ledger stand alone, the rest of an owner together, owners in order', () => {
  const line = (owner, name, bytes) => ({ owner, name, bytes });
  const ledger = [line('kernel', 'a', 90), line('peregrine', 'b', 80), line('peregrine', 'c', 100), line('peregrine', 'd', 2), line('peregrine', 'e', 1),
    line('kernel', 'f', 3), line('library', 'g', 0)];
  assert.deepEqual(ledgerLines(ledger, 3).map(({ owner, name, keys }) => [owner, name, keys]), [
    ['peregrine', 'c', ['peregrine c']],
    ['peregrine', 'b', ['peregrine b']],
    ['peregrine', 'other peregrine', ['peregrine d', 'peregrine e']],
    ['kernel', 'a', ['kernel a']],
    ['kernel', 'other kernel', ['kernel f']],
  ]);
});

test('figures as people read them', () => {
  const { bytes, closeName, count, duration, percent, rate, shortCount } = units;
  assert.deepEqual([0, 999, 10239, 10240, 1048576, 5e9].map(bytes), ['0 B', '999 B', '10,239 B', '10.0 KiB', '1,024 KiB', '4,768 MiB']);
  assert.deepEqual([0, 0.00005, 0.0042, 0.05, 3, 65, 600, 9000, 4e5].map(duration), ['0', '50 µs', '4.2 ms', '50 ms', '3.0 s', '65 s', '10 min', '3 h', '5 days']);
  assert.deepEqual([0, 0.25, 12, 1234].map(rate), ['0', '0.3', '12', '1,234']);
  assert.deepEqual([0.004, 0.5].map(percent), ['0.4 %', '50 %']);
  assert.deepEqual([count(1234567), shortCount(1234567)], ['1,234,567', '1.2M']);
  assert.deepEqual([closeName(1001), closeName(4000)], ['1001 going away', '4000']);
  for (const print of [bytes, count, duration, percent, rate]) assert.equal(print(null), units.NOTHING);
});
