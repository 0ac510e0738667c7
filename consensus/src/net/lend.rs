//! A stream that is lent, and taken back.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio_stream::Stream;

/// Lends `stream`: it ends for the borrower as soon as the [`Loan`] is dropped, and is dropped itself.
///
/// What is handed to a connection as the body of a request may be kept there for as long as the connection
/// likes: a client of HTTP/2 that lost its connection has been seen never to drop, nor to poll, a body that was
/// waiting. openraft's stream of requests holds a lock while it waits, and replication to that node stood still
/// for good.
pub(crate) fn lend<S>(stream: S) -> (Loan<S>, Lent<S>) {
    let slot = Arc::new(Mutex::new(Some(stream)));
    (Loan(slot.clone()), Lent(slot))
}

/// The lender's end.
#[derive(Debug)]
pub(crate) struct Loan<S>(Slot<S>);

/// The borrower's end.
#[derive(Debug)]
pub(crate) struct Lent<S>(Slot<S>);

type Slot<S> = Arc<Mutex<Option<S>>>;

fn open<S>(slot: &Slot<S>) -> MutexGuard<'_, Option<S>> {
    // A stream that panicked is not polled again by those who saw it.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Drop for Loan<S> {
    fn drop(&mut self) {
        let stream = open(&self.0).take();
        drop(stream);
    }
}

impl<S: Stream + Unpin> Stream for Lent<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        match &mut *open(&self.0) {
            Some(stream) => Pin::new(stream).poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lend;
    use tokio::sync::mpsc;
    use tokio_stream::StreamExt;
    use tokio_stream::wrappers::ReceiverStream;

    #[tokio::test]
    async fn a_stream_is_back_once_the_loan_is_over_whoever_keeps_the_rest() {
        let (sender, receiver) = mpsc::channel(2);
        let (loan, mut lent) = lend(ReceiverStream::new(receiver));
        sender.send(1).await.unwrap();
        assert_eq!(lent.next().await, Some(1));
        drop(loan);
        assert!(sender.is_closed());
        assert_eq!(lent.next().await, None);
    }
}
