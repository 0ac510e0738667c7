//! What the headers of a packet say, as the fields that flows match on.

use openflow::{Field, FieldValue, Key, MacAddr, Match, PortNo, key};
use std::net::Ipv4Addr;

/// Returns the fields of `packet`, which came in by `in_port`; headers that are cut short have none.
pub(super) fn fields(in_port: PortNo, packet: &[u8]) -> Vec<Field> {
    let mut fields = vec![Field::exact(key::IN_PORT, in_port)];
    // Fails at the first header that is not whole, with what was read before it in place.
    let _ = ethernet(packet, &mut fields);
    fields
}

/// Returns whether a packet with these `fields` has all that `wanted` asks for.
pub(super) fn matches(wanted: &Match, fields: &[Field]) -> bool {
    wanted.fields().iter().all(|want| {
        let found = fields.iter().find(|field| field.id() == want.id());
        found.is_some_and(|field| agrees(field.value(), want))
    })
}

fn agrees(value: &[u8], want: &Field) -> bool {
    match want.mask() {
        None => value == want.value(),
        Some(mask) => {
            let bytes = value.iter().zip(want.value()).zip(mask);
            bytes.into_iter().all(|((value, want), mask)| (value ^ want) & mask == 0)
        }
    }
}

fn ethernet(packet: &[u8], fields: &mut Vec<Field>) -> Option<()> {
    add(key::ETH_DST, packet.get(..6)?, fields);
    add(key::ETH_SRC, packet.get(6..12)?, fields);
    let mut rest = packet.get(12..)?;
    if rest.starts_with(&[0x81, 0x00]) {
        let tag = u16::from_octets(rest.get(2..4)?)?;
        fields.push(Field::exact(key::VLAN_VID, tag & 0xfff | key::VLAN_PRESENT));
        fields.push(Field::exact(key::VLAN_PCP, (tag >> 13) as u8));
        rest = rest.get(4..)?;
    } else {
        fields.push(Field::exact(key::VLAN_VID, 0));
    }
    let (kind, payload) = rest.split_at_checked(2)?;
    add(key::ETH_TYPE, kind, fields);
    match kind {
        [0x08, 0x00] => ipv4(payload, fields),
        [0x08, 0x06] => arp(payload, fields),
        _ => Some(()),
    }
}

fn ipv4(packet: &[u8], fields: &mut Vec<Field>) -> Option<()> {
    let header = usize::from(packet.first()? & 0xf) * 4;
    let protocol = *packet.get(9)?;
    fields.push(Field::exact(key::IP_PROTO, protocol));
    add(key::IPV4_SRC, packet.get(12..16)?, fields);
    add(key::IPV4_DST, packet.get(16..20)?, fields);
    let ports = packet.get(header..header + 4)?;
    let (source, destination) = match protocol {
        6 => (key::TCP_SRC, key::TCP_DST),
        17 => (key::UDP_SRC, key::UDP_DST),
        _ => return Some(()),
    };
    add(source, &ports[..2], fields);
    add(destination, &ports[2..], fields);
    Some(())
}

fn arp(packet: &[u8], fields: &mut Vec<Field>) -> Option<()> {
    add(key::ARP_OP, packet.get(6..8)?, fields);
    add::<MacAddr>(key::ARP_SHA, packet.get(8..14)?, fields);
    add::<Ipv4Addr>(key::ARP_SPA, packet.get(14..18)?, fields);
    add::<MacAddr>(key::ARP_THA, packet.get(18..24)?, fields);
    add::<Ipv4Addr>(key::ARP_TPA, packet.get(24..28)?, fields);
    Some(())
}

fn add<T: FieldValue>(key: Key<T>, octets: &[u8], fields: &mut Vec<Field>) {
    fields.extend(T::from_octets(octets).map(|value| Field::exact(key, value)));
}

/// Returns whether every packet that `narrow` takes is one that `wide` takes.
pub(super) fn includes(wide: &Match, narrow: &Match) -> bool {
    wide.fields().iter().all(|w| {
        let same = narrow.fields().iter().find(|n| n.id() == w.id());
        same.is_some_and(|n| masks_less(w, n) && agrees(n.value(), w))
    })
}

/// Returns whether there can be a packet that both take.
pub(super) fn overlap(one: &Match, other: &Match) -> bool {
    one.fields().iter().all(|a| {
        let same = other.fields().iter().find(|b| b.id() == a.id());
        same.is_none_or(|b| {
            let (masks_a, masks_b) = (mask_bytes(a), mask_bytes(b));
            let values = a.value().iter().zip(b.value()).zip(masks_a.zip(masks_b));
            values.into_iter().all(|((x, y), (m, n))| (x ^ y) & m & n == 0)
        })
    })
}

/// Returns whether `wide` asks for no bit that `narrow` does not ask for.
fn masks_less(wide: &Field, narrow: &Field) -> bool {
    mask_bytes(wide).zip(mask_bytes(narrow)).all(|(wide, narrow)| wide & !narrow == 0)
}

fn mask_bytes(field: &Field) -> impl Iterator<Item = u8> {
    let exact = vec![0xff; field.value().len()];
    field.mask().map_or(exact, <[u8]>::to_vec).into_iter()
}
