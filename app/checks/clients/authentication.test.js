// Taquito's remote signer where requests must be signed: as it comes, and with a wallet beside it.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { RemoteSigner } = require('@taquito/remote-signer');

const { AuthenticatingBackend, wallet } = require('./authentication');
const { KEYS, start } = require('./daemon');
const { ATTESTATION, OPERATION, attestation, transfer } = require('./messages');

const KINDS = Object.keys(KEYS);
const wallets = KINDS.map((kind) => wallet(kind, 7));

let daemon;
before(async () => {
  const authorizedKeys = await Promise.all(wallets.map((one) => one.publicKey()));
  daemon = await start({ authorizedKeys });
});
after(async () => {
  await daemon?.stop();
});

const signer = (address, client) =>
  new RemoteSigner(address, daemon.url, {}, client && new AuthenticatingBackend(client));

test('the addresses of the authorized keys are told', async () => {
  const answer = await fetch(`${daemon.url}/authorized_keys`);
  const addresses = await Promise.all(wallets.map((one) => one.publicKeyHash()));
  assert.deepEqual(await answer.json(), { authorized_keys: addresses });
});

// The version at hand cannot authenticate; its users give the key auth_req: false, or a backend.
test('Taquito as it comes is refused, and told why', async () => {
  const { hash } = KEYS.tz1;
  await assert.rejects(signer(hash).sign(await transfer(hash, 1), OPERATION), {
    status: 401,
    message: /missing authentication/,
  });
});

KINDS.forEach((kind, at) => {
  test(`requests signed by a ${kind} key are taken for every key`, async () => {
    for (const { hash } of Object.values(KEYS)) {
      const client = signer(hash, wallets[at]);
      await client.sign(await transfer(hash, at + 1), OPERATION);
    }
  });
});

test('an attestation is signed for an authorized key', async () => {
  const baker = signer(KEYS.tz3.hash, wallets[0]);
  await baker.sign(await attestation(3, 0), ATTESTATION);
});

test('requests signed by a key that is not authorized are refused', async () => {
  const stranger = signer(KEYS.tz3.hash, wallet('tz1', 8));
  await assert.rejects(stranger.sign(await attestation(4, 0), ATTESTATION), {
    status: 401,
    message: /invalid authentication/,
  });
});
