//! Asks a node that serves nobody what it is waiting for.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Returns the first reason that the node behind `http` (`host:port`) gives for not being ready; none if it does
/// not answer, as most nodes that are down, or is ready.
pub(super) async fn unready(http: String) -> Option<String> {
    let answer = timeout(PATIENCE, ask(&http)).await.ok()?.ok()?;
    reason(&answer)
}

async fn ask(http: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(http).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {http}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Reads the first line of the body of a 503; it goes to a terminal.
fn reason(answer: &str) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let unavailable = head.split(' ').nth(1)? == "503";
    let first = body.lines().next().filter(|line| unavailable && !line.is_empty())?;
    Some(first.replace(char::is_control, "?"))
}

const PATIENCE: Duration = Duration::from_millis(500);
const MAX_ANSWER: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unready_node_has_a_reason() {
        let said = "HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\ndisk full\u{1b}[1m\nmore\n";
        assert_eq!(reason(said).as_deref(), Some("disk full?[1m"));
        for other in ["", "HTTP/1.1 200 OK\r\n\r\nok\n", "HTTP/1.1 503 x\r\n\r\n", "x\r\n\r\ny"] {
            assert_eq!(reason(other), None, "{other:?}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_no_reason() {
        assert_eq!(unready("127.0.0.1:1".to_owned()).await, None);
        assert_eq!(unready(String::new()).await, None);
    }
}
