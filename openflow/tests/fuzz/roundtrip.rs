use bytes::Bytes;
use openflow::{Frame, Message, Version, encode};

/// What is read is written with the same length and read as the same; it differs only where zeroes are
/// written for padding.
pub(crate) fn roundtrip(input: &[u8]) {
    let message = Bytes::copy_from_slice(input);
    let Ok(frame) = Frame::decode(&message) else { return };
    let mut written = Vec::new();
    frame.encode(&mut written).expect("what was read fits");
    let written = Bytes::from(written);
    assert_eq!(Frame::decode(&written).as_ref(), Ok(&frame));
    if keeps_its_body(&frame) {
        assert_eq!(written.len(), message.len(), "{frame:?}");
        for (at, (&written, &read)) in written.iter().zip(&message).enumerate() {
            let same = written == read || is_without_padding(frame.version, read, written);
            assert!(same, "byte {at}: {read} became {written}");
        }
    }
    survives_other_versions(&frame);
}

/// Whole bytes of padding become zero, and single bits of two structures: wildcards of 1.0 that have no field, and
/// the lowest bit in the number of a statistic of 1.5.
fn is_without_padding(version: Version, read: u8, written: u8) -> bool {
    let bits = match version {
        Version::V1_0 => 0xff,
        Version::V1_3 | Version::V1_4 => 0,
        Version::V1_5 => 1,
    };
    written == 0 || written == read & (written | !bits)
}

/// The body of a hello means nothing before elements came with OpenFlow 1.3.
fn keeps_its_body(frame: &Frame) -> bool {
    match &frame.message {
        Message::Hello(hello) => hello.highest >= Version::V1_3.wire(),
        _ => true,
    }
}

/// What one version says may be more than another can: it is cut or refused, and does no harm.
fn survives_other_versions(frame: &Frame) {
    for version in Version::ALL {
        let mut out = Vec::new();
        let _ = encode(version, frame.xid, &frame.message, &mut out);
    }
}
