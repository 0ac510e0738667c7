//! One controller connection of a virtual switch, kept up.

use super::Shared;
use crate::vswitch::ConnectionId;
use bytes::BytesMut;
use openflow::framing::next_frame;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// Dials a controller for ever, ever more slowly while it does not answer.
pub(super) async fn keep(id: ConnectionId, address: SocketAddr, shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Ok(Ok(stream)) = timeout(DIAL_LIMIT, TcpStream::connect(address)).await {
            pause = FIRST_PAUSE;
            let wake = shared.lock().connect(id, shared.now());
            // The error is the connection's end, which is all that matters here.
            let _ = serve(id, stream, &wake, &shared).await;
            shared.lock().disconnect(id);
        }
        sleep(pause).await;
        pause = (2 * pause).min(LAST_PAUSE);
    }
}

async fn serve(
    id: ConnectionId,
    stream: TcpStream,
    wake: &Notify,
    shared: &Shared,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (from, to) = stream.into_split();
    tokio::select! {
        ended = read(id, from, shared) => ended,
        ended = write(id, to, wake, shared) => ended,
    }
}

async fn read(id: ConnectionId, mut from: OwnedReadHalf, shared: &Shared) -> io::Result<()> {
    let mut buffer = BytesMut::with_capacity(CHUNK);
    let mut probed = false;
    loop {
        buffer.reserve(CHUNK);
        match timeout(PROBE_AFTER, from.read_buf(&mut buffer)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(read) => read?,
            Err(_) if probed => return Err(io::ErrorKind::TimedOut.into()),
            Err(_) => {
                shared.lock().probe(id);
                probed = true;
                continue;
            }
        };
        probed = false;
        let mut core = shared.lock();
        loop {
            match next_frame(&mut buffer) {
                Ok(Some(bytes)) => core.handle(id, &bytes, shared.now()),
                Ok(None) => break,
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }
}

async fn write(
    id: ConnectionId,
    mut to: OwnedWriteHalf,
    wake: &Notify,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        let Some(bytes) = shared.lock().take(id) else { return Ok(()) };
        if bytes.is_empty() {
            wake.notified().await;
        } else {
            to.write_all(&bytes).await?;
        }
    }
}

const CHUNK: usize = 64 << 10;
const DIAL_LIMIT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// Silence after which Open vSwitch probes a controller, and again as much after which it gives up.
const PROBE_AFTER: Duration = Duration::from_secs(5);
