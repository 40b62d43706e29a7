//! Front ends: what carries requests to the driver and replies back.

pub(crate) mod http;
