//! The serial protocol of the Tezio HSM, in both roles.
//!
//! ```text
//! host      command -> request packet -> serial line -> reply packet -> answer
//! device    serial line -> request packet -> operation -> reply packet
//! ```
//!
//! Format and behaviour: Tezio library 0.2.0 and its API sketch, `github.com/prof-groff/tezio` at
//! commit `bc67eef`.

mod answer;
mod command;
mod crc;
pub mod device;
pub mod extension;
mod link;
mod packet;
mod status;

pub use answer::{Answer, AnswerFault};
pub use command::{Command, KeyAlias, KeyFormat, Mode, Opcode};
pub use link::{Ask, Link, LinkFault, Outcome};
pub use packet::{MAX_BODY, MAX_DATA, MAX_LENGTH, MAX_REQUEST, ReplyPacket, RequestPacket, START};
pub use status::Status;
