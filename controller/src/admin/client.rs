//! Finding a node that answers.

use super::service::MAX_REPLY;
use crate::grpc;
use crate::proto::admin::StatusRequest;
use crate::proto::admin::admin_client::AdminClient;
use crate::tls;
use rustls::ClientConfig;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

/// A node that answers operators.
pub(crate) type Client = AdminClient<Channel>;

/// No node answered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", .tried.iter().map(|(address, why)| format!("{address}: {why}")).collect::<Vec<_>>().join("; "))]
pub(crate) struct Unreachable {
    /// Every address, and why it was of no use.
    pub(crate) tried: Vec<(String, Trouble)>,
}

/// Why a node was of no use.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Trouble {
    /// It does not take our certificate.
    #[error("{0}")]
    Refused(String),
    /// It wants a certificate, and was spoken to in plain text.
    #[error("it speaks TLS, and wants a certificate")]
    WantsTls,
    /// It speaks plain text, and was spoken to in TLS.
    #[error("it does not speak TLS")]
    Plain,
    /// It cannot be reached, or is no node.
    #[error("{0}")]
    Silent(String),
}

/// Tries each address in turn, and takes the first node that is in contact with a majority; if there is
/// none, the first that answers. Without `tls` they are spoken to in plain text.
pub(crate) async fn connect(
    addresses: &[String],
    tls: Option<Arc<ClientConfig>>,
    patience: Duration,
) -> Result<Client, Unreachable> {
    let mut tried = Vec::new();
    let mut second_best = None;
    let share = patience / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    for address in addresses {
        match timeout(share.min(PROBE), probe(address, tls.clone())).await {
            Ok(Ok((client, true))) => return Ok(client),
            Ok(Ok((client, false))) => second_best = second_best.or(Some(client)),
            Ok(Err(trouble)) => tried.push((address.clone(), trouble)),
            Err(_) => {
                tried.push((address.clone(), Trouble::Silent("no answer in time".to_owned())))
            }
        }
    }
    second_best.ok_or(Unreachable { tried })
}

async fn probe(address: &str, tls: Option<Arc<ClientConfig>>) -> Result<(Client, bool), Trouble> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))
        .map_err(|_| Trouble::Silent("not a HOST:PORT".to_owned()))?
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE);
    let in_plain_text = tls.is_none();
    let channel = grpc::connect(&endpoint, move || tls.clone()).await;
    let channel = channel.map_err(|error| Trouble::of(&error))?;
    let mut client = AdminClient::new(channel).max_decoding_message_size(MAX_REPLY);
    let status = match client.status(StatusRequest::default()).await {
        Ok(status) => status.into_inner(),
        Err(_) if in_plain_text && speaks_tls(address).await => return Err(Trouble::WantsTls),
        Err(status) if status.code() == Code::PermissionDenied => {
            return Err(Trouble::Refused(status.message().to_owned()));
        }
        Err(status) => {
            let why = format!("no Baton admin port: {}", status.message());
            return Err(Trouble::Silent(why));
        }
    };
    let well = status.quorum && status.leader.is_some();
    Ok((client, well))
}

impl Trouble {
    fn of(error: &(dyn Error + 'static)) -> Self {
        match tls::handshake(error) {
            Some(rustls::Error::AlertReceived(_)) => Self::Refused(grpc::why(error)),
            Some(rustls::Error::InvalidMessage(_)) => Self::Plain,
            _ => Self::Silent(grpc::why(error)),
        }
    }
}

/// Returns whether a port answers the first words of HTTP/2 with an alert of TLS (RFC 8446 §5.1).
async fn speaks_tls(address: &str) -> bool {
    let first_byte = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
        stream.read_u8().await
    };
    first_byte.await.is_ok_and(|byte| byte == ALERT)
}

/// Content type of an alert.
const ALERT: u8 = 21;
/// How long one address may take.
const PROBE: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(5);
