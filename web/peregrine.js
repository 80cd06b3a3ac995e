// peregrine.js: stay in a room of a WebSocket server from a web page. One file, an ES module, no dependencies.
//
//   import { Client } from './peregrine.js';
//
//   const room = new Client('/lobby');                      // or wss://chat.example.org/lobby
//   room.addEventListener('message', ({ detail }) => console.log(detail.user, detail.text));
//   room.addEventListener('state', ({ detail }) => console.log(detail.state));
//   room.send({ user: 'ada', text: 'hello' });
//
// Messages are JSON, in and out. While there is no connection, what is sent waits, up to a limit, and leaves in order once there
// is one. A lost connection is opened again after a wait that doubles with each failure, up to a cap, and is spread at random, so
// that a thousand pages that lost one server do not come back at once. The server's close code decides (RFC 6455 §7.4):
//
//   1012, 1013                  it restarts, or has too much to do: come back when its reason says, as in "come back in 2.5s"
//   1001, 1006, 1011, 1014      it went away, or the network did: come back after the wait
//   1000, 1005                  it ended the conversation: stay away
//   all others                  something about us was wrong (1008: too slow, 1009: too long a message, 4000 and up: its own
//                               reasons): the same again would end the same, so stay away, and say why in an 'error'
//
// Events:
//   open      {url}                        a connection is there, and what had waited is on its way
//   message   what was parsed              one message
//   error     {message, code}              for people: what was wrong, and what follows; `code` is the close code, if it was one
//   state     {state, code, reason, wait}  `state` has changed; `wait`: milliseconds until the next try, if that is what it waits for
//
// States:
//
//   connecting ──> open ──> closed        close(), or a code that is final; reconnect() begins anew
//     ^    │        │
//     │    v        v
//     └── waiting <─┘                     the connection was lost, or did not come about
//
// What a connection had taken when it broke may have been delivered or not: nothing is sent twice.

const FIRST_WAIT = 1000; // milliseconds: the first wait is half of it to all of it
const LONGEST_WAIT = 30000;
const LONGEST_HINT = 3600000; // a server that asks for more is not believed
const STEADY = 10000; // a connection that held for so long has succeeded: the waits begin anew
const OPENING_DEADLINE = 20000;
const MOST_UNSENT = 256 * 1024; // characters

const COMES_BACK = new Set([1001, 1006, 1011, 1012, 1013, 1014]);
const IS_OVER = new Set([1000, 1005]);

export class Client extends EventTarget {
  #environment;
  #mostUnsent;
  #protocols;
  #socket = null;
  #timer = null;
  #opened = 0; // when
  #reached = FIRST_WAIT;
  #unsent = [];
  #unsentSize = 0;
  #watch = null; // aborted, its listeners are gone

  // `url`: ws:, wss:, http: or https:, or relative to the page.
  // Options: protocols    the subprotocols to offer, as for a WebSocket; a function is asked anew for each connection
  //          mostUnsent   how many characters may wait to be sent (262144)
  //          environment  {WebSocket, setTimeout, clearTimeout, now, random, window, page}: what stands in for a browser's in a test
  constructor(url, { protocols = [], mostUnsent = MOST_UNSENT, environment = {} } = {}) {
    super();
    this.url = socketUrl(url);
    this.state = 'connecting';
    this.#protocols = typeof protocols === 'function' ? protocols : () => protocols;
    this.#mostUnsent = mostUnsent;
    this.#environment = {
      page: globalThis.document,
      window: globalThis,
      WebSocket: globalThis.WebSocket,
      setTimeout: (...all) => globalThis.setTimeout(...all),
      clearTimeout: (timer) => globalThis.clearTimeout(timer),
      now: () => performance.now(),
      random: Math.random,
      ...environment,
    };
    this.#connect();
  }

  // How many characters wait: for a connection, or for the network to take them.
  get unsent() { return this.#unsentSize + (this.#socket?.bufferedAmount ?? 0); }

  // Sends what JSON.stringify makes of it, now or once there is a connection. False, and then it is not kept, if too much waits
  // already or the conversation is over.
  send(value) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError('what is sent has to be something that JSON can hold');
    if (this.state === 'closed' || this.unsent + text.length > this.#mostUnsent) return false;
    if (this.state === 'open') {
      this.#socket.send(text);
    } else {
      this.#unsent.push(text);
      this.#unsentSize += text.length;
    }
    return true;
  }

  // Tries now, whatever it was waiting for. Nothing, if there is a connection or one on its way.
  reconnect() {
    if (this.state === 'connecting' || this.state === 'open') return;
    this.#connect();
  }

  // Ends the conversation; what waits is dropped. `code` is 1000, or 3000 to 4999; where the WebSocket refuses it, or the reason,
  // this throws as that does, and all is as before.
  close(code = 1000, reason = '') {
    if (this.state === 'closed') return;
    this.#socket?.close(code, reason);
    this.#letGo();
    this.#finish(code, reason);
  }

  #connect() {
    this.#stopTimer();
    const socket = new this.#environment.WebSocket(this.url, this.#protocols());
    this.#socket = socket;
    this.#change('connecting');
    // Each listener is of one socket's: what a socket that was let go still says is not heard.
    const of = (listener) => (event) => { if (this.#socket === socket) listener(event); };
    socket.addEventListener('open', of(() => this.#onOpen()));
    socket.addEventListener('message', of(({ data }) => this.#onMessage(data)));
    socket.addEventListener('close', of(({ code, reason }) => this.#onClose(code, reason)));
    this.#timer = this.#environment.setTimeout(() => {
      this.#letGo().close();
      this.#onClose(1006, 'the server did not answer');
    }, OPENING_DEADLINE);
  }

  #onOpen() {
    this.#stopTimer();
    this.#opened = this.#environment.now();
    for (const text of this.#unsent) this.#socket.send(text);
    this.#drop();
    this.#change('open');
    this.#tell('open', { url: this.url });
  }

  #onMessage(data) {
    let value;
    try {
      if (typeof data !== 'string') throw new Error('it is binary');
      value = JSON.parse(data);
    } catch (failure) {
      this.#fail(`A message that is no JSON was passed over: ${failure.message}`);
      return;
    }
    this.#tell('message', value);
  }

  #onClose(code, reason) {
    this.#stopTimer();
    const wasOpen = this.state === 'open';
    this.#socket = null;
    if (!COMES_BACK.has(code)) {
      if (!IS_OVER.has(code)) this.#fail(`The server closed the connection with ${code}${reason ? `: ${reason}` : ''}`, code);
      this.#finish(code, reason);
      return;
    }
    if (wasOpen && this.#environment.now() - this.#opened >= STEADY) this.#reached = FIRST_WAIT;
    const asked = code === 1012 || code === 1013 ? askedWait(reason) : null;
    const wait = asked ?? this.#nextWait();
    this.#timer = this.#environment.setTimeout(() => this.#connect(), wait);
    if (asked === null) this.#watchForWaking();
    this.#change('waiting', { code, reason, wait });
  }

  // A telephone that wakes, or finds its network again, need not wait to the end.
  #watchForWaking() {
    const { window, page } = this.#environment;
    const tryNow = () => { if (!page?.hidden) this.reconnect(); };
    this.#watch = new AbortController();
    window.addEventListener?.('online', tryNow, { signal: this.#watch.signal });
    page?.addEventListener('visibilitychange', tryNow, { signal: this.#watch.signal });
  }

  #nextWait() {
    const half = this.#reached / 2;
    this.#reached = Math.min(this.#reached * 2, LONGEST_WAIT);
    return half + half * this.#environment.random();
  }

  #finish(code, reason) {
    this.#drop();
    this.#change('closed', { code, reason });
  }

  #letGo() {
    const socket = this.#socket;
    this.#socket = null;
    this.#stopTimer();
    return socket;
  }

  #drop() {
    this.#unsent = [];
    this.#unsentSize = 0;
  }

  #stopTimer() {
    this.#environment.clearTimeout(this.#timer);
    this.#timer = null;
    this.#watch?.abort();
  }

  #change(state, more = {}) {
    this.state = state;
    this.#tell('state', { state, ...more });
  }

  #fail(message, code) { this.#tell('error', { message, code }); }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}

// The wait in milliseconds that a close reason asks for, "come back in 2.5s"; null if it asks for none.
export function askedWait(reason) {
  const found = /\bcome back in (\d+(?:\.\d+)?)s\b/.exec(reason);
  return found ? Math.min(Number(found[1]) * 1000, LONGEST_HINT) : null;
}

function socketUrl(url) {
  const made = new URL(url, globalThis.location?.href);
  made.protocol = made.protocol.replace(/^http/, 'ws');
  made.hash = '';
  return made.href;
}
