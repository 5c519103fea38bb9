//! HTTP/1.1 on one connection, by hand: full control over when an answer is lost or cut, and no
//! feature of hyper that the SDK would have to be compiled a second time for.

use super::answer::Answer;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{HeaderMap, StatusCode};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request with its whole body.
pub struct Incoming {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, chunks joined.
    pub body: Bytes,
    /// The client wants the connection closed after the answer.
    pub last: bool,
}

/// A connection and what was read of it and not used yet.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    /// A connection that was just accepted.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next request; `None` when the client closed the connection between two.
    pub async fn read(&mut self) -> io::Result<Option<Incoming>> {
        let mut incoming = loop {
            if let Some((incoming, used)) = head(&self.buffer)? {
                self.buffer.drain(..used);
                break incoming;
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(broken("half a request")) };
            }
        };
        if incoming.headers.remove(EXPECT).is_some() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let chunked = incoming.headers.remove(TRANSFER_ENCODING).is_some();
        let length = incoming.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        incoming.body = match (chunked, length) {
            (true, _) => self.chunks().await?.into(),
            (false, length) => self.take(length.unwrap_or(0)).await?.into(),
        };
        Ok(Some(incoming))
    }

    /// Sends an answer; `half`: only the first half of its body.
    pub async fn write(&mut self, answer: &Answer, head_only: bool, half: bool) -> io::Result<()> {
        let reason = answer.status.canonical_reason().unwrap_or("");
        let mut out = format!("HTTP/1.1 {} {reason}\r\n", answer.status.as_u16()).into_bytes();
        for (name, value) in &answer.headers {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        if !head_only && answer.status != StatusCode::NO_CONTENT {
            out.extend_from_slice(format!("content-length: {}\r\n", answer.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        let end = if half { answer.body.len() / 2 } else { answer.body.len() };
        if !head_only {
            out.extend_from_slice(&answer.body.slice(..end));
        }
        self.stream.write_all(&out).await?;
        self.stream.flush().await
    }

    async fn fill(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.fill().await? {
                return Err(broken("half a body"));
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or("").trim().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(|_| broken("a chunk without a size"))?;
            if size == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.take(size).await?);
            self.line().await?;
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line = self.take(at).await?;
                self.take(2).await?;
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if !self.fill().await? {
                return Err(broken("half a chunk"));
            }
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn head(buffer: &[u8]) -> io::Result<Option<(Incoming, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(used) = request.parse(buffer).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let mut map = HeaderMap::new();
    for header in request.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(io::Error::other)?;
        map.append(name, HeaderValue::from_bytes(header.value).map_err(io::Error::other)?);
    }
    let (method, target) = (request.method.unwrap_or("GET"), request.path.unwrap_or("/"));
    let says_close = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"close");
    let last = request.version == Some(0) || map.get(CONNECTION).is_some_and(says_close);
    let incoming = Incoming { method: method.to_owned(), target: target.to_owned(), headers: map, body: Bytes::new(), last };
    Ok(Some((incoming, used)))
}
