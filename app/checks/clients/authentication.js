// Signed requests for a client that knows none: Taquito's HTTP backend, with the authentication that
// octez-client adds to its requests.
//
// Taquito's RemoteSigner has no notion of authorized keys, but takes any backend. The signature is made by
// Taquito's own in-memory signer; what it signs is laid down in Octez,
// src/lib_signer_services/signer_messages.ml at d26a8bef8215.
'use strict';

const { HttpBackend } = require('@taquito/http-utils');
const { InMemorySigner } = require('@taquito/signer');
const { b58cencode, b58decode, Prefix, prefix } = require('@taquito/utils');

const AUTHENTICATION = '04';
const SIGN = '01';

const SECRET_KEYS = { tz1: Prefix.EDSK2, tz2: Prefix.SPSK, tz3: Prefix.P2SK };

/** A client's key: its kind, and the byte that fills its secret. */
function wallet(kind, filling) {
  const secret = new Uint8Array(32).fill(filling);
  return new InMemorySigner(b58cencode(secret, prefix[SECRET_KEYS[kind]]));
}

/** Tag and hash of an address. Taquito gives those of an account, with the kind of account in front. */
function taggedHash(address) {
  return b58decode(address).slice(2);
}

/** Signs each request for a signature with a key of the client's wallet. */
class AuthenticatingBackend extends HttpBackend {
  constructor(signer) {
    super();
    this.signer = signer;
  }

  async createRequest(options, data) {
    if (options.method !== 'POST') {
      return super.createRequest(options, data);
    }
    const address = new URL(options.url).pathname.split('/').pop();
    const request = AUTHENTICATION + SIGN + taggedHash(address) + data;
    const { prefixSig } = await this.signer.sign(request);
    return super.createRequest({ ...options, query: { authentication: prefixSig } }, data);
  }
}

module.exports = { AuthenticatingBackend, wallet };
