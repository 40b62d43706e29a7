// Taquito's remote signer over HTTPS, with certificates made as docs/octez.md tells.
'use strict';

const assert = require('node:assert/strict');
const dns = require('node:dns');
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { OperationNotAuthorizedError, RemoteSigner } = require('@taquito/remote-signer');

const { KEYS, start } = require('./daemon');
const { OPERATION, transfer } = require('./messages');

// The daemon listens on the IPv4 side of localhost alone.
dns.setDefaultResultOrder('ipv4first');

const file = (name) => path.join(process.env.TEZIO_CERTIFICATES, name);
const pem = (name) => fs.readFileSync(file(name));
const AUTHORITY = { ca: pem('authority.pem') };
const BAKER = { cert: pem('baker.pem'), key: pem('baker.key') };

/** A daemon that lets in clients of this name. */
function startFor(client) {
  const listen = `[Https(
    address: "127.0.0.1:0", certificate: "${file('signer.pem')}", key: "${file('signer.key')}",
    client_authority: "${file('authority.pem')}",
  )]`;
  return start({ fields: { listen, allowed_clients: `["${client}"]` } });
}

let daemon;
before(async () => {
  daemon = await startFor('baker');
});
after(async () => {
  https.globalAgent.destroy();
  await daemon?.stop();
});

/** Signs over a connection that shows and trusts what `options` say. */
async function sign(options, { url } = daemon) {
  https.globalAgent.destroy();
  https.globalAgent = new https.Agent(options);
  const { hash } = KEYS.tz1;
  const signer = new RemoteSigner(hash, url.replace('127.0.0.1', 'localhost'));
  return signer.sign(await transfer(hash, 1), OPERATION);
}

test('a client with its certificate gets a signature', async () => {
  await sign({ ...AUTHORITY, ...BAKER });
});

test('a client without one gets no connection', async () => {
  await assert.rejects(sign(AUTHORITY), ({ cause }) => {
    // The alert, or, when the signer has closed before the request is written, what the system says.
    assert.match(cause.code, /CERTIFICATE_REQUIRED|ECONNRESET|EPIPE/);
    return true;
  });
});

test('a client whose name is not listed may not sign', async () => {
  const other = await startFor('accuser');
  try {
    const refused = sign({ ...AUTHORITY, ...BAKER }, other);
    await assert.rejects(refused, OperationNotAuthorizedError);
  } finally {
    https.globalAgent.destroy();
    await other.stop();
  }
});

test('a client that does not know the authority trusts no signer', async () => {
  await assert.rejects(sign(BAKER), ({ cause }) => {
    assert.equal(cause.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    return true;
  });
});
