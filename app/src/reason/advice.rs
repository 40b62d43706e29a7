//! What decides for each reason, and what to do about it.

use super::Reason;

impl Reason {
    /// The field of the configuration that decides, or what else does.
    pub(crate) const fn rule(self) -> &'static str {
        match self {
            Self::Peer => "allowed_ips, allowed_users, allowed_groups, allowed_clients",
            Self::Malformed => "the protocol",
            Self::Unsupported => "the HSM",
            Self::KnownKeys => "allow_list_known_keys",
            Self::UnknownKey => "keys",
            Self::AuthenticationMissing | Self::AuthenticationInvalid => {
                "authorized_keys; auth_req and authorized_by of the key"
            }
            Self::MagicByte => "allowed_ops of the key",
            Self::TooLarge => "the HSM's buffer",
            Self::Message | Self::Layout => "the shape of the message",
            Self::Chain => "chains of the key",
            Self::Unreadable => "allow_unreadable_operations of the key",
            Self::Operation | Self::Overspent => "operations of the key",
            Self::Client => "clients of the key",
            Self::Below | Self::Conflict => "the high watermark",
            Self::AtStart | Self::Unknown => "high_water_marks",
            Self::Jump => "level_jumps",
            Self::HandedOver => "the handover of the key",
            Self::Foreign | Self::HsmUnexpected | Self::HsmInvalidSignature => {
                "the check of what the HSM answers"
            }
            Self::HsmRepeatedNonce => "the check of the HSM's nonces",
            Self::StoreFailed => "the disk",
            Self::Busy => "the length of the queue",
            Self::Late => "timeouts.request_ms",
            Self::HsmLink => "the line to the HSM; without_hsm",
            Self::HsmWatermark => "the HSM's own watermark",
            Self::HsmStatus => "the HSM",
            Self::HsmWrongKey => "keys; hsm",
        }
    }

    /// What to do about it, or why nothing is to be done.
    pub(crate) const fn fix(self) -> &'static str {
        match self {
            Self::Peer => {
                "If this client may ask, add its address, user, group or certificate's name to that \
                 list, then run: tezio-signer reload. If you do not know it, leave everything as it is"
            }
            Self::Malformed => {
                "Nothing to change here: the client does not speak Octez' remote signer protocol, or a \
                 proxy between the two changes what it says"
            }
            Self::Unsupported => "Nothing to change: a Tezio HSM cannot do this",
            Self::KnownKeys => {
                "If clients may list the keys, set allow_list_known_keys: true, then run: tezio-signer \
                 reload"
            }
            Self::UnknownKey => {
                "If the HSM holds this key, add it to keys and restart the signer; otherwise the client \
                 asks the wrong signer"
            }
            Self::AuthenticationMissing => {
                "Give the client a key of its own (octez-client gen keys) whose public key stands in \
                 authorized_keys; it then signs its requests by itself"
            }
            Self::AuthenticationInvalid => {
                "The client signs its requests with a key that does not count here: add its public key \
                 to authorized_keys, and its address to authorized_by if the key has that list, then \
                 run: tezio-signer reload. If you do not know the client, leave everything as it is"
            }
            Self::MagicByte => {
                "If the key is meant to sign this, add the byte to its allowed_ops, then run: \
                 tezio-signer reload. A baking key has no need of 0x03"
            }
            Self::TooLarge => {
                "No setting helps: the HSM takes no more. Split a batch into several operations"
            }
            Self::Message => {
                "Nothing to change: the bytes are not what their first one announces, and such a \
                 message has no sound level and round"
            }
            Self::Layout => {
                "Nothing to change: a vote is laid out for another kind of key than the one that was \
                 asked; see that the client asks the right key"
            }
            Self::Chain => {
                "If the key is for this chain as well, add it to chains of the key, then run: \
                 tezio-signer reload; otherwise the client is connected to the wrong network"
            }
            Self::Unreadable => {
                "If you know what the operation does, have it signed elsewhere, or set \
                 allow_unreadable_operations: true for this key, which then signs what nobody here can \
                 judge. A newer tezio-signer may be able to read it"
            }
            Self::Operation => {
                "If the key is meant to do this, let operations of the key allow it (docs/policy.md has \
                 every word), then run: tezio-signer reload"
            }
            Self::Client => {
                "If this client may have it, say so in clients of the key, then run: tezio-signer reload"
            }
            Self::Overspent => {
                "Wait until what was sent is 24 hours old, or raise max_amount_per_day, then run: \
                 tezio-signer reload"
            }
            Self::Below => {
                "Nothing to change: the key has signed above this, and a baker that is behind must not \
                 sign again what is past. Look whether two bakers use the key, or whether the node was \
                 behind the chain. Never lower a mark for this"
            }
            Self::Conflict => {
                "Nothing to change: this was the attempt to sign twice at one level and round, which \
                 costs a part of the stake, and it was stopped. Find out who asked for the message that \
                 was signed: usually two bakers run with one key, and one of them must be stopped"
            }
            Self::AtStart => {
                "Wait for the next level: what was signed at a mark that somebody set is not known, so \
                 nothing is signed there"
            }
            Self::Unknown => {
                "Say in high_water_marks where this chain and key start, stop the signer, and run: \
                 tezio-signer watermarks init"
            }
            Self::Jump => {
                "See that this machine's clock is right. If the chain is really there, stop the signer \
                 and run the command that the refusal names. If not, somebody asked for a forged level"
            }
            Self::HandedOver => {
                "Nothing to change: the key signs on another machine now, and both would sign twice. \
                 Point the baker there"
            }
            Self::Foreign => "A fault of this program: report it, with this entry",
            Self::StoreFailed => {
                "Mend the disk that the state directory is on, then restart the signer: what the disk \
                 holds is read anew"
            }
            Self::Busy => {
                "More is asked for than the HSM can sign. Move payouts and tests to another HSM, or add \
                 one with the same keys"
            }
            Self::Late => {
                "The HSM had no time for it: look at queue_ms and hsm_ms of the entries before, move \
                 operations to another HSM or add one with the same keys. tezio-signer doctor measures \
                 the board"
            }
            Self::HsmLink => {
                "See that the board is plugged in and has power, then run: tezio-signer hsm list, and \
                 tezio-signer doctor with the signer stopped"
            }
            Self::HsmWatermark => {
                "The board's own mark is above this until it loses power. If the signer's marks are \
                 right and this comes again at the next level, unplug the board and plug it in"
            }
            Self::HsmStatus => {
                "The entry's text has the board's status: enable the operation for this key in the \
                 board's sketch, or unplug the board and plug it in. tezio-signer doctor says more"
            }
            Self::HsmUnexpected | Self::HsmInvalidSignature => {
                "Nothing was released. Once may be a disturbed line: change the cable. If it comes \
                 again, take the board out of service"
            }
            Self::HsmRepeatedNonce => {
                "Take the board out of service now, and move to new keys: its random source fails, and \
                 two signatures with one nonce give the secret key away. The second was thrown away"
            }
            Self::HsmWrongKey => {
                "Another board is plugged in than the configuration says: put the right one in, or mend \
                 keys and hsm"
            }
        }
    }
}
