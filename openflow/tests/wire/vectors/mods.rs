//! Changes to ports and tables, and what a switch tells of them.

use bytes::Bytes;
use openflow::{
    EvictionFlags, MacAddr, Message, OpticalFeatures, OpticalPort, OpticalPortMod, Port,
    PortConfig, PortMod, PortModProperty, PortNo, PortProperty, PortReason, PortState, PortStatus,
    TableConfig, TableDesc, TableId, TableMod, TableProperty, TableReason, TableStatus, Text,
    UnknownProperty, Version,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = ports();
    all.extend(tables());
    all
}

fn ports() -> Vec<Vector> {
    let port_mod = PortMod {
        port_no: PortNo(3),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        config: PortConfig::PORT_DOWN,
        mask: PortConfig::PORT_DOWN | PortConfig::NO_FWD,
        properties: vec![PortModProperty::Ethernet { advertise: 0x20 }],
    };
    let optical = OpticalPortMod {
        configure: OpticalFeatures::TX_TUNE | OpticalFeatures::USE_FREQ,
        freq_lmda: 193_100_000,
        fl_offset: -2,
        grid_span: 50_000,
        tx_pwr: 15,
    };
    let unknown = UnknownProperty { kind: 0xffff, body: experimenters() };
    vec![
        vector(
            V1_3,
            "04 10 0028 00000007       # port-mod
             00000003 00000000        # port 3, pad
             020000000001 0000        # address, pad
             00000001 00000021        # down; heed down and no-forward
             00000020 00000000        # advertise 1 Gbit/s full duplex, pad",
            Message::PortMod(port_mod.clone()),
        ),
        vector(
            V1_4,
            "05 10 0050 00000007       # port-mod
             00000003 00000000        # port 3, pad
             020000000001 0000        # address, pad
             00000001 00000021        # down; heed down and no-forward
             0000 0008 00000020       # ethernet: advertise 1 Gbit/s full duplex
             0001 0018 0000000a       # optical: tune the sender by frequency
               0b8278e0 fffffffe      #   193.1 THz, 2 MHz less
               0000c350 0000000f      #   50 GHz wide, 1.5 dBm
             ffff 000c 00002320       # an experimenter's property
               00000001 00000000      #   padded",
            Message::PortMod(PortMod {
                properties: vec![
                    PortModProperty::Ethernet { advertise: 0x20 },
                    PortModProperty::Optical(optical),
                    PortModProperty::Unknown(unknown),
                ],
                ..port_mod
            }),
        )
        .may_end([32, 40, 64]),
        optical_port(),
    ]
}

fn optical_port() -> Vector {
    let optical = OpticalPort {
        supported: OpticalFeatures::TX_PWR | OpticalFeatures::USE_FREQ,
        tx_min_freq_lmda: 1,
        tx_max_freq_lmda: 2,
        tx_grid_freq_lmda: 3,
        rx_min_freq_lmda: 4,
        rx_max_freq_lmda: 5,
        rx_grid_freq_lmda: 6,
        tx_pwr_min: 7,
        tx_pwr_max: 8,
    };
    let port = Port {
        port_no: PortNo(2),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        name: Text::from("o2"),
        config: PortConfig::empty(),
        state: PortState::LIVE,
        properties: vec![PortProperty::Optical(optical)],
    };
    vector(
        V1_4,
        "05 0c 0060 00000007              # port-status
         00 00000000000000               # added
         00000002 0050 0000              # port 2, 80 bytes
         020000000001 0000               # address
         6f320000000000000000000000000000 # o2
         00000000 00000004               # state live
         0001 0028 00000000              # optical
         0000000c                        # power and frequency can be set
         00000001 00000002 00000003      # sends from, to, in steps of
         00000004 00000005 00000006      # receives from, to, in steps of
         0007 0008                       # power from, to",
        Message::PortStatus(PortStatus { reason: PortReason::ADD, port }),
    )
}

fn tables() -> Vec<Vector> {
    let eviction = TableProperty::Eviction(EvictionFlags::IMPORTANCE | EvictionFlags::LIFETIME);
    let unknown = UnknownProperty { kind: 0xffff, body: experimenters() };
    let unknown = TableProperty::Unknown(unknown);
    let vacancy = |vacancy| TableProperty::Vacancy { down: 20, up: 80, vacancy };
    vec![
        vector(
            V1_3,
            "04 11 0010 00000007       # table-mod
             02 000000 00000003       # table 2, what 1.3 calls deprecated",
            Message::TableMod(TableMod {
                table_id: TableId(2),
                config: TableConfig::from_bits_retain(3),
                properties: vec![],
            }),
        ),
        vector(
            V1_4,
            "05 11 0030 00000007       # table-mod
             ff 000000 0000000c       # all tables, eviction and vacancy events
             0002 0008 00000006       # evict by importance and lifetime
             0003 0008 14 50 00 00    # tell below 20 %, above 80 %
             ffff 000c 00002320       # an experimenter's property
               00000001 00000000      #   padded",
            Message::TableMod(TableMod {
                table_id: TableId::ALL,
                config: TableConfig::EVICTION | TableConfig::VACANCY_EVENTS,
                properties: vec![eviction, vacancy(0), unknown],
            }),
        )
        .may_end([16, 24, 32]),
        vector(
            V1_4,
            "05 1f 0020 00000007       # table-status
             03 00000000000000        # little room
             0010 05 00 00000008      # 16 bytes, table 5, vacancy events
             0003 0008 14 50 13 00    # tell below 20 %, above 80 %; now 19 %",
            Message::TableStatus(TableStatus {
                reason: TableReason::VACANCY_DOWN,
                table: TableDesc {
                    table_id: TableId(5),
                    config: TableConfig::VACANCY_EVENTS,
                    properties: vec![vacancy(19)],
                },
            }),
        ),
    ]
}

/// The body of an experimenter's property: whose it is, and which.
fn experimenters() -> Bytes {
    Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1])
}
