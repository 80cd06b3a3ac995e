// Figures as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const NOTHING = '–';

const orNothing = (print) => (value) => (value === null || value === undefined || Number.isNaN(value) ? NOTHING : print(value));

export const count = orNothing((value) => whole.format(value));
export const shortCount = orNothing((value) => short.format(value));
export const rate = orNothing((value) => (value > 0 && value < 10 ? value.toFixed(1) : whole.format(value)));
export const percent = orNothing((value) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`);

export const bytes = orNothing((value) => {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let step = 0;
  while (value >= 10240 && step < names.length - 1) {
    value /= 1024;
    ++step;
  }
  return `${step === 0 || value >= 100 ? whole.format(value) : value.toFixed(1)} ${names[step]}`;
});

// Of seconds.
export const duration = orNothing((value) => {
  if (value === 0) return '0';
  if (value < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${(value * 1e3).toFixed(value < 0.01 ? 1 : 0)} ms`;
  if (value < 120) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  if (value < 7200) return `${Math.round(value / 60)} min`;
  if (value < 172800) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86400)} days`;
});

// Of seconds since 1970.
const hours = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
export const clock = (time) => hours.format(time * 1000);

const CLOSES = {
  1000: 'normal',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no code',
  1006: 'broken off',
  1007: 'invalid data',
  1008: 'policy',
  1009: 'message too big',
  1010: 'extension missing',
  1011: 'internal error',
  1012: 'restart',
  1013: 'try again later',
};

export const closeName = (code) => (CLOSES[code] ? `${code} ${CLOSES[code]}` : `${code}`);
