//! From a payload to a request.
//!
//! ```text
//! 00 <signer key hash><data: u32 length><nothing, or a signature of 64, 96 or 2420 bytes>   Sign
//! 01 <key hash: 21>                                                                    PublicKey
//! 02                                                                              AuthorizedKeys
//! 03 | 04 <key hash: 21><data: u32 length><nothing, or a signature>       deterministic nonce, hash
//! 05 <key hash: 21>                                                supports deterministic nonces?
//! 06                                                                                   KnownKeys
//! 07 <key hash: 21><00 | ff, BLS public key: 48>                             proof of possession
//! ```
//!
//! A key hash is `<tag: u8><hash: 20>`; the signer key hash of a tz4 key alone is
//! `<03><key hash: 21><signing version: u8>`. A payload must be used up exactly.

use crate::malformed::Malformed;
use crate::octez::{Authentication, Request};
use crate::reader::{Ended, Reader};
use crate::tezos::{BlsSignature, Curve, PublicKeyHash, Signature};

const ML_DSA_SIGNATURE: usize = 2420;
const BLS_PUBLIC_KEY: usize = 48;
const NEWEST_VERSION: u8 = 3;

/// Reads one payload.
#[must_use]
pub fn read(payload: &[u8]) -> Request<'_> {
    read_payload(payload).unwrap_or_else(Request::Malformed)
}

fn read_payload(payload: &[u8]) -> Result<Request<'_>, Malformed> {
    let mut reader = Reader::new(payload);
    let [tag] = reader.array()?;
    let request = match tag {
        0x00 => {
            let key = signer_key(&mut reader)?;
            let data = data(&mut reader)?;
            let authentication = authentication(&mut reader)?;
            Request::Sign {
                key,
                data,
                authentication,
            }
        }
        0x01 => Request::PublicKey {
            key: key_hash(&mut reader)?,
        },
        0x02 => Request::AuthorizedKeys,
        0x03 | 0x04 => {
            let key = key_hash(&mut reader)?;
            data(&mut reader)?;
            authentication(&mut reader)?;
            Request::DeterministicNonce { key }
        }
        0x05 => Request::SupportsDeterministicNonces {
            key: key_hash(&mut reader)?,
        },
        0x06 => Request::KnownKeys,
        0x07 => {
            let key = key_hash(&mut reader)?;
            override_key(&mut reader)?;
            Request::ProvePossession { key }
        }
        other => return Err(Malformed::Tag(other)),
    };
    match reader.rest().len() {
        0 => Ok(request),
        extra => Err(Malformed::Trailing(extra)),
    }
}

/// The key of a Sign request: for tz4 the tag comes twice, and a version behind the hash.
fn signer_key(reader: &mut Reader<'_>) -> Result<PublicKeyHash, Malformed> {
    let mut ahead = *reader;
    let [tag] = ahead.array()?;
    if tag != Curve::Bls12381.tag() {
        return key_hash(reader);
    }
    *reader = ahead;
    let key = key_hash(reader)?;
    let [version] = reader.array()?;
    if key.curve() != Curve::Bls12381 {
        return Err(Malformed::KeyHash);
    }
    if version > NEWEST_VERSION {
        return Err(Malformed::Version);
    }
    Ok(key)
}

fn key_hash(reader: &mut Reader<'_>) -> Result<PublicKeyHash, Malformed> {
    let [tag] = reader.array()?;
    let curve = Curve::from_tag(tag).ok_or(Malformed::KeyHash)?;
    Ok(PublicKeyHash::new(curve, reader.array()?))
}

fn data<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(reader.u32()?).map_err(|_| Malformed::Cut)?;
    Ok(reader.slice(length)?)
}

/// What is left of the payload: nothing, or a signature whose kind its size tells.
fn authentication(reader: &mut Reader<'_>) -> Result<Option<Authentication>, Malformed> {
    let rest = reader.slice(reader.rest().len())?;
    if rest.is_empty() {
        return Ok(None);
    }
    if rest.len() == ML_DSA_SIGNATURE {
        return Ok(Some(Authentication::Foreign));
    }
    let bls = rest.try_into().map(BlsSignature).map(Authentication::Bls);
    bls.or_else(|_| {
        rest.try_into()
            .map(Signature)
            .map(Authentication::of_any_curve)
    })
    .map(Some)
    .map_err(|_| Malformed::Authentication)
}

fn override_key(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    match reader.array()? {
        [0x00] => Ok(()),
        [0xff] => Ok(reader.slice(BLS_PUBLIC_KEY).map(|_| ())?),
        [other] => Err(Malformed::Presence(other)),
    }
}

impl From<Ended> for Malformed {
    fn from(_: Ended) -> Self {
        Self::Cut
    }
}
