//! The tables in docs/openflow.md say what is read, written and tested.

use bytes::Bytes;
use openflow::{Frame, Message, MultipartReplyBody, MultipartRequestBody, Version};
use std::collections::BTreeSet;

use crate::vectors::vectors;

const DOCUMENT: &str = include_str!("../../../docs/openflow.md");

/// A number in a cell, and whether byte vectors of its version are claimed.
struct Cell {
    row: String,
    version: Version,
    number: u16,
    has_vectors: bool,
}

/// Returns the cells with numbers of the table under a heading.
fn cells(heading: &str) -> Vec<Cell> {
    let (_, section) = DOCUMENT.split_once(&format!("\n## {heading}")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut cells = vec![];
    for row in rows {
        let texts: Vec<&str> = row.split('|').map(str::trim).skip(1).collect();
        for (version, text) in Version::ALL.into_iter().zip(&texts[1..]) {
            let bare = text.trim_matches(['(', ')']);
            if let Ok(number) = bare.parse() {
                let row = texts[0].to_owned();
                cells.push(Cell { row, version, number, has_vectors: bare == *text });
            }
        }
    }
    assert!(cells.len() > 50, "{heading}: no table");
    cells
}

fn is_known(version: Version, number: u8) -> bool {
    let zeroes = [version.wire(), number, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    !matches!(
        Frame::decode(&Bytes::copy_from_slice(&zeroes)),
        Ok(Frame { message: Message::Unknown { .. }, .. })
    )
}

/// Returns whether a multipart message of this type is known, as a request or as a reply.
fn is_known_multipart(version: Version, number: u16, reply: bool) -> bool {
    let [high, low] = number.to_be_bytes();
    let kind = if version == Version::V1_0 { 16 } else { 18 } + u8::from(reply);
    let bare = if version == Version::V1_0 {
        vec![1, kind, 0, 12, 0, 0, 0, 1, high, low, 0, 0]
    } else {
        vec![version.wire(), kind, 0, 16, 0, 0, 0, 1, high, low, 0, 0, 0, 0, 0, 0]
    };
    match Frame::decode(&bare.into()) {
        Ok(Frame { message: Message::MultipartRequest(it), .. }) => {
            !matches!(it.body, MultipartRequestBody::Unknown { .. })
        }
        Ok(Frame { message: Message::MultipartReply(it), .. }) => {
            !matches!(it.body, MultipartReplyBody::Unknown { .. })
        }
        Ok(_) => false,
        Err(_) => true,
    }
}

fn compare(cells: &[Cell], tested: &BTreeSet<(Version, u16)>) {
    let wrong: Vec<String> = cells
        .iter()
        .filter(|cell| cell.has_vectors != tested.contains(&(cell.version, cell.number)))
        .map(|cell| format!("{} of {}: {}", cell.row, cell.version, cell.number))
        .collect();
    assert!(
        wrong.is_empty(),
        "parentheses are where byte vectors are, or the other way round: {wrong:#?}"
    );
}

#[test]
fn every_message_is_in_the_table_and_has_the_vectors_that_it_claims() {
    let cells = cells("Messages");
    for version in Version::ALL {
        for number in 0..=255 {
            let listed =
                cells.iter().any(|it| (it.version, it.number) == (version, u16::from(number)));
            assert_eq!(is_known(version, number), listed, "{version}: {number}");
        }
    }
    let tested = vectors().into_iter().filter_map(|vector| {
        let [version, kind] = *vector.bytes.first_chunk()?;
        Some((Version::from_wire(version)?, kind.into()))
    });
    compare(&cells, &tested.collect());
}

#[test]
fn every_multipart_type_is_in_the_table_and_has_the_vectors_that_it_claims() {
    let cells = cells("Multipart messages");
    for version in Version::ALL {
        for number in (0..100).chain([0xffff]) {
            let listed = cells.iter().any(|it| (it.version, it.number) == (version, number));
            for reply in [false, true] {
                let known = is_known_multipart(version, number, reply);
                assert_eq!(known, listed, "{version}: {number}, reply: {reply}");
            }
        }
    }
    // As a request or as a reply: most requests are empty.
    let tested = vectors().into_iter().filter_map(|vector| {
        let [version, kind] = *vector.bytes.first_chunk()?;
        let version = Version::from_wire(version)?;
        let reply = if version == Version::V1_0 { 17 } else { 19 };
        let number = vector.bytes.get(8..10).filter(|_| kind == reply)?;
        Some((version, u16::from_be_bytes(number.try_into().ok()?)))
    });
    compare(&cells, &tested.collect());
}
