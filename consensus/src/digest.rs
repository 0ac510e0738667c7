//! A short name for a state, so that anybody can compare replicas.
//!
//! CRC-64/XZ over the postcard encoding. Nodes of one version that applied the same entries have the same
//! encoding, since the state holds ordered maps only. It finds differences that happen, not those that are made:
//! it is no signature.

use migration::ownership::Ownership;

/// Returns the digest of a state. It reads all of it: to be asked for, not to be kept up to date.
pub fn digest(state: &Ownership) -> u64 {
    let encoded = postcard::to_stdvec(state).expect("a state is made of what postcard encodes");
    crc64(&encoded)
}

/// CRC-64/XZ: the reflected polynomial of ECMA-182, ones before and after.
pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    let step = |crc: u64, &byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
    !bytes.iter().fold(!0, step)
}

const TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u64, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

const POLYNOMIAL: u64 = 0xc96c_5795_d787_0f42;

#[cfg(test)]
mod tests {
    use super::*;
    use migration::NodeId;
    use migration::ownership::{Addresses, Command, Op};

    #[test]
    fn the_check_value_of_the_catalogue() {
        assert_eq!(crc64(b"123456789"), 0x995d_c9bb_df19_39fa);
    }

    #[test]
    fn it_names_the_state_and_not_the_way_there() {
        let register = |node| {
            let op = Op::Register { node: NodeId(node), boot: 1, addresses: Addresses::default() };
            Command { actor: "test".to_owned(), at_ms: 0, op }
        };
        let [mut one, mut other] = [Ownership::default(), Ownership::default()];
        for node in [1, 2, 2] {
            one.apply(register(node));
        }
        other.apply(register(2));
        assert_ne!(digest(&one), digest(&other));
        other.apply(register(1));
        assert_eq!(digest(&one), digest(&other));
        // It must stay the same from version to version, or rolling upgrades look like damage.
        assert_eq!(digest(&Ownership::default()), crc64(&[0; 7]));
    }
}
