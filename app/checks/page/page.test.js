// The status page in a real browser: it shows what is so, keeps up with it, and runs nothing that it is told.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const { Page } = require('./browser.js');
const { CHAIN, HOSTILE, Signer, TZ3 } = require('./signer.js');

const PICTURES = process.env.TEZIO_PICTURES;
const DESKTOP = { width: 1280, height: 800, scheme: 'light' };
const PHONE = { width: 360, height: 740, scale: 2, mobile: true, scheme: 'dark' };

const state = (name) => `document.body?.dataset.state === '${name}'`;
const text = (selector) => `document.querySelector('${selector}')?.textContent`;

const signer = new Signer();
test.before(async () => {
  await signer.start();
  for (let level = 5460001; level <= 5460012; level++) assert.equal(await signer.sign(level, 1), 200);
  assert.equal(await signer.sign(5460012, 2), 409);
  assert.equal(await signer.sign(5460013, 1, true), 200);
});
test.after(() => signer.end());

/** Opens the page, lets `look` look at it, and requires that it did nothing it should not. */
async function visit(window, look) {
  const page = await Page.open(`${signer.monitor}/`, window);
  try {
    await look(page);
    assert.deepEqual(page.faults, []);
  } finally {
    await page.end();
  }
}

/** What is wider than the window. */
const overflowing = `[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((one) => !one.closest('.unseen') && !one.closest('svg')).map((one) => one.outerHTML.slice(0, 80))`;

/** The smallest contrast of a text with what is behind it, and where. */
const contrast = `(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const rgb = numbers(getComputedStyle(one).backgroundColor);
      if (rgb[3] !== 0) return rgb;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('body *')].filter((one) =>
    one.checkVisibility() && !one.closest('svg') && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return texts.map((one) => {
    const pair = [light(numbers(getComputedStyle(one).color)), light(ground(one))].sort((a, b) => b - a);
    return [(pair[0] + 0.05) / (pair[1] + 0.05), one.outerHTML.slice(0, 80)];
  }).sort((a, b) => a[0] - b[0])[0];
})()`;

for (const [name, window] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`${name}: marks, signatures and refusals are the true ones, and all of it fits`, () =>
    visit(window, async (page) => {
      await page.until(state('ready'));
      const status = await signer.status();
      const mark = `[data-key="${TZ3}"] tr[data-kind="attestation"][data-chain="${CHAIN}"]`;
      assert.equal(await page.value(text(`${mark} .level`)), '5460013');
      assert.equal(await page.value(text(`${mark} .round`)), '0');
      const signed = status.keys.find((key) => key.address === TZ3).signed.find(({ kind }) => kind === 'attestation');
      const shown = text(`[data-key="${TZ3}"] [data-kind="attestation"] time`);
      assert.match(await page.value(shown), /^\d+ (s|min) ago$/);
      const at = `document.querySelector('[data-key="${TZ3}"] [data-kind="attestation"] time').dataset.at`;
      assert.equal(Number(await page.value(at)), signed.at);
      const rows = await page.value(`[...document.querySelectorAll('#verdicts tr')].map((row) => row.dataset.id)`);
      assert.deepEqual(rows, status.verdicts.map(({ id }) => id));
      const [refused] = status.verdicts.filter(({ outcome }) => outcome === 'refused');
      assert.match(await page.value(text(`tr[data-id="${refused.id}"] .refusal`)), /already been signed with different data/);
      assert.equal(await page.value(`document.querySelectorAll('#plot .median').length > 0`), true);
      assert.deepEqual(await page.value(overflowing), []);
      const [ratio, where] = await page.value(contrast);
      assert.ok(ratio >= 4.5, `contrast ${ratio} of ${where}`);
      await page.picture(path.join(PICTURES, `${name}.png`));
    }));
}

test('what a client calls itself is text', () =>
  visit(DESKTOP, async (page) => {
    await page.until(state('ready'));
    const [newest] = (await signer.status()).verdicts;
    assert.ok(newest.client.includes(HOSTILE), newest.client);
    const shown = await page.value(text(`tr[data-id="${newest.id}"] .client`));
    assert.ok(shown.includes(HOSTILE), shown);
    assert.equal(await page.value(`document.querySelectorAll('b, main script, main img').length`), 0);
  }));

test('an unplugged board is told of, aloud too, until it is back', () =>
  visit(PHONE, async (page) => {
    await page.until(state('ready'));
    await signer.unplug();
    await page.until(state('unready'));
    await page.until(`${text('#warning-list')}.includes('${TZ3}')`);
    await page.until(`${text('#announcement')}.includes('Not ready')`);
    assert.equal(await page.value(`document.querySelector('#warning-list li').className`), 'urgent');
    const order = `document.querySelector('#warnings').compareDocumentPosition(document.querySelector('#keys'))`;
    assert.equal(await page.value(order), 4, 'warnings come before the keys');
    await page.picture(path.join(PICTURES, 'unplugged.png'));
    await signer.plugIn();
    await page.until(state('ready'));
    assert.equal(await page.value(`document.querySelector('#warnings').hidden`), true);
  }));

test('nothing is loaded from elsewhere, and nothing is for frames, caches or other names', async () => {
  const response = await fetch(signer.monitor);
  const policy = response.headers.get('content-security-policy');
  assert.ok(policy.startsWith("default-src 'none';") && !policy.includes('unsafe'), policy);
  const html = await response.text();
  assert.ok(!/\son\w+=|style=|https?:/.test(html), 'no handlers, no styles, no addresses in the page');
  const folder = path.join(__dirname, '../../src/monitor/page');
  const sizes = fs.readdirSync(folder).map((file) => fs.statSync(path.join(folder, file)).size);
  assert.ok(sizes.reduce((sum, size) => sum + size) < 30_000, `${sizes}`);
});

// The last one: it ends the daemon.
test('a signer that has ended is told of loudly', () =>
  visitOfOneThatEnds(async (page) => {
    await page.until(state('ready'));
    await signer.daemon.end();
    await page.until(state('lost'));
    assert.match(await page.value(text('#state')), /No answer/);
  }));

/** The browser itself complains of requests that fail: those alone are let pass. */
async function visitOfOneThatEnds(look) {
  const page = await Page.open(`${signer.monitor}/`, DESKTOP);
  try {
    await look(page);
    const faults = page.faults.filter((fault) => !/Failed to load resource/.test(fault));
    assert.deepEqual(faults, []);
  } finally {
    await page.end();
  }
}
