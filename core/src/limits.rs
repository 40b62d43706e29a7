//! Every capacity of the core, with the reason for its number.

/// Keys that one signer serves: four devices with all four aliases in use.
pub const KEYS: usize = 16;

/// HSMs that one signer drives.
pub const HSMS: usize = 4;

/// Keys that may authenticate requests: a baker, an accuser, a payout tool and their successors.
pub const AUTHORIZED_KEYS: usize = 8;

/// Entries in the list of allowed addresses.
pub const ADDRESS_RANGES: usize = 32;

/// Milliseconds from a reply's first byte to its last.
pub const REST_MS: u32 = 500;

/// Silence that ends draining. The firmware answers a broken packet after about 115 ms.
pub const QUIET_MS: u32 = 300;

/// Silence after the answer to a probe that shows that nothing else was on its way.
pub const SETTLE_MS: u32 = 50;

/// How long a device that never falls silent is drained, and how long a probe is waited for.
pub const RESYNC_MS: u32 = 3_000;

/// Rounds of draining and probing before the port is closed and opened again.
pub const RESYNC_ROUNDS: u8 = 3;

/// Largest body of an HTTP request, in bytes: an operation of 32 KiB, the most that Octez allows, as
/// hex in a JSON string.
pub const HTTP_BODY: usize = 2 * 32 * 1024 + 1024;

/// Milliseconds after which an HSM that showed a wrong key, or none, is asked again, if its replies
/// may not take longer.
pub const IDENTIFY_AGAIN_MS: u32 = 1_000;

/// Milliseconds after which an HSM that failed at a signature is trusted as much as its twin again. One
/// that always fails costs the time of a failure once in so long.
pub const FAILING_MS: u32 = 60_000;

/// Nonces remembered for each key. A random source that fails repeats itself at once.
pub const NONCES: usize = 16;

/// How often a message is sent to an HSM that answers that it received a broken packet: it has then
/// done nothing.
pub const ATTEMPTS: u8 = 2;

/// How often a message is sent to HSMs in all before those that failed at it are not tried again.
pub const TRIES: u8 = 4;

/// Largest payload of a socket frame, in bytes: an operation of 32 KiB, the most that Octez allows,
/// with key and authentication.
pub const SOCKET_FRAME: usize = 36 * 1024;

/// Entries in the lists of allowed users and of allowed groups.
pub const USERS: usize = 16;

/// Entries in the list of allowed clients.
pub const CLIENTS: usize = 16;

/// Bytes of a client's name: those of the longest DNS name.
pub const CLIENT_NAME: usize = 253;

/// Rules for operations, of all keys together: a few for each of the keys that are not for baking.
pub const RULES: usize = 32;

/// Rules with a limit per day, of all keys together. Each takes 400 bytes to count by.
pub const DAY_LIMITS: usize = 8;

/// Destinations in rules for operations, of all rules together.
pub const DESTINATIONS: usize = 64;

/// Entrypoints in rules for operations, of all rules together.
pub const ENTRYPOINTS: usize = 32;

/// Entries that say what which client may ask of a key, of all keys together.
pub const CLIENT_RULES: usize = 32;

/// Chains that a key may be bound to: a main network and test networks with their successors.
pub const CHAINS: usize = 4;
