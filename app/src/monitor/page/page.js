// The status page: status.json, once a second, to what is seen.
//
// Whatever the signer says is put into the page as text, never as markup: names of clients and HSMs are
// what others have written. What has not changed is left alone, so that text stays selected and a screen
// reader is not told twice.
'use strict';

const EACH_MS = 1000;
const PATIENCE_MS = 4000;
const STALE_MS = 4000;

const SVG = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);
/** What each part was last made from. */
const shown = new Map();
let answered = 0;
let last;

// --- Elements ------------------------------------------------------------------------------------

/** An element with attributes and children; a string becomes text. */
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

/** Sets a text that may be read aloud, if it is another one. */
function say(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

/** Makes a part anew if what it is made from has changed. */
function part(id, data, children) {
  const now = JSON.stringify(data);
  if (shown.get(id) === now) return;
  shown.set(id, now);
  byId(id).replaceChildren(...children());
}

const pill = (good, text) => make('span', { class: `pill ${good ? 'good' : 'bad'}` }, text);

/** How long ago; kept up to date by tick(). */
const ago = (at) => make('time', { datetime: new Date(at).toISOString(), 'data-at': at }, since(at));

// --- Words ---------------------------------------------------------------------------------------

function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

/** By the signer's clock, which need not be this machine's. */
const signersNow = () => (last ? last.now + Date.now() - answered : Date.now());
const since = (at) => `${span(signersNow() - at)} ago`;
const took = (ms) => (ms < 9999.5 ? `${ms < 99.5 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });
const short = (address) => (address.length > 16 ? `${address.slice(0, 7)}…${address.slice(-4)}` : address);
const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

// --- Parts ---------------------------------------------------------------------------------------

function state(status) {
  const unserved = status.keys.filter((one) => !one.ready).length;
  if (!status.ready) return ['unready', 'Not ready', unserved > 0 ? `${unserved} of ${count(status.keys.length, 'key', 'keys')} cannot be signed with.` : ''];
  const found = status.warnings.length;
  const times = status.keys.flatMap((one) => one.signed.map(({ at }) => at));
  const newest = times.length > 0 ? `last signature ${since(Math.max(...times))}` : 'nothing signed since the start';
  const text = `${count(status.keys.length, 'key', 'keys')} on ${count(status.hsms.length, 'HSM', 'HSMs')}; ${newest}.`;
  return found > 0 ? ['warned', 'Ready, with warnings', text] : ['ready', 'Ready', text];
}

function banner(name, title, text) {
  document.body.dataset.state = name;
  say('state', title);
  say('summary', text);
  const sign = { ready: '●', warned: '▲', unready: '■', lost: '✕' }[name] ?? '';
  document.title = `${sign} ${title} – tezio-signer`;
}

function warning({ urgent, what, mend }) {
  return make('li', urgent ? { class: 'urgent' } : {}, make('strong', {}, what), make('p', {}, mend));
}

function hsm(one) {
  const head = make('div', { class: 'row' }, make('h3', {}, one.name), pill(one.ready, one.ready ? 'ready' : 'not ready'));
  const card = make('article', { class: 'card' }, head);
  card.append(make('p', { class: 'faint mono what' }, one.port ?? one.wanted));
  if (one.port !== null && one.port !== one.wanted) card.append(make('p', { class: 'meta what' }, one.wanted));
  if (one.trouble !== null) card.append(make('p', { class: 'trouble' }, one.trouble));
  if (one.lasting_marks !== null) {
    card.append(make('p', { class: 'meta' }, `${one.lasting_marks ? 'keeps' : 'cannot keep'} marks of its own in flash`));
  }
  if (one.events.length > 0) card.append(make('ul', { class: 'plain events' }, ...one.events.slice(0, 4).map(event)));
  return card;
}

function event({ at, change, why }) {
  const words = { came: 'came', went: 'went', failed: 'failed at a request' };
  return make('li', {}, `${words[change]} `, ago(at), why === null ? '' : `: ${why}`);
}

function key(one) {
  const head = make('div', { class: 'row' }, make('h3', { class: 'mono' }, one.address), pill(one.ready, one.ready ? 'ready' : 'not ready'));
  const card = make('article', { class: 'card', 'data-key': one.address }, head);
  card.append(make('p', { class: 'meta what' }, `signs ${one.kinds.join(', ') || 'nothing'}; on ${one.hsms.join(', ')}`));
  const signed = one.signed.map(({ kind, at }) => make('span', { 'data-kind': kind }, `${kind} `, make('strong', {}, ago(at))));
  const lead = make('span', { class: 'faint' }, signed.length > 0 ? 'Last signed:' : 'Nothing signed since the start');
  card.append(make('p', { class: 'chips' }, lead, ...signed));
  const used = one.marks.filter((mark) => one.kinds.includes(mark.kind) || mark.origin !== 'set');
  if (used.length > 0) card.append(marks(one.address, used));
  return card;
}

function marks(address, all) {
  const titles = ['Mark', 'Chain', 'Level', 'Round'].map((title, at) => make('th', { scope: 'col', class: at > 1 ? 'number' : '' }, title));
  const caption = make('caption', { class: 'unseen' }, `High watermarks of ${address}`);
  return make('table', { class: 'marks' }, caption, make('thead', {}, make('tr', {}, ...titles)), make('tbody', {}, ...all.map(mark)));
}

function mark(one) {
  const notes = { signed: '', set: one.level === 0 ? '' : ' (set)', lowered: ' (LOWERED)' };
  const end = one.last_level === null ? '' : `, ends at ${one.last_level}`;
  const unused = one.origin === 'set' && one.level === 0;
  return make('tr', { 'data-kind': one.kind, 'data-chain': one.chain, class: unused ? 'unused' : '' },
    make('td', {}, one.kind, notes[one.origin], end),
    make('td', { title: one.chain, class: 'chain' }, one.chain_name ?? short(one.chain)),
    make('td', { class: 'number level' }, String(one.level)),
    make('td', { class: 'number round' }, String(one.round)));
}

/** A row of cells, each with its class and what is in it; the roles outlive a layout without columns. */
function row(id, cells) {
  const made = Object.entries(cells).map(([name, content]) => make('td', { role: 'cell', class: name }, ...[content].flat()));
  return make('tr', { role: 'row', 'data-id': id }, ...made);
}

function verdict(one) {
  const look = { signed: 'good', refused: 'bad', gone: '' }[one.outcome];
  const refusal = one.refusal === null ? '' : make('div', { class: 'refusal' }, one.refusal);
  return row(one.id, {
    when: make('time', { datetime: new Date(one.at).toISOString() }, clock(one.at)),
    outcome: make('span', { class: `pill ${look}` }, one.outcome),
    what: [named(one.what), refusal],
    ...source(one),
    'number took': took(one.ms),
  });
}

const waiting = (one) => row(one.id, { outcome: `for ${one.stage}`, what: named(one.what), ...source(one), 'number took': took(one.ms) });

const source = (one) => ({ 'mono key': short(one.key), client: one.client, id: one.id });

/** The same text with chains by the names that everybody has for them. */
function named(text) {
  const marks = last.keys.flatMap((one) => one.marks).filter((one) => one.chain_name !== null);
  return marks.reduce((told, { chain, chain_name: name }) => told.replaceAll(chain, name), text);
}

function figures({ signed, refused, took: times }) {
  const figure = (title, text) => make('div', {}, make('dt', {}, title), make('dd', {}, text));
  const of = (what) => (times === null ? '–' : took(times[what]));
  return [figure('signed', String(signed)), figure('refused', String(refused)),
    figure('median', of('median')), figure('99 % within', of('p99')), figure('longest', of('max'))];
}

// --- The plot ------------------------------------------------------------------------------------

const BOX = { height: 190, left: 46, right: 6, top: 8, axis: 150 };

/** A round number that is not below `value`. */
function above(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((round) => round >= value);
}

function plot(minutes, hour) {
  const width = Math.max(byId('plot').clientWidth, 240);
  const top = above(Math.max(1, ...minutes.map(({ took: times }) => times?.p99 ?? 0)) * 1.08);
  const step = (width - BOX.left - BOX.right) / minutes.length;
  const y = (ms) => BOX.axis - (BOX.axis - BOX.top) * Math.min(1, ms / top);
  const most = Math.max(1, ...minutes.map(({ refused }) => refused));
  const grid = [0, 0.5, 1].flatMap((share) => [
    draw('line', { class: 'grid', x1: BOX.left, x2: width - BOX.right, y1: y(share * top), y2: y(share * top) }),
    draw('text', { x: BOX.left - 8, y: y(share * top) + 4, 'text-anchor': 'end' }, share === 0 ? '0' : took(share * top).replace('.0 ', ' ')),
  ]);
  const times = [[0, '1 h ago', 'start'], [30, '30 min', 'middle'], [60, 'now', 'end']];
  const axis = times.map(([at, text, anchor]) => draw('text', { x: BOX.left + at * step, y: BOX.height - 4, 'text-anchor': anchor }, text));
  const bars = minutes.map((minute, at) => bar(minute, minutes.length - 1 - at, BOX.left + at * step, step, y, top, most));
  const label = hour.took === null
    ? 'Nothing was signed in the last hour.'
    : `Signatures in the last hour: median ${took(hour.took.median)}, 99 % within ${took(hour.took.p99)}, longest ${took(hour.took.max)}.`;
  return [draw('svg', { role: 'img', 'aria-label': label, viewBox: `0 0 ${width} ${BOX.height}` }, ...grid, ...axis, ...bars)];
}

/** A minute: from median to 99th percentile, the longest as a line, refusals below the axis. */
function bar({ signed, refused, took: times }, ago, x, step, y, top, most) {
  const group = draw('g', { class: 'minute' });
  const wide = Math.max(1.5, step * 0.66);
  const box = (kind, from, to, radius = 1) => draw('rect', { class: kind, x: x + (step - wide) / 2, y: from, width: wide, height: Math.max(1.5, to - from), rx: radius });
  if (times !== null) {
    group.append(box('spread', y(times.p99), y(times.median)), box('median', y(times.median) - 1.5, y(times.median) + 1.5));
    if (times.max <= top) group.append(box('longest', y(times.max), y(times.max) + 1.5, 0));
    else group.append(draw('path', { class: 'longest', d: `M${x + step / 2} ${BOX.top - 6}l${wide / 2} 5h${-wide}z` }));
  }
  if (refused > 0) group.append(box('refused', BOX.axis + 4, BOX.axis + 6 + (14 * refused) / most));
  const text = times === null ? '' : `; median ${took(times.median)}, 99 % within ${took(times.p99)}, longest ${took(times.max)}`;
  const when = ago === 0 ? 'this minute' : `${ago} min ago`;
  group.append(draw('rect', { class: 'hit', x, y: 0, width: step, height: BOX.height - 18 }, draw('title', {}, `${when}: ${signed} signed, ${refused} refused${text}`)));
  return group;
}

// --- All of it, again and again ------------------------------------------------------------------

function show(status) {
  const [name, title, text] = state(status);
  banner(name, title, text);
  say('announcement', [title, ...status.warnings.map(({ what }) => what)].join('. '));
  say('program', `version ${status.version}, up ${span(status.now - status.started)}`);
  byId('content').hidden = false;
  byId('warnings').hidden = status.warnings.length === 0;
  byId('under-way').hidden = status.under_way.length === 0;
  part('warning-list', status.warnings, () => status.warnings.map(warning));
  part('hsms', status.hsms, () => status.hsms.map(hsm));
  part('keys', status.keys, () => status.keys.map(key));
  part('waiting', status.under_way, () => status.under_way.map(waiting));
  part('verdicts', status.verdicts, () => (status.verdicts.length > 0 ? status.verdicts.map(verdict) : [nothing()]));
  part('figures', status.hour, () => figures(status.hour));
  part('plot', [status.minutes, byId('plot').clientWidth], () => plot(status.minutes, status.hour));
}

const nothing = () => make('tr', {}, make('td', { colspan: '7', class: 'faint' }, 'None since the start.'));

/** Says so when what is shown is old. */
function tick() {
  for (const time of document.querySelectorAll('time[data-at]')) {
    const text = since(Number(time.dataset.at));
    if (time.textContent !== text) time.textContent = text;
  }
  const silent = Date.now() - answered;
  if (silent < STALE_MS) return;
  const old = last ? ` What is below is from ${clock(answered)}.` : '';
  banner('lost', 'No answer from the signer', `It has said nothing ${last ? `for ${span(silent)}` : 'yet'}: is it running?${old}`);
  say('announcement', 'No answer from the signer');
}

async function look() {
  try {
    const response = await fetch('status.json', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const status = await response.json();
    answered = Date.now();
    last = status;
    show(status);
  } catch {
    // It is tried again; tick() says what is old.
  }
  setTimeout(look, EACH_MS);
}

answered = Date.now();
new ResizeObserver(() => last && show(last)).observe(byId('plot'));
setInterval(tick, 500);
look();
