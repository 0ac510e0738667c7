//! Takes connections from switches.

use super::task;
use crate::node::Shared;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Serves switches on `listener` for the life of the process, in the runtime that it is called in.
pub(crate) async fn listen(listener: TcpListener, node: Arc<Shared>) {
    // Its events are to come in here, too.
    let listener = match listener.into_std().and_then(TcpListener::from_std) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "switches cannot be served"),
    };
    let places = Arc::new(Semaphore::new(node.config.limits.sessions));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a switch's connection could not be accepted");
                // Out of file descriptors, most likely: trying at once would only spin.
                if error.kind() != io::ErrorKind::ConnectionAborted {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(%peer, limit = node.config.limits.sessions, "refused a connection: too many sessions");
            continue;
        };
        let node = Arc::clone(&node);
        // A task of its own: whatever goes wrong inside, a panic included, ends this session only.
        tokio::spawn(async move {
            task::run(stream, peer, node).await;
            drop(place);
        });
    }
}

const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);
