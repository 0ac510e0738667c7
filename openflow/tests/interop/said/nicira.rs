//! Nicira's actions as os-ken says them, in every version the same.

use bytes::Bytes;
use openflow::nicira::{
    Bundle, Conntrack, ControllerId, CtFlags, CtZone, FieldOffset, Learn, LearnFlags, LearnSource,
    LearnSpec, LearnTarget, Multipath, Nat, NatFlags, OutputReg, RegLoad, RegMove, Sample,
    ShortPort, Subfield,
};
use openflow::{Action, NiciraAction, PacketInReason, TableId, nxm};

pub(super) fn actions() -> Vec<Action> {
    let all = forwarding().into_iter().chain(learning()).chain(choices()).chain(tracking());
    all.map(|action| Action::Nicira(Box::new(action))).collect()
}

fn forwarding() -> Vec<NiciraAction> {
    let output = OutputReg { source: Subfield::of(nxm::REG0, 2, 16), max_len: 1024 };
    vec![
        NiciraAction::PopQueue,
        NiciraAction::RegLoad(RegLoad { target: Subfield::of(nxm::REG1, 2, 16), value: 0x1234 }),
        NiciraAction::Note(Bytes::from_static(&[1, 2, 3, 4, 5, 6])),
        NiciraAction::SetTunnel(7),
        NiciraAction::SetTunnel64(0x7_0000_0008),
        NiciraAction::RegMove(RegMove {
            bits: 16,
            source: FieldOffset { offset: 1, ..nxm::ETH_SRC.into() },
            target: FieldOffset { offset: 3, ..nxm::REG2.into() },
        }),
        NiciraAction::Resubmit { in_port: ShortPort(3) },
        NiciraAction::ResubmitTable { in_port: ShortPort::IN_PORT, table: TableId(2) },
        NiciraAction::OutputReg(output),
        NiciraAction::OutputReg2(output),
    ]
}

fn learning() -> Vec<NiciraAction> {
    let spec = |bits, source, target| LearnSpec { bits, source, target };
    let value = |bytes| LearnSource::Value(Bytes::from_static(bytes));
    let learn = Learn {
        idle_timeout: 180,
        hard_timeout: 300,
        priority: 7,
        cookie: 0x64,
        flags: LearnFlags::SEND_FLOW_REM,
        table_id: TableId(1),
        fin_idle_timeout: 10,
        fin_hard_timeout: 20,
        specs: vec![
            spec(16, value(&[8, 0]), LearnTarget::Match(nxm::ETH_TYPE.into())),
            spec(
                48,
                LearnSource::Field(nxm::ETH_SRC.into()),
                LearnTarget::Match(nxm::ETH_DST.into()),
            ),
            spec(8, value(&[0, 5]), LearnTarget::Load(nxm::REG1.into())),
            spec(16, LearnSource::Field(nxm::IN_PORT.into()), LearnTarget::Output),
        ],
    };
    vec![NiciraAction::Learn(learn), NiciraAction::Exit]
}

fn choices() -> Vec<NiciraAction> {
    let sample = Sample { probability: 3, collector_set_id: 1, obs_domain_id: 2, obs_point_id: 4 };
    let bundle =
        Bundle { algorithm: 1, fields: 0, basis: 50, members: vec![ShortPort(1), ShortPort(2)] };
    vec![
        NiciraAction::Controller {
            max_len: 1024,
            controller_id: ControllerId(1),
            reason: PacketInReason(0),
        },
        NiciraAction::DecTtlCntIds([1, 2, 3].map(ControllerId).to_vec()),
        NiciraAction::StackPush(Subfield::of(nxm::REG2, 0, 5)),
        NiciraAction::StackPop(Subfield::of(nxm::REG2, 0, 5)),
        NiciraAction::Sample(sample),
        NiciraAction::Sample2 { sample, port: ShortPort(8080) },
        NiciraAction::FinTimeout { idle: 30, hard: 60 },
        NiciraAction::Conjunction { clause: 1, n_clauses: 2, id: 10 },
        NiciraAction::Multipath(Multipath {
            fields: 0,
            basis: 1024,
            algorithm: 0,
            max_link: 4,
            argument: 0,
            target: Subfield::of(nxm::REG2, 2, 16),
        }),
        NiciraAction::Bundle(bundle.clone()),
        NiciraAction::BundleLoad { bundle, target: Subfield::of(nxm::REG0, 2, 16) },
    ]
}

fn tracking() -> Vec<NiciraAction> {
    let nat = Nat {
        flags: NatFlags::SRC,
        ipv4_min: Some([10, 0, 0, 1].into()),
        ipv4_max: Some([10, 0, 0, 9].into()),
        proto_min: Some(1000),
        proto_max: Some(2000),
        ..Nat::default()
    };
    let tracked = Conntrack {
        flags: CtFlags::COMMIT,
        zone: CtZone::Number(4),
        table: Some(TableId(2)),
        alg: 0,
        actions: vec![Action::Nicira(Box::new(NiciraAction::Nat(nat)))],
    };
    vec![
        NiciraAction::Ct(tracked),
        NiciraAction::CtClear,
        NiciraAction::OutputTrunc { port: ShortPort(8080), max_len: 1024 },
        NiciraAction::DecNshTtl,
    ]
}
