// Contents of operations drawn from a seed, as JSON that Taquito forges.
'use strict';

const { PrefixV2, b58Encode } = require('@taquito/utils');

const ENTRYPOINTS = [
  'default', 'root', 'do', 'set_delegate', 'remove_delegate', 'deposit',
  'stake', 'unstake', 'finalize_unstake', 'set_delegate_parameters',
  'transfer', 'a', 'an_entrypoint_of_31_characters_',
];
const KEYS = [
  [PrefixV2.Ed25519PublicKey, 32],
  [PrefixV2.Secp256k1PublicKey, 33],
  [PrefixV2.P256PublicKey, 33],
  [PrefixV2.BLS12_381PublicKey, 48],
];
const KEY_HASHES = [
  PrefixV2.Ed25519PublicKeyHash,
  PrefixV2.Secp256k1PublicKeyHash,
  PrefixV2.P256PublicKeyHash,
  PrefixV2.BLS12_381PublicKeyHash,
];
const UNIT = { prim: 'Unit' };
const CODE = [
  { prim: 'parameter', args: [{ prim: 'unit' }] },
  { prim: 'storage', args: [{ prim: 'unit' }] },
  { prim: 'code', args: [[{ prim: 'CDR' }, { prim: 'NIL', args: [{ prim: 'operation' }] }, { prim: 'PAIR' }]] },
];

/** Numbers that look random and are the same in every run. */
class Draw {
  constructor(seed) {
    this.state = (BigInt(seed) * 0x9e3779b97f4a7c15n) | 1n;
  }

  bits() {
    for (const shift of [13n, -7n, 17n]) {
      const moved = shift > 0n ? this.state << shift : this.state >> -shift;
      this.state = BigInt.asUintN(64, this.state ^ moved);
    }
    return this.state;
  }

  below(bound) {
    return Number((this.bits() >> 11n) % BigInt(bound));
  }

  pick(choices) {
    return choices[this.below(choices.length)];
  }

  /** This or nothing. */
  maybe(value) {
    return this.below(2) === 0 ? undefined : value;
  }

  hex(bytes) {
    const digits = Array.from({ length: bytes }, () => this.below(256).toString(16).padStart(2, '0'));
    return digits.join('');
  }

  /** A number of at most 64 bits. */
  number() {
    return String(this.bits() >> BigInt(this.below(64)));
  }

  base58(prefix, bytes) {
    return b58Encode(this.hex(bytes), prefix);
  }

  keyHash() {
    return this.base58(this.pick(KEY_HASHES), 20);
  }

  program() {
    return this.base58(PrefixV2.ContractHash, 20);
  }

  contract() {
    return this.below(2) === 0 ? this.program() : this.keyHash();
  }

  key() {
    return this.base58(...this.pick(KEYS));
  }

  proof() {
    return this.maybe(this.base58(PrefixV2.BLS12_381Signature, 96));
  }

  protocol() {
    return this.base58(PrefixV2.ProtocolHash, 32);
  }

  branch() {
    return this.base58(PrefixV2.BlockHash, 32);
  }

  micheline() {
    const pair = () => ({ prim: 'Pair', args: [this.micheline(), this.micheline()] });
    const leaves = [UNIT, { int: this.number() }, { string: 'text' }, { bytes: this.hex(this.below(40)) }];
    return this.below(3) === 0 ? pair() : this.pick(leaves);
  }
}

/** The bodies of manager operations, by kind. */
const MANAGER = {
  reveal: (draw) => ({ public_key: draw.key(), proof: draw.proof() }),
  transaction: (draw) => ({
    amount: draw.number(),
    destination: draw.contract(),
    parameters: draw.maybe({ entrypoint: draw.pick(ENTRYPOINTS), value: draw.micheline() }),
  }),
  origination: (draw) => ({
    balance: draw.number(),
    delegate: draw.maybe(draw.keyHash()),
    script: { code: CODE, storage: UNIT },
  }),
  delegation: (draw) => ({ delegate: draw.maybe(draw.keyHash()) }),
  register_global_constant: (draw) => ({ value: draw.micheline() }),
  set_deposits_limit: (draw) => ({ limit: draw.maybe(draw.number()) }),
  increase_paid_storage: (draw) => ({ amount: draw.number(), destination: draw.program() }),
  update_consensus_key: (draw) => ({ pk: draw.key(), proof: draw.proof() }),
  update_companion_key: (draw) => ({ pk: draw.key(), proof: draw.proof() }),
  transfer_ticket: (draw) => ({
    ticket_contents: draw.micheline(),
    ticket_ty: { prim: 'bytes' },
    ticket_ticketer: draw.contract(),
    ticket_amount: draw.number(),
    destination: draw.contract(),
    entrypoint: draw.pick(ENTRYPOINTS),
  }),
  smart_rollup_originate: (draw) => ({
    pvm_kind: draw.pick(['arith', 'wasm_2_0_0', 'riscv']),
    kernel: draw.hex(draw.below(60)),
    parameters_ty: { prim: 'bytes' },
    whitelist: draw.maybe([draw.keyHash(), draw.keyHash()]),
  }),
  smart_rollup_add_messages: (draw) => ({ message: [draw.hex(draw.below(20)), draw.hex(3)] }),
  smart_rollup_execute_outbox_message: (draw) => ({
    rollup: draw.base58(PrefixV2.SmartRollupHash, 20),
    cemented_commitment: draw.base58(PrefixV2.SmartRollupCommitmentHash, 32),
    output_proof: draw.hex(draw.below(60)),
  }),
  dal_publish_commitment: (draw) => ({
    slot_header: {
      slot_index: draw.below(32),
      commitment: draw.base58(PrefixV2.SlotHeader, 48),
      commitment_proof: draw.hex(96),
    },
  }),
};

const vote = (draw) => ({
  slot: draw.below(7000),
  level: draw.below(2 ** 31),
  round: draw.below(100),
  block_payload_hash: draw.base58(PrefixV2.ValueHash, 32),
});

/** Contents that stand alone, by kind. */
const SINGLE = {
  seed_nonce_revelation: (draw) => ({ level: draw.below(2 ** 31), nonce: draw.hex(32) }),
  activate_account: (draw) => ({
    pkh: draw.base58(PrefixV2.Ed25519PublicKeyHash, 20),
    secret: draw.hex(20),
  }),
  proposals: (draw) => ({
    source: draw.keyHash(),
    period: draw.below(1000),
    proposals: Array.from({ length: draw.below(20) }, () => draw.protocol()),
  }),
  ballot: (draw) => ({
    source: draw.keyHash(),
    period: draw.below(1000),
    proposal: draw.protocol(),
    ballot: draw.pick(['yay', 'nay', 'pass']),
  }),
  drain_delegate: (draw) => ({
    consensus_key: draw.keyHash(),
    delegate: draw.keyHash(),
    destination: draw.keyHash(),
  }),
  failing_noop: (draw) => ({ arbitrary: draw.hex(draw.below(100)) }),
  attestation: vote,
  attestation_with_dal: (draw) => ({ ...vote(draw), dal_attestation: draw.number() }),
};

function content(draw, kinds) {
  const kind = draw.pick(Object.keys(kinds));
  const drawn = { kind, ...kinds[kind](draw) };
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
}

function managed(draw) {
  const numbers = {
    fee: draw.number(),
    counter: draw.number(),
    gas_limit: draw.number(),
    storage_limit: draw.number(),
  };
  return { ...content(draw, MANAGER), source: draw.keyHash(), ...numbers };
}

/** An operation: one content of any kind, or a batch. */
function operation(seed) {
  const draw = new Draw(seed);
  const alone = draw.below(4) === 0;
  const contents = alone
    ? [content(draw, SINGLE)]
    : Array.from({ length: 1 + draw.below(12) }, () => managed(draw));
  return { branch: draw.branch(), contents };
}

module.exports = { KINDS: [...Object.keys(MANAGER), ...Object.keys(SINGLE)], operation };
