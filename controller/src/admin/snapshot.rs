//! Sends the state to an operator who saves it.

use super::Node;
use crate::proto::admin::SnapshotChunk;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// The state as a file, in pieces.
pub(super) type Chunks = ReceiverStream<Result<SnapshotChunk, Status>>;

/// Takes the state as of now, and sends it at the client's pace. It shows everything that was acknowledged before.
pub(super) async fn send(node: &Node) -> Result<Chunks, Status> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let saved_at_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let archive = node.consensus.archive(saved_at_ms).await;
    let archive = archive.map_err(|error| Status::unavailable(error.to_string()))?;
    let encoded = tokio::task::spawn_blocking(move || archive.to_bytes()).await;
    let file = encoded.map_err(|error| Status::internal(error.to_string()))?;
    let file = file.map_err(Status::internal)?;
    let (client, chunks) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let file_len = file.len() as u64;
        for data in file.chunks(CHUNK_BYTES).map(<[u8]>::to_vec) {
            if client.send(Ok(SnapshotChunk { file_len, data })).await.is_err() {
                return;
            }
        }
    });
    Ok(ReceiverStream::new(chunks))
}

const CHUNK_BYTES: usize = 256 << 10;
/// Pieces that wait for a slow client.
const AHEAD: usize = 4;
