//! As much of an HTTP client as fetching `/readyz` and `/metrics` takes.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Fetches `path`; returns the status and the body.
pub(super) async fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    timeout(LIMIT, exchange(address, path)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

async fn exchange(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    // HTTP/1.0: the body ends with the connection, so it needs no decoding.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, answer))
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

const LIMIT: Duration = Duration::from_secs(5);
const MAX_ANSWER: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        let answer = "HTTP/1.0 503 Service Unavailable\r\ncontent-length: 9\r\n\r\nno quorum";
        assert_eq!(parse(answer), Some((503, "no quorum".to_owned())));
        for broken in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 x\r\n\r\n", "SSH-2.0\r\n\r\n"] {
            assert_eq!(parse(broken), None, "{broken:?}");
        }
    }
}
