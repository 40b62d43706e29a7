// Taquito's remote signer over HTTP: keys, operations, votes and refusals.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { HttpBackend } = require('@taquito/http-utils');
const { RemoteSigner, OperationNotAuthorizedError, SignatureVerificationError } =
  require('@taquito/remote-signer');
const { getPkhfromPk } = require('@taquito/utils');

const { KEYS, start } = require('./daemon');
const { ATTESTATION, OPERATION, attestation, transfer } = require('./messages');

const OTHER = 'tz3bcN2yEiHacx1YE6xoVu1CfU26J3rRKB1j';
const PREFIXES = { tz1: 'edsig', tz2: 'spsig1', tz3: 'p2sig' };

let daemon;
before(async () => {
  daemon = await start();
});
after(async () => {
  await daemon?.stop();
});

const signer = (address, backend) => new RemoteSigner(address, daemon.url, {}, backend);

for (const [kind, { hash }] of Object.entries(KEYS)) {
  test(`${kind}: the public key is that of the address`, async () => {
    assert.equal(getPkhfromPk(await signer(hash).publicKey()), hash);
  });

  // RemoteSigner verifies each signature that it gives.
  test(`${kind}: an operation is signed`, async () => {
    const { prefixSig } = await signer(hash).sign(await transfer(hash, 1), OPERATION);
    assert.ok(prefixSig.startsWith(PREFIXES[kind]), prefixSig);
  });
}

test('an attestation is signed once: again the same, never another', async () => {
  const baker = signer(KEYS.tz3.hash);
  const first = await baker.sign(await attestation(7, 0), ATTESTATION);
  const again = await baker.sign(await attestation(7, 0), ATTESTATION);
  assert.equal(again.prefixSig, first.prefixSig);
  await assert.rejects(baker.sign(await attestation(7, 1), ATTESTATION), {
    status: 409,
    message: /level 7 round 0 has already been signed with different data/,
  });
});

test('a key that is not served is one that Taquito does not find', async () => {
  const stranger = signer(OTHER);
  await assert.rejects(stranger.publicKey(), { name: 'PublicKeyNotFoundError' });
  await assert.rejects(stranger.sign('00', OPERATION), { name: 'PublicKeyNotFoundError' });
});

test('an operation that the policy forbids is one that Taquito may not sign', async () => {
  const refused = signer(KEYS.tz1.hash).sign(await attestation(1, 0), ATTESTATION);
  await assert.rejects(refused, OperationNotAuthorizedError);
});

test('Taquito would notice a signature over something else', async () => {
  class Twisted extends HttpBackend {
    createRequest(options, data) {
      // The same on another branch.
      return super.createRequest(options, data && `${data.slice(0, 2)}ff${data.slice(4)}`);
    }
  }
  const { hash } = KEYS.tz3;
  const refused = signer(hash, new Twisted()).sign(await transfer(hash, 1), OPERATION);
  await assert.rejects(refused, SignatureVerificationError);
});

// Node's own fetch names its mode in a Sec-Fetch header, as a page's does.
test('a request by fetch is not taken for one by a web page', async () => {
  const url = `${daemon.url}/authorized_keys`;
  assert.deepEqual(await (await fetch(url)).json(), {});
  const headers = { origin: 'https://example.org' };
  assert.equal((await fetch(url, { headers })).status, 403);
});
