//! Scripts over a whole signer: each module is one behaviour, played with real keys, packets and
//! journal bytes in virtual time.

#[path = "../support/mod.rs"]
mod support;

mod accepts;
mod authorizers;
mod back_pressure;
mod broken_packets;
mod conflicts;
mod day_limits;
mod deadlines;
mod device_failures;
mod every_stage;
mod extension;
mod gone_clients;
mod histories;
mod identification;
mod known_keys;
mod nonces;
mod power_cuts;
mod refuses;
mod reload;
mod repeats;
mod store_failures;
mod switches;
mod two_hsms;
mod tz4_authorizers;
mod unsupported;
mod urgency;
