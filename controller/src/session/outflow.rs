//! The way out to a switch: from the outbox into the connection.

use super::outbox::Outbox;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

/// The writing half of a connection, and what it has not passed on yet.
pub(super) struct Outflow<W> {
    pub(super) writer: W,
    /// Whether the connection may keep bytes to itself, as TLS does.
    unflushed: bool,
}

impl<W: AsyncWrite + Unpin> Outflow<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, unflushed: false }
    }

    /// Returns whether all that was sent is with the kernel.
    pub(super) fn is_idle(&self, out: &Outbox) -> bool {
        out.waiting() == 0 && !self.unflushed
    }

    /// Writes what the connection takes; ready once that was anything.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, out: &mut Outbox) -> Poll<io::Result<()>> {
        let mut moved = false;
        while out.waiting() > 0 {
            match Pin::new(&mut self.writer).poll_write(cx, out.pending())? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(n) => {
                    out.advance(n);
                    (self.unflushed, moved) = (true, true);
                }
                Poll::Pending if moved => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
        let flushed = Pin::new(&mut self.writer).poll_flush(cx)?.is_ready();
        self.unflushed &= !flushed;
        if moved || flushed { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}
