#!/usr/bin/env python3
"""Checks a Tezos signature with tools that share nothing with this project.

From an address, a public key, a message and a signature, as text, to exit code 0 or a reason. The
standard library does base58check and BLAKE2b; openssl does the curves. Three things must hold: the
key has the address, the signature has the prefix of the address's curve, and it is one over the
BLAKE2b-256 digest of the message.

    verify_signature.py ADDRESS PUBLIC_KEY MESSAGE_HEX SIGNATURE
    verify_signature.py --self-test
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CHECKSUM = 4


class Refused(Exception):
    """Why a signature is not accepted."""


@dataclass(frozen=True)
class Curve:
    """Prefixes of Tezos texts, and the head of a SubjectPublicKeyInfo whose end is the key."""

    address: bytes
    key: bytes
    signature: bytes
    key_info: bytes
    openssl: tuple[str, ...] = ()


CURVES = {
    "tz1": Curve(
        bytes.fromhex("06a19f"),
        bytes.fromhex("0d0f25d9"),
        bytes.fromhex("09f5cd8612"),
        bytes.fromhex("302a300506032b6570032100"),
        ("-rawin",),
    ),
    "tz2": Curve(
        bytes.fromhex("06a1a1"),
        bytes.fromhex("03fee256"),
        bytes.fromhex("0d7365133f"),
        bytes.fromhex("3036301006072a8648ce3d020106052b8104000a032200"),
    ),
    "tz3": Curve(
        bytes.fromhex("06a1a4"),
        bytes.fromhex("03b28b7f"),
        bytes.fromhex("36f02c34"),
        bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200"),
    ),
}


def decode(text: str, prefix: bytes) -> bytes:
    """The payload of a base58check text behind its prefix."""
    number = 0
    for character in text:
        if character not in ALPHABET:
            raise Refused(f"{text}: no base58 text")
        number = number * 58 + ALPHABET.index(character)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    value, checksum = raw[:-CHECKSUM], raw[-CHECKSUM:]
    if hashlib.sha256(hashlib.sha256(value).digest()).digest()[:CHECKSUM] != checksum:
        raise Refused(f"{text}: wrong checksum")
    if not value.startswith(prefix):
        raise Refused(f"{text}: of another kind")
    return value[len(prefix) :]


def der_integer(number: bytes) -> bytes:
    """A big-endian number as an ASN.1 INTEGER."""
    value = number.lstrip(b"\0") or b"\0"
    if value[0] & 0x80:
        value = b"\0" + value
    return bytes([0x02, len(value)]) + value


def der_signature(raw: bytes) -> bytes:
    """r and s of 32 bytes each as an ASN.1 SEQUENCE."""
    body = der_integer(raw[:32]) + der_integer(raw[32:])
    return bytes([0x30, len(body)]) + body


def openssl_accepts(curve: Curve, key: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether openssl says that `signature` is one by `key` over `digest`."""
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "-inkey": curve.key_info + key,
            "-in": digest,
            "-sigfile": signature,
        }
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", *curve.openssl]
        for option, content in files.items():
            path = pathlib.Path(folder, option.strip("-"))
            path.write_bytes(content)
            command += [option, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    verdict = done.stdout.strip()
    if verdict not in ("Signature Verified Successfully", "Signature Verification Failure"):
        raise Refused(f"openssl: {verdict} {done.stderr.strip()}")
    return done.returncode == 0 and verdict == "Signature Verified Successfully"


def verify(address: str, public_key: str, message: bytes, signature: str) -> None:
    """Accepts in silence or raises Refused."""
    curve = CURVES.get(address[:3])
    if curve is None:
        raise Refused(f"{address}: no address of tz1, tz2 or tz3")
    key = decode(public_key, curve.key)
    if decode(address, curve.address) != hashlib.blake2b(key, digest_size=20).digest():
        raise Refused(f"{public_key} is not the key of {address}")
    raw = decode(signature, curve.signature)
    if len(raw) != 64:
        raise Refused(f"{signature}: {len(raw)} bytes")
    digest = hashlib.blake2b(message, digest_size=32).digest()
    written = raw if curve.openssl else der_signature(raw)
    if not openssl_accepts(curve, key, digest, written):
        raise Refused(f"{signature} is no signature by {address} over these {len(message)} bytes")


# Recorded with the original Tezio signer, github.com/prof-groff/tezio at bc67eef, testing/: a block
# of Ghostnet, and texts signed by early devices. The second has S in the upper half.
SAMPLES = [
    (
        "tz3bcN2yEiHacx1YE6xoVu1CfU26J3rRKB1j",
        "p2pk67sgWVeez7btMgFJCjdx49euuZ3P62vFWi4v2TXZH6gobNa6M4D",
        "11af1864d90055c2d20866309658c0cc63b9110b942506d9e5699b8d1a4b0de5e7688bc44bc044e44d41000000"
        "0065e785d8046f5682b8ac38947d817abcfc29ac1148ab6e14bd1608987b5acbbc0b1bb932d800000021000000"
        "0102000000040055c2d20000000000000004ffffffff00000004000000001212cb401c0fe6f680a1019dc7d5ab"
        "de7481694aa42bf8e2aa53a4c1e1959eef09dabe98dbdd5a2e0735e1e130170e50b25d6e3362b2355b551fd5f0"
        "432e8e3b0000000010b119fe5d7d0000000a",
        "p2sigmAF8m7qMyUdUYtdf3ciaax6rKfgnhbG9Lf6J1vTasEMfgi1RH4P3bSvSMTDeGozw2nvhzAQkNZCkboMrd9U"
        "PFRiUCt3Tw",
    ),
    (
        "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe",
        "p2pk66e7HovJkSsM2LdS5pn8DfxG53qRWifpn92PbbcLkD1YwYbaJ7a",
        "61626364656667",
        "p2sigqrufFFjxtCXkTZTsC9sYo4yLY3QYRcfoeTGXGuciMrooyuDATqgGkMNo5riLEJXaQ9FMEu5B8SA8Cx1BQDX"
        "Dd8GkkkNBM",
    ),
    (
        "tz2Dy8HhPZZqmxVK5hE8Unc66fiWvqY8wFXN",
        "sppk7ck4y4RnCoX32fAZwoKQxrgjGKR9Efb5VzaqUfkHacbAPr1ifG4",
        "61626364656667",
        "spsig1QTcnaD6H4G5ToyffFsYdxBp15V4tKiAwZpJXN1EJqy9QLgqYuCi5Vf5iGWwzHWCBbqmvC9JyugWfZ4AowL"
        "qWPFjbhPekc",
    ),
    (
        "tz1cmovtLzCMnpHEBNcQtSvB7vUpcHpc7Pbt",
        "edpkuBsdoxrpMAwPNZSqpgEaFdNz55uqNBrU43pjsBLTE1aM6XecgG",
        "6162636465666768696a6b6c6d6e6f707172737475767778797a61626365",
        "edsigtrW1HhQuA1QpAeXTu39N7x8q4JY8JdyJ8dBCwjrvku6xEyc29GPGz3gJ5WTwauzSHHcuNNVXwFm2spuuVp6"
        "C17HFDoYwpJ",
    ),
]


def must_refuse(what: str, *claim: str | bytes) -> None:
    """Ends the self-test when `claim` is accepted."""
    try:
        verify(*claim)
    except Refused:
        return
    sys.exit(f"self-test: {what} was accepted")


def self_test() -> None:
    """Accepts every sample, and none that is changed."""
    for number, (address, key, message, signature) in enumerate(SAMPLES):
        data = bytes.fromhex(message)
        other_address, other_key, _, other_signature = SAMPLES[number - 1]
        mistyped = signature[:-1] + ("1" if signature[-1] != "1" else "2")
        verify(address, key, data, signature)
        must_refuse("another message", address, key, data + b"\0", signature)
        must_refuse("a flipped bit", address, key, bytes([data[0] ^ 1]) + data[1:], signature)
        must_refuse("another signature", address, key, data, other_signature)
        must_refuse("a mistyped signature", address, key, data, mistyped)
        must_refuse("another key", address, other_key, data, signature)
        must_refuse("another address", other_address, key, data, signature)
    print(f"self-test: {len(SAMPLES)} recorded signatures hold, none of them changed")


def main(arguments: list[str]) -> None:
    """The command line."""
    if arguments == ["--self-test"]:
        self_test()
    elif len(arguments) == 4:
        address, key, message, signature = arguments
        try:
            verify(address, key, bytes.fromhex(message), signature)
        except Refused as refused:
            sys.exit(f"refused: {refused}")
        print(f"{signature} is by {address}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
