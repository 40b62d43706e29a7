//! The daemon as its users have it: the real program on real sockets and a real pseudo-terminal,
//! each module one thing that it promises them.

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod audit;
mod audit_room;
mod authentication;
mod board_comes_and_goes;
mod board_faults;
mod board_keys;
mod clients;
mod configuration;
mod control;
mod demo;
mod disk_full;
mod doctor;
mod documents;
mod ending;
mod explain;
mod faulty_line;
mod frames;
mod front_ends;
mod generate;
mod handed_sockets;
mod hsm_list;
mod https;
mod import_config;
mod init;
mod level_jumps;
mod load;
mod malformed_messages;
mod malformed_requests;
mod metrics;
mod monitor;
mod operator;
mod policy;
mod reload;
mod repeats;
mod restarts;
mod serves;
mod service;
mod several_boards;
mod soak;
mod state_directory;
mod status;
mod tcp;
mod unix;
mod unread_log;
mod usb;
mod watermarks;
