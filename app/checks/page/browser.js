// Chromium without a window, driven over a pipe in its own protocol (Chrome DevTools Protocol): commands
// and events are JSON, each ended by a zero byte.
//
// What a page does that it should not is remembered: errors, violations of its policy, and requests that
// go elsewhere. end() leaves neither process nor files behind.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

const PATIENCE_MS = 20_000;
/** Between two looks at the page. */
const LOOK_MS = 25;

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-pipe',
];

/** One page in a browser of its own. */
class Page {
  /** Opens `url` in a window of that many pixels; `dark` or `light`. */
  static async open(url, { width, height, scale = 1, mobile = false, scheme = 'light' }) {
    const page = new Page(new URL(url).origin);
    const { targetId } = await page.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await page.send('Target.attachToTarget', { targetId, flatten: true });
    page.session = sessionId;
    for (const domain of ['Runtime', 'Log', 'Network', 'Page', 'Audits']) await page.send(`${domain}.enable`);
    await page.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile });
    await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await page.send('Page.navigate', { url });
    return page;
  }

  constructor(origin) {
    this.origin = origin;
    this.faults = [];
    this.answers = new Map();
    this.number = 0;
    this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'tezio-chromium-'));
    const words = [...FLAGS, `--user-data-dir=${this.profile}`, 'about:blank'];
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'];
    this.child = spawn('chromium', words, { stdio });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    let unread = '';
    this.child.stdio[4].setEncoding('utf8').on('data', (text) => {
      const messages = (unread + text).split('\0');
      unread = messages.pop();
      for (const message of messages) this.take(JSON.parse(message));
    });
  }

  send(method, params = {}) {
    const id = ++this.number;
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), PATIENCE_MS);
      this.answers.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
    });
  }

  take(message) {
    if (message.id !== undefined) {
      this.answers.get(message.id)?.(message);
      this.answers.delete(message.id);
      return;
    }
    const { method, params } = message;
    if (method === 'Network.requestWillBeSent' && new URL(params.request.url).origin !== this.origin) {
      this.faults.push(`asks elsewhere: ${params.request.url}`);
    }
    const entry = params?.entry;
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(entry.level)) {
      this.faults.push(`${entry.level}: ${entry.text} ${entry.url ?? ''}`);
    }
    if (method === 'Runtime.consoleAPICalled') this.faults.push(`console: ${JSON.stringify(params.args)}`);
    if (method === 'Runtime.exceptionThrown') this.faults.push(`exception: ${JSON.stringify(params.exceptionDetails)}`);
    if (method === 'Page.javascriptDialogOpening') this.faults.push(`dialog: ${params.message}`);
    if (method === 'Audits.issueAdded') this.faults.push(`issue: ${JSON.stringify(params.issue)}`);
  }

  /** The value of an expression in the page. */
  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Waits until an expression in the page holds. */
  async until(expression) {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.value(expression))) {
      if (Date.now() > deadline) {
        throw new Error(`never ${expression}:\n${await this.value('document.body?.innerText')}`);
      }
      await pause(LOOK_MS);
    }
  }

  /** A picture of the whole page. */
  async picture(file) {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true });
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
  }

  async end() {
    const force = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    this.session = undefined;
    await this.send('Browser.close').catch(() => {});
    await this.ended;
    clearTimeout(force);
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

module.exports = { Page };
