// What is said in a room, as a list that people see and screen readers read out. All of it comes from strangers: it becomes text
// and nothing else.

const KEPT = 500; // entries; older ones go
const SAME_BREATH = 5 * 60 * 1000; // milliseconds: who goes on within them is not named again
const NEAR = 80; // pixels from the end: whoever is there sees what comes
const COLOURS = 8;

export class Conversation {
  #log; // what is scrolled
  #entries;
  #newest;
  #empty;
  #last = null; // {user, isOwn, when} of the last entry that somebody said
  #unseen = 0;
  #unheard = new Map(); // id → {entry, sent}: our own, until the room has said it

  constructor(log, entries, newest, empty) {
    this.#log = log;
    this.#entries = entries;
    this.#newest = newest;
    this.#empty = empty;
    newest.addEventListener('click', () => {
      log.focus();
      this.#showEnd();
    });
    log.addEventListener('scroll', () => { if (this.#isAtEnd()) this.#seen(); }, { passive: true });
  }

  clear() {
    this.#entries.replaceChildren();
    this.#unheard.clear();
    this.#last = null;
    this.#empty.hidden = false;
    this.#seen();
  }

  // What we say, before the room has. `isSent`: a connection has taken it.
  weSay({ id, user, text }, isSent) {
    const entry = this.#said(user, text, { isOwn: true });
    this.#unheard.set(id, { entry, isSent });
    this.#fate(entry, 'sending', isSent ? 'Sending' : 'Waiting for the connection');
    this.#add(entry, true);
  }

  // What came from the room, whatever it is.
  heard(message) {
    const { id, user, text, error, command } = Object(message);
    const ours = typeof id === 'string' ? this.#unheard.get(id) : undefined;
    if (ours) {
      this.#unheard.delete(id);
      delete ours.entry.dataset.fate;
      ours.entry.querySelector('.fate')?.remove();
    } else if (typeof error === 'string') {
      this.notice(error, true);
    } else if (typeof user === 'string' && typeof text === 'string') {
      this.#add(this.#said(user, text, { isRaw: command !== undefined }), false);
    } else {
      this.#add(this.#said('someone', JSON.stringify(message), { isRaw: true }), false);
    }
  }

  // The connection is gone: what it had taken may have arrived, or not. What waits goes on waiting, unless this is the end.
  lost(isForGood) {
    for (const { entry, isSent } of this.#unheard.values()) {
      if (isSent) this.#fate(entry, 'unconfirmed', 'Perhaps not delivered');
      else if (isForGood) this.#fate(entry, 'unconfirmed', 'Not delivered');
    }
    if (isForGood) this.#unheard.clear();
  }

  // There is a connection, and it took what had waited.
  found() {
    for (const each of this.#unheard.values()) {
      if (each.isSent) continue;
      each.isSent = true;
      this.#fate(each.entry, 'sending', 'Sending');
    }
  }

  notice(text, isBad = false) {
    const entry = make('li', isBad ? 'notice bad' : 'notice', text);
    this.#last = null;
    this.#add(entry, false);
  }

  #said(user, text, { isOwn = false, isRaw = false }) {
    const when = new Date();
    const isFirst = !(this.#last && this.#last.user === user && this.#last.isOwn === isOwn && when - this.#last.when < SAME_BREATH);
    this.#last = { user, isOwn, when };
    const entry = make('li', `name-${colourOf(user)}`);
    entry.classList.toggle('own', isOwn);
    entry.classList.toggle('raw', isRaw);
    entry.classList.toggle('first', isFirst);
    if (isFirst) {
      const time = make('time', '', when.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }));
      time.dateTime = when.toISOString();
      const who = make('div', 'who');
      who.append(make('b', '', isOwn ? 'You' : user || 'nobody'), ' ', time);
      entry.append(who);
    } else {
      entry.append(make('span', 'unseen', `${isOwn ? 'You' : user}: `));
    }
    entry.append(make('div', 'text', text));
    return entry;
  }

  #fate(entry, fate, words) {
    entry.dataset.fate = fate;
    const line = entry.querySelector('.fate') ?? entry.appendChild(make('div', 'fate'));
    line.textContent = words;
  }

  #add(entry, isOwn) {
    const wasAtEnd = this.#isAtEnd();
    this.#empty.hidden = true;
    this.#entries.append(entry);
    while (this.#entries.childElementCount > KEPT) this.#entries.firstElementChild.remove();
    if (wasAtEnd || isOwn) {
      this.#showEnd();
    } else {
      ++this.#unseen;
      this.#newest.textContent = this.#unseen === 1 ? '1 new message' : `${this.#unseen} new messages`;
      this.#newest.hidden = false;
    }
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #showEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#seen();
  }

  #seen() {
    this.#unseen = 0;
    this.#newest.hidden = true;
  }
}

function make(name, classes = '', text = '') {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}

// The same for a name on every page.
function colourOf(user) {
  let hash = 0;
  for (const letter of user) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  return hash % COLOURS;
}
