// The chat page: a door at which one says a name and a room, and the room. The room stands in the URL, as in "#/lobby", so that a
// link leads there; the slash keeps it from being the name of an element, which a browser would go to.
import { Client } from '/peregrine.js';
import { Conversation } from '/conversation.js';

const element = (id) => document.getElementById(id);
const NAME_KEPT = 'peregrine.name';
const FIRST_ROOM = 'lobby';

const conversation = new Conversation(element('log'), element('entries'), element('newest'), element('empty'));
let client = null;
let name = '';
let room = '';
let missed = 0; // messages while nobody looked

function roomInUrl() {
  try {
    return roomFrom(decodeURIComponent(location.hash.slice(1)));
  } catch { // no such thing as "%zz"
    return '';
  }
}

// As people write it: "#tea", "/tea" and "tea" are one room.
function roomFrom(text) { return text.trim().replace(/^[#/]+/, ''); }

const urlOf = (wanted) => `#/${encodeURI(wanted)}`;

// A browser may keep nothing for this page.
function keepName() { try { localStorage.setItem(NAME_KEPT, name); } catch { /* then it is asked for again */ } }
function keptName() { try { return localStorage.getItem(NAME_KEPT) ?? ''; } catch { return ''; } }

function showDoor() {
  client?.close();
  client = null;
  element('room').hidden = true;
  element('door').hidden = false;
  element('name').value = name || keptName();
  element('room-name').value = roomInUrl() || FIRST_ROOM;
  document.title = 'Peregrine chat';
  (element('name').value ? element('room-name') : element('name')).focus();
}

function enter(wanted) {
  client?.close();
  room = wanted;
  missed = 0;
  conversation.clear();
  element('door').hidden = true;
  element('room').hidden = false;
  element('title').textContent = `# ${room}`;
  tellTitle();
  client = new Client(`/${room.split('/').map(encodeURIComponent).join('/')}`);
  const own = client; // of a room that was left nothing is heard any more
  const on = (event, listener) => own.addEventListener(event, ({ detail }) => { if (client === own) listener(detail); });
  on('open', () => conversation.found());
  on('message', (message) => {
    conversation.heard(message);
    if (document.hidden) ++missed;
    tellTitle();
  });
  on('error', ({ message }) => conversation.notice(message, true));
  on('state', showState);
  showState({ state: client.state });
  element('text').focus();
}

function showState({ state, code, reason, wait }) {
  if (state === 'waiting' || state === 'closed') conversation.lost(state === 'closed');
  const [is, words] = {
    connecting: ['warn', 'Connecting…'],
    open: ['good', 'Connected'],
    waiting: ['warn', `${code === 1012 ? 'The server restarts' : 'No connection'}; next try in ${Math.ceil(wait / 1000)} s`],
    closed: ['bad', reason ? `Closed: ${reason}` : 'Closed by the server'],
  }[state];
  element('state').dataset.is = is;
  element('state').textContent = words;
  const wasAgain = document.activeElement === element('again');
  element('again').textContent = state === 'closed' ? 'Come back' : 'Try now';
  element('again').hidden = state !== 'waiting' && state !== 'closed';
  if (wasAgain && element('again').hidden) element('text').focus();
}

function tellTitle() { document.title = `${missed ? `(${missed}) ` : ''}# ${room}`; }

// Not crypto.randomUUID, which a page without TLS does not have.
function newId() { return Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join(''); }

element('join').addEventListener('submit', (event) => {
  event.preventDefault();
  name = element('name').value.trim();
  const wanted = roomFrom(element('room-name').value);
  if (!name) return element('name').focus();
  if (!wanted) return element('room-name').focus();
  keepName();
  history.replaceState(null, '', urlOf(wanted));
  enter(wanted);
});

element('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = element('text').value.trim();
  if (!text) return;
  const said = { user: name, text, id: newId() };
  if (!client.send(said)) {
    conversation.notice(client.state === 'closed' ? 'Not sent: the conversation is closed.' : 'Not sent: too much waits for the connection already.', true);
    return;
  }
  conversation.weSay(said, client.state === 'open');
  element('text').value = '';
  element('text').focus();
});

element('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  element('say').requestSubmit();
});

element('again').addEventListener('click', () => client.reconnect());
element('leave').addEventListener('click', showDoor);

addEventListener('hashchange', () => {
  const wanted = roomInUrl();
  if (!client) element('room-name').value = wanted || FIRST_ROOM;
  else if (wanted && wanted !== room) enter(wanted);
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden || !client) return;
  missed = 0;
  tellTitle();
});

if (roomInUrl()) history.replaceState(null, '', urlOf(roomInUrl()));
showDoor();
