//! TLS over real sockets, with certificates made for the occasion.

mod authority;
mod clients;
mod files;
mod handshake;
mod meeting;
mod reload;
