//! HTTP/1.1 by hand on a TCP socket: what a client sends, to the byte, and what it is answered.

use core::net::{IpAddr, SocketAddr};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use super::keys::HsmKey;
use super::process::PATIENCE;

/// One connection, in the clear or behind TLS.
#[derive(Debug)]
pub(crate) struct Client<S = TcpStream>(BufReader<S>);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Bytes as a JSON string of hex.
pub(crate) fn quoted(message: &[u8]) -> String {
    format!("\"{}\"", hex::encode(message))
}

/// A connection from another address of the loopback.
pub(crate) fn connect_from(source: IpAddr, address: SocketAddr) -> TcpStream {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::new(source, 0)).unwrap();
    connect(&socket, &address).unwrap();
    TcpStream::from(socket)
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::patient(TcpStream::connect(address).unwrap())
    }

    /// Connects from another address of the loopback.
    pub(crate) fn connect_from(source: IpAddr, address: SocketAddr) -> Self {
        Self::patient(connect_from(source, address))
    }

    fn patient(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self::on(stream)
    }

    /// The same connection, to be cut from elsewhere.
    pub(crate) fn connection(&self) -> TcpStream {
        self.0.get_ref().try_clone().unwrap()
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn on(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: signer\r\n\r\n").as_bytes());
        self.receive()
    }

    /// POST with a body of type JSON.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Response {
        self.send_post(path, body);
        self.receive()
    }

    pub(crate) fn send_post(&mut self, path: &str, body: &str) {
        self.send(post(path, body).as_bytes());
    }

    /// Asks for a signature and waits for the answer.
    pub(crate) fn sign(&mut self, key: &HsmKey, message: &[u8]) -> Response {
        self.ask_to_sign(key, message);
        self.receive()
    }

    /// Asks for a signature.
    pub(crate) fn ask_to_sign(&mut self, key: &HsmKey, message: &[u8]) {
        self.send_post(&key.path(), &quoted(message));
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    /// Sends unless the connection has ended.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)?;
        self.0.get_mut().flush()
    }

    /// The next answer, whole.
    pub(crate) fn receive(&mut self) -> Response {
        self.receive_or_end().expect("an answer, not the end")
    }

    /// The next answer; `None` when the connection ends before it, reset ones included.
    pub(crate) fn receive_or_end(&mut self) -> Option<Response> {
        match self.try_receive() {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            read => read.unwrap(),
        }
    }

    /// The next answer; `None` when the connection ends before its first byte, an error when it ends
    /// before its last.
    pub(crate) fn try_receive(&mut self) -> io::Result<Option<Response>> {
        let Some(first) = self.line()?.filter(|line| !line.is_empty()) else {
            return Ok(None);
        };
        let status = first.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        while let Some(line) = self.line()?.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response {
            status,
            headers,
            body: String::new(),
        };
        let length = response.header("content-length").expect("a length");
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body)?;
        response.body = String::from_utf8(body).unwrap();
        Ok(Some(response))
    }

    /// Whether the daemon has closed the connection, which is waited for.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.line() {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
            line => line.unwrap().is_none(),
        }
    }

    /// A line without its end; `None` at the end of the stream, an error when that cuts the line.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let whole = line.ends_with('\n').then(|| line.trim_end().to_owned());
        whole
            .map(Some)
            .ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }
}

/// A request with a body of type JSON.
pub(crate) fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: signer\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON, one line with its end.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        assert!(self.body.ends_with('\n'), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The signature in an answer that has nothing else.
    pub(crate) fn signature(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        let json = self.json();
        let text = json["signature"].as_str().unwrap();
        assert_eq!(json, serde_json::json!({ "signature": text }), "{self:?}");
        text.to_owned()
    }

    /// The reason in a refusal, which has the form that octez-client reads and nothing else.
    pub(crate) fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let json = self.json();
        let reason = json[0]["msg"].as_str().unwrap();
        let expected = serde_json::json!([
            { "kind": "temporary", "id": "failure", "msg": reason }
        ]);
        assert_eq!(json, expected, "{self:?}");
        reason.to_owned()
    }

    /// A refusal with this status whose reason contains `text`.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, text: &str) {
        let reason = self.refusal(status);
        assert!(reason.contains(text), "\"{reason}\" lacks \"{text}\"");
    }
}
