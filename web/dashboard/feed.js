// The server's figures, once a second: over a WebSocket, and where that does not come about, by asking.
import { Client } from '/peregrine.js';

const EVERY = 1000; // milliseconds, of asking
const PATIENCE = 3; // WebSockets that failed while requests were answered, before asking instead
const SILENCE = 5000; // milliseconds without figures: what is shown is no longer live
const PROTOCOL = 'peregrine.feed';

// Events: 'stats' with what the server says; 'state' with {is, words}; 'denied' if a token is wanted, or another one.
export class Feed extends EventTarget {
  #token = '';
  #client = null;
  #timer = null;
  #silence = null;
  #isSilent = false;
  #run = 0; // which start this is: what was begun before it has no say any more

  start(token = '') {
    this.stop();
    this.#token = token;
    this.#say('warn', 'Connecting…');
    this.#begin();
  }

  stop() {
    ++this.#run;
    this.#client?.close();
    this.#client = null;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
  }

  async #begin() {
    const run = this.#run;
    const isThere = await this.#ask();
    if (run !== this.#run) return;
    if (isThere) this.#listen();
    else this.#timer = setTimeout(() => this.#begin(), 2 * EVERY);
  }

  // A browser can give a WebSocket no Authorization: the token is offered as a subprotocol, which the server never chooses.
  #listen() {
    const protocols = this.#token ? [PROTOCOL, `bearer.${base64url(this.#token)}`] : [PROTOCOL];
    const client = new Client('/feed', { protocols });
    let failures = 0;
    this.#client = client;
    client.addEventListener('open', () => {
      failures = 0;
      this.#say('good', 'Live');
    });
    client.addEventListener('message', ({ detail }) => this.#stats(detail));
    client.addEventListener('state', async ({ detail: { state, wait } }) => {
      if (this.#client !== client || (state !== 'waiting' && state !== 'closed')) return;
      this.#say('bad', state === 'waiting' ? `No connection; next try in ${Math.ceil(wait / 1000)} s` : 'No connection');
      // Why a handshake failed, a browser does not tell; a request does.
      const isThere = await this.#ask();
      if (this.#client !== client || !isThere || client.state === 'open') return;
      if (client.state === 'closed' || ++failures >= PATIENCE) {
        this.stop();
        this.#poll();
      }
    });
  }

  async #poll() {
    const run = this.#run;
    const isThere = await this.#ask();
    if (run !== this.#run) return;
    if (isThere) this.#say('good', 'Live, by polling');
    this.#timer = setTimeout(() => this.#poll(), EVERY);
  }

  // Whether the server has answered with its figures.
  async #ask() {
    const [run, token] = [this.#run, this.#token];
    let response = null;
    let stats = null;
    try {
      response = await fetch('/stats', { headers: token ? { Authorization: `Bearer ${raw(token)}` } : {}, cache: 'no-store' });
      if (response.ok) stats = await response.json();
    } catch { /* there is no server, or it went while it spoke */ }
    if (run !== this.#run) return false;
    if (stats) {
      this.#stats(stats);
      return true;
    }
    if (response?.status === 401 || response?.status === 403) {
      this.stop();
      this.#tell('denied', { isFirst: !token });
    } else {
      this.#say('bad', response ? `The server answers ${response.status}` : 'No connection');
    }
    return false;
  }

  #stats(stats) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#isSilent = true;
      this.#say('warn', 'Nothing new from the server');
    }, SILENCE);
    if (this.#isSilent) this.#say('good', this.#client ? 'Live' : 'Live, by polling');
    this.#isSilent = false;
    this.#tell('stats', stats);
  }

  #say(is, words) { this.#tell('state', { is, words }); }
  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}

// In UTF-8, a character for each byte: what a header field and btoa() take.
const raw = (text) => String.fromCharCode(...new TextEncoder().encode(text));

function base64url(text) {
  return btoa(raw(text)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
