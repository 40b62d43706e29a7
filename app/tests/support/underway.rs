//! A request that is known to have been taken in and not to be answered yet.

use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use super::daemon::Daemon;
use super::http::Response;
use super::keys::TZ3;
use super::process::PATIENCE;

/// Of two clients that asked for different bytes at one level and round, the one that was not
/// refused.
///
/// Nothing outside the daemon tells when it has read a request; but as soon as one of the two is
/// refused because of the other, that other one is under way.
#[derive(Debug)]
pub(crate) struct Underway {
    /// What it asked for.
    pub(crate) message: Vec<u8>,
    /// What the other one asked for.
    pub(crate) refused: Vec<u8>,
    connection: TcpStream,
    answers: Receiver<(usize, Option<Response>)>,
}

impl Underway {
    /// Asks for both messages, which must stand in each other's way.
    pub(crate) fn begin(daemon: &Daemon, messages: [Vec<u8>; 2]) -> Self {
        let (answers_in, answers) = channel();
        let mut connections = Vec::new();
        for (at, message) in messages.iter().cloned().enumerate() {
            let (answers, mut client) = (answers_in.clone(), daemon.client());
            connections.push(client.connection());
            std::thread::spawn(move || {
                client.ask_to_sign(&TZ3, &message);
                // The test may have ended for another reason.
                let _ = answers.send((at, client.receive_or_end()));
            });
        }
        let (at, answer) = answers.recv_timeout(PATIENCE).unwrap();
        let reason = "is being signed with different data";
        answer.unwrap().assert_refused(409, reason);
        let [first, second] = messages;
        let (message, refused) = if at == 0 {
            (second, first)
        } else {
            (first, second)
        };
        Self {
            message,
            refused,
            connection: connections.swap_remove(1 - at),
            answers,
        }
    }

    /// The client goes away.
    pub(crate) fn hang_up(&self) {
        self.connection.shutdown(Shutdown::Both).unwrap();
    }

    /// Waits for the answer.
    pub(crate) fn answer(&self) -> Response {
        let (_, answer) = self.answers.recv_timeout(PATIENCE).unwrap();
        answer.expect("an answer, not the end")
    }
}
