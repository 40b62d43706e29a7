// What the clients have signed: hex digits as Taquito forges them, and the watermark in front.
'use strict';

const { LocalForger } = require('@taquito/local-forging');
const { b58cdecode, prefix } = require('@taquito/utils');

const { CHAIN } = require('./daemon');

const BRANCH = 'BLzyjjHKEKMULtvkpSHxuZxx6ei6fpntH2BTkYZiLgs8zLVstvX';
const PAYLOADS = [
  'vh2TyrWeZ2dydEy9ZjmvrjQvyCs5sdHZPypcZrXDUSM1tNuPermf',
  'vh1wA1BrWKXzrAxyyGWS4gm9oVUngA4jHTGGHyd2c7gwVv7JwrYX',
];

const OPERATION = Uint8Array.of(0x03);
const ATTESTATION = Uint8Array.of(0x13, ...b58cdecode(CHAIN, prefix.Net));

/** A transfer by this key. */
function transfer(source, counter) {
  const content = {
    kind: 'transaction',
    source,
    fee: '400',
    counter: String(counter),
    gas_limit: '1100',
    storage_limit: '0',
    amount: '1',
    destination: source,
  };
  return new LocalForger().forge({ branch: BRANCH, contents: [content] });
}

/** A vote for one of two blocks of this level. */
function attestation(level, block) {
  const content = {
    kind: 'attestation',
    slot: 0,
    level,
    round: 0,
    block_payload_hash: PAYLOADS[block],
  };
  return new LocalForger().forge({ branch: BRANCH, contents: [content] });
}

module.exports = { ATTESTATION, OPERATION, attestation, transfer };
