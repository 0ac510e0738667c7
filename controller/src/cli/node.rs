//! `baton node`.

use super::args::{Common, NodeVerb};
use super::exit::Failure;
use super::out::{self, Format};
use super::{not_read, request};
use crate::admin::Client;
use crate::proto::admin::{ListNodesRequest, Node};

pub(super) async fn carry_out(
    mut client: Client,
    common: &Common,
    verb: NodeVerb,
) -> Result<(), Failure> {
    match verb {
        NodeVerb::List { view } => {
            let message = ListNodesRequest { linearizable: view.is_linearizable() };
            let answer = client.list_nodes(request(common, message)).await;
            let failed = |status| not_read("the nodes could not be listed", view, &status);
            let reply = answer.map_err(failed)?.into_inner();
            out::show(common.output, &reply, |reply| {
                table(&reply.nodes, common.output)
                    + &super::seen(reply.answered_by, reply.applied, common)
            })
        }
    }
}

pub(super) fn table(nodes: &[Node], format: Format) -> String {
    let short = |node: &Node| {
        let Node { id, state, raft, owned, connected, .. } = node;
        [id.to_string(), state.clone(), raft.clone(), owned.to_string(), connected.to_string()]
    };
    if format != Format::Wide {
        let header = ["NODE", "STATE", "RAFT", "OWNS", "CONNECTED"];
        return out::table(header, nodes.iter().map(short));
    }
    let header =
        ["NODE", "STATE", "RAFT", "OWNS", "CONNECTED", "OPENFLOW", "PEER", "ADMIN", "HTTP"];
    let wide = |node: &Node| {
        let [id, state, raft, owned, connected] = short(node);
        let Node { openflow, peer, admin, http, .. } = node.clone();
        [id, state, raft, owned, connected, openflow, peer, admin, http]
    };
    out::table(header, nodes.iter().map(wide))
}
