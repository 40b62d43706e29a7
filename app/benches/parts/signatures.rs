//! Checking signatures, curve by curve, and beside them what else is in the program for it.

use core::hint::black_box;
use std::io;

use futures_rustls::pki_types::AlgorithmIdentifier;
use futures_rustls::rustls::crypto::ring::default_provider;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use tezio_core::crypto::{Sign as _, Verify as _};
use tezio_core::tezos::{Curve, Digest};
use tezio_crypto::{SecretKey, Verifier};

use crate::timing::Timings;

pub(crate) fn table() -> io::Result<String> {
    let mut table = Timings::new(
        "Signatures",
        "*ring* is what TLS uses here. It hashes by itself, with SHA-256, and takes no BLAKE2b digest, so \
         it cannot check a Tezos signature of ECDSA; it shows what assembly gains.",
    );
    for curve in [Curve::P256, Curve::Secp256k1, Curve::Ed25519] {
        let secret = SecretKey::from_bytes(curve, &[7; 32]).map_err(io::Error::other)?;
        let public = secret.public_key();
        let prepared = Verifier.prepare(&public).map_err(io::Error::other)?;
        let digest = Digest([9; 32]);
        let signature = secret.sign(&digest, &[0; 32]);
        Verifier
            .verify(&prepared, &digest, &signature)
            .map_err(io::Error::other)?;
        table.add(&format!("{curve:?}: key prepared, once per key"), || {
            Verifier.prepare(black_box(&public)).is_ok()
        });
        table.add(&format!("{curve:?}: signature checked"), || {
            Verifier
                .verify(&prepared, black_box(&digest), &signature)
                .is_ok()
        });
    }
    with_ring(&mut table)?;
    Ok(table.end())
}

fn with_ring(table: &mut Timings) -> io::Result<()> {
    let message = [9; 32];
    let known = default_provider().signature_verification_algorithms;
    for (name, kind) in [
        ("P256", &rcgen::PKCS_ECDSA_P256_SHA256),
        ("Ed25519", &rcgen::PKCS_ED25519),
    ] {
        let pair = KeyPair::generate_for(kind).map_err(io::Error::other)?;
        let signature = pair.sign(&message).map_err(io::Error::other)?;
        let suits = |key: AlgorithmIdentifier| {
            known.all.iter().find(|algorithm| {
                algorithm.public_key_alg_id() == key
                    && algorithm
                        .verify_signature(pair.der_bytes(), &message, &signature)
                        .is_ok()
            })
        };
        let found = known
            .all
            .iter()
            .find_map(|algorithm| suits(algorithm.public_key_alg_id()));
        let algorithm = found.ok_or(io::ErrorKind::Unsupported)?;
        table.add(&format!("{name}: signature checked by ring"), || {
            algorithm
                .verify_signature(pair.der_bytes(), black_box(&message), &signature)
                .is_ok()
        });
    }
    Ok(())
}
