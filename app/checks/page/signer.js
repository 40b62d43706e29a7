// A running tezio-signer on a board in software that can be unplugged.
//
// Ports are free ones, everything lies in a temporary directory, and end() leaves neither processes nor
// files behind. Waits end with the process, or after their time.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

const PATIENCE_MS = 20_000;
const PROGRAM = process.env.TEZIO_SIGNER;

/** The published test keys of the software HSM that are used here. */
const TZ1 = 'tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v';
const TZ3 = 'tz3MyarJihHrejsze59J2Seita7jYWDCJDPe';
const CHAIN = 'NetXnHfVqm9iesp';

/** The name on the client's certificate, which the page must show and never run. */
const HOSTILE = '<script>alert(1)</script><b>bold</b>';

// The attestation that Octez sent to a Tezio HSM (testing/ of github.com/prof-groff/tezio at bc67eef):
// level at 40, round at 44, payload hash at 48.
const ATTESTATION = Buffer.from(
  '13af1864d929d720a921b78f5249c791dc8bc74e201ab35742f8e43ac533e1792f8cf6eaa6150ed4005352c900' +
    '00000235b64f07db480eb447ec861378b90083d22d4138d2acd7bdbe0cab0990278d7e',
  'hex',
);

/** An attestation; another salt makes it another one at its level and round. */
function attestation(level, round, salt) {
  const bytes = Buffer.from(ATTESTATION);
  bytes.writeUInt32BE(level, 40);
  bytes.writeUInt32BE(round, 44);
  bytes[48] = salt;
  return bytes.toString('hex');
}

/** A process and the lines it writes. */
class Process {
  constructor(words) {
    this.lines = [];
    this.waiting = new Set();
    this.child = spawn(PROGRAM, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      readline.createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        for (const look of this.waiting) look();
      });
    }
  }

  /** What `pattern` captures in the first line that it fits. */
  said(pattern) {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${why} without ${pattern}:\n${this.lines.join('\n')}`));
      const timer = setTimeout(() => fail('waited'), PATIENCE_MS);
      const look = () => {
        const found = this.lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(found[1]);
      };
      this.waiting.add(look);
      this.ended.then(() => fail('ended'));
      look();
    });
  }

  async end(signal = 'SIGTERM') {
    const force = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    this.child.kill(signal);
    await this.ended;
    clearTimeout(force);
  }
}

/** A signer with its monitor; start() plugs the board in. */
class Signer {
  constructor() {
    this.home = fs.mkdtempSync(path.join(os.tmpdir(), 'tezio-page-'));
  }

  async start() {
    certificates(this.home);
    const config = path.join(this.home, 'config.ron');
    fs.writeFileSync(config, configuration(path.join(this.home, 'board')));
    await this.plugIn();
    execFileSync(PROGRAM, ['watermarks', 'init', '--config', config], { stdio: 'pipe' });
    this.daemon = new Process(['run', '--config', config]);
    this.monitor = `http://${await this.daemon.said(/monitor=(\S+)/)}`;
    this.http = await this.daemon.said(/url=(http:\S+)/);
    this.https = await this.daemon.said(/url=(https:\S+)/);
    await this.daemon.said(/HSM ready()/);
  }

  async plugIn() {
    this.board = new Process(['simulate', '--link', path.join(this.home, 'board')]);
    await this.board.said(/^(\/dev\/)/);
  }

  async unplug() {
    await this.board.end();
  }

  /** Asks tz3 for an attestation, as the client with the hostile name if wanted; the status of the answer. */
  sign(level, salt, hostile = false) {
    const [base, send] = hostile ? [this.https, https] : [this.http, http];
    const file = (name) => fs.readFileSync(path.join(this.home, name));
    const tls = hostile ? { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key') } : {};
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, timeout: PATIENCE_MS };
    return new Promise((resolve, reject) => {
      const request = send.request(`${base}/keys/${TZ3}`, { ...options, ...tls }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      });
      request.once('error', reject).end(JSON.stringify(attestation(level, 0, salt)));
    });
  }

  async status() {
    return (await fetch(`${this.monitor}/status.json`)).json();
  }

  async end() {
    await Promise.all([this.daemon?.end(), this.board?.end()]);
    fs.rmSync(this.home, { recursive: true });
  }
}

function configuration(board) {
  return `(
    listen: [
      Http("127.0.0.1:0"),
      Https(address: "127.0.0.1:0", certificate: "server.pem", key: "server.key", client_authority: "ca.pem"),
    ],
    monitor: "127.0.0.1:0",
    hsm: Serial(port: "${board}"),
    state: "state",
    allowed_ips: ["127.0.0.1"],
    allowed_clients: ["${HOSTILE}"],
    keys: [
      (hash: "${TZ3}", curve_alias: 3, allowed_ops: [0x11, 0x12, 0x13], auth_req: false),
      (hash: "${TZ1}", curve_alias: 1, allowed_ops: [0x03], auth_req: false),
    ],
    high_water_marks: [(chain: "${CHAIN}", level: 5460000)],
  )`;
}

/** An authority, a server's certificate and that of a client with the hostile name. */
function certificates(home) {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: home, stdio: 'pipe' });
  const make = (name, subject, extension, ...more) => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    openssl('req', '-x509', ...curve, ...files, '-days', '90', '-subj', subject, '-addext', extension, ...more);
  };
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
  make('ca', '/CN=page check', 'keyUsage=critical,keyCertSign');
  make('server', '/CN=server', 'subjectAltName=IP:127.0.0.1', ...signed);
  make('client', `/CN=${HOSTILE.replaceAll('/', '\\/')}`, 'extendedKeyUsage=clientAuth', ...signed);
}

module.exports = { CHAIN, HOSTILE, Signer, TZ1, TZ3 };
