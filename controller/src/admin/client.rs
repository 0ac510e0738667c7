//! Finding a node that answers.

use super::service::MAX_REPLY;
use crate::proto::admin::StatusRequest;
use crate::proto::admin::admin_client::AdminClient;
use std::error::Error;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};

/// A node that answers operators.
pub(crate) type Client = AdminClient<Channel>;

/// No node answered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", .tried.iter().map(|(address, why)| format!("{address}: {why}")).collect::<Vec<_>>().join("; "))]
pub(crate) struct Unreachable {
    /// Every address, and why it was of no use.
    pub(crate) tried: Vec<(String, String)>,
}

/// Tries each address in turn, and takes the first node that is in contact with a majority; if there is
/// none, the first that answers.
pub(crate) async fn connect(
    addresses: &[String],
    patience: Duration,
) -> Result<Client, Unreachable> {
    let mut tried = Vec::new();
    let mut second_best = None;
    let share = patience / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    for address in addresses {
        match tokio::time::timeout(share.min(PROBE), probe(address)).await {
            Ok(Ok((client, true))) => return Ok(client),
            Ok(Ok((client, false))) => second_best = second_best.or(Some(client)),
            Ok(Err(why)) => tried.push((address.clone(), why)),
            Err(_) => tried.push((address.clone(), "no answer in time".to_owned())),
        }
    }
    second_best.ok_or(Unreachable { tried })
}

async fn probe(address: &str) -> Result<(Client, bool), String> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))
        .map_err(|_| "not a HOST:PORT".to_owned())?
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE);
    let channel = endpoint.connect().await.map_err(|error| root_cause(&error))?;
    let mut client = AdminClient::new(channel).max_decoding_message_size(MAX_REPLY);
    let status = client.status(StatusRequest::default()).await;
    let status = status.map_err(|status| format!("no Baton admin port: {}", status.message()))?;
    let status = status.into_inner();
    let well = status.quorum && status.leader.is_some();
    Ok((client, well))
}

/// Transport errors say what is wrong only at the end of their chain.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// How long one address may take.
const PROBE: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(5);
