// A running tezio-signer on a simulated HSM: from configuration fields to the URLs where it listens.
//
// Ports are free ones, the state is a temporary directory, and stop() leaves neither process nor files
// behind. Waits end with the daemon, or after their time.
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

const READY_MS = 30_000;
const END_MS = 10_000;

/** The published test keys of the simulated HSM, with what they sign here. */
const KEYS = {
  tz1: { hash: 'tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v', alias: 1, ops: '0x03' },
  tz2: { hash: 'tz2Dy8HhPZZqmxVK5hE8Unc66fiWvqY8wFXN', alias: 2, ops: '0x03' },
  tz3: { hash: 'tz3MyarJihHrejsze59J2Seita7jYWDCJDPe', alias: 3, ops: '0x03, 0x13' },
};

/** The network whose votes are signed. */
const CHAIN = 'NetXnHfVqm9iesp';

/**
 * Starts a daemon whose configuration has these fields beside or in place of the usual ones, each as
 * RON text; with authorizedKeys, every key asks for signed requests.
 */
async function start({ fields = {}, authorizedKeys } = {}) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'tezio-clients-'));
  const config = path.join(home, 'config.ron');
  fs.writeFileSync(config, configuration(fields, authorizedKeys));
  const child = spawn(process.env.TEZIO_SIGNER, ['run', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const daemon = new Daemon(child, home);
  try {
    daemon.url = await readiness(child);
  } catch (error) {
    await daemon.end();
    throw error;
  }
  return daemon;
}

function configuration(fields, authorizedKeys) {
  const guarded = authorizedKeys !== undefined;
  const keys = Object.values(KEYS).map(
    ({ hash, alias, ops }) =>
      `(hash: "${hash}", curve_alias: ${alias}, allowed_ops: [${ops}], auth_req: ${guarded})`,
  );
  const all = {
    listen: '[Http("127.0.0.1:0")]',
    hsm: 'Simulated(latency: Instant)',
    state: '"state"',
    allowed_ips: '["127.0.0.1"]',
    authorized_keys: JSON.stringify(authorizedKeys ?? []),
    keys: `[${keys}]`,
    high_water_marks: `[(chain: "${CHAIN}", level: 0)]`,
    ...fields,
  };
  const lines = Object.entries(all).map(([name, text]) => `${name}: ${text},\n`);
  return `(\n${lines.join('')})\n`;
}

/** Waits until it listens and has read the HSM's keys; gives the URL. */
function readiness(child) {
  return new Promise((resolve, reject) => {
    const log = [];
    let url;
    const fail = (why) => reject(new Error(`${why}:\n${log.join('\n')}`));
    const timer = setTimeout(() => fail(`not ready within ${READY_MS} ms`), READY_MS).unref();
    readline.createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      url ??= /\burl=(\S+)/.exec(line)?.[1];
      if (url !== undefined && log.some((one) => one.includes('HSM ready'))) {
        clearTimeout(timer);
        resolve(url);
      }
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with exit code ${code}`));
  });
}

class Daemon {
  constructor(child, home) {
    this.child = child;
    this.home = home;
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  /** Ends the daemon, which must end in order. */
  async stop() {
    assert.equal(await this.end(), 0, 'exit code of the daemon');
  }

  /** Ends the daemon, by force if it takes too long, and removes its files. Gives its exit code. */
  async end() {
    const force = setTimeout(() => this.child.kill('SIGKILL'), END_MS);
    this.child.kill('SIGTERM');
    const code = await this.ended;
    clearTimeout(force);
    fs.rmSync(this.home, { recursive: true });
    return code;
  }
}

module.exports = { CHAIN, KEYS, start };
