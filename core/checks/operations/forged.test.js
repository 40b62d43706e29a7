// Operations that Taquito forged, read by the core: every content is what it was forged from.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { before, test } = require('node:test');
const { LocalForger } = require('@taquito/local-forging');
const { getPkhfromPk } = require('@taquito/utils');

const { KINDS, operation } = require('./draw');

const OPERATIONS = 2000;

/** What the core reads of a content, out of the JSON that it was forged from. */
const READ = {
  transaction: ({ amount, destination, parameters }) => ({
    amount,
    destination,
    entrypoint: parameters?.entrypoint ?? 'default',
  }),
  origination: ({ balance, delegate = null }) => ({ balance, delegate }),
  delegation: ({ delegate = null }) => ({ delegate }),
  set_deposits_limit: ({ limit = null }) => ({ limit }),
  reveal: ({ public_key }) => ({ public_key_hash: getPkhfromPk(public_key) }),
  update_consensus_key: ({ pk }) => ({ public_key_hash: getPkhfromPk(pk) }),
  update_companion_key: ({ pk }) => ({ public_key_hash: getPkhfromPk(pk) }),
  increase_paid_storage: ({ destination }) => ({ destination }),
  transfer_ticket: ({ destination, entrypoint }) => ({ destination, entrypoint }),
  smart_rollup_execute_outbox_message: ({ rollup }) => ({ rollup }),
  proposals: ({ source, proposals }) => ({ source, proposals }),
  ballot: ({ source, proposal, ballot }) => ({ source, proposal, ballot }),
  drain_delegate: ({ consensus_key, delegate, destination }) => ({ consensus_key, delegate, destination }),
};

function expected(content) {
  const { kind, source, fee, counter, gas_limit, storage_limit } = content;
  const manager = fee === undefined ? {} : { source, fee, counter, gas_limit, storage_limit };
  return { kind, ...manager, ...READ[kind]?.(content) };
}

/** What the core says of each message, hex digits behind the magic byte. */
function walked(messages) {
  const input = messages.map((message) => `03${message}\n`).join('');
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60_000 };
  const { status, stdout, stderr } = spawnSync(process.env.TEZIO_OPERATION, [], options);
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

let operations;
let forged;
before(async () => {
  operations = Array.from({ length: OPERATIONS }, (_, seed) => operation(seed));
  const forger = new LocalForger();
  forged = await Promise.all(operations.map((one) => forger.forge(one)));
});

test('every content of every operation is what it was forged from', () => {
  const read = walked(forged);
  assert.equal(read.length, OPERATIONS);
  for (const [index, one] of operations.entries()) {
    assert.deepEqual(read[index], one.contents.map(expected), `03${forged[index]}`);
  }
});

test('every kind that can be forged has been', () => {
  const kinds = new Set(operations.flatMap(({ contents }) => contents.map(({ kind }) => kind)));
  assert.deepEqual([...kinds].sort(), [...KINDS].sort());
});

test('no operation is read with a byte less, a byte more or another behind it', () => {
  const shorter = forged.map((message) => message.slice(0, -2));
  const longer = forged.map((message) => `${message}00`);
  const alone = forged.filter((_, index) => operations[index].contents[0].fee === undefined);
  const doubled = alone.map((message) => `${message}${message.slice(64)}`);
  for (const read of walked([...shorter, ...longer, ...doubled])) {
    assert.match(read.unreadable, /^unreadable operation: byte \d+: /);
  }
});
