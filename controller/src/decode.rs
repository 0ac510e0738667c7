//! `baton decode`: OpenFlow messages in hexadecimal, one a line, as JSON, one object a line.
//!
//! ```text
//! 040200080000002a  ->  {"ok":true,"version":"1.3","type":"OFPT_ECHO_REQUEST","xid":42,"length":8,…}
//! 0602000800000000  ->  {"ok":false,"error":"…","reply":{"type":1,"code":0}}
//! zz                ->  {"ok":false,"error":"…"}
//! ```
//!
//! Every line has exactly one answer, so that two programs can speak to each other line by line.

use bytes::Bytes;
use openflow::{ErrorCode, Frame, Refusal};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// Decodes every line of `input` to `output`; fails only if one of them does.
pub fn decode_lines(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut input).take(MAX_LINE as u64 + 1);
        if bounded.read_until(b'\n', &mut line)? == 0 {
            return output.flush();
        }
        let answer = if line.len() > MAX_LINE && line.last() != Some(&b'\n') {
            skip_line(&mut input)?;
            Answer::garbage(format!("a line of more than {MAX_LINE} characters"))
        } else {
            decode_line(&line)
        };
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        // Whoever waits for this answer before asking again gets it.
        if input.fill_buf().is_ok_and(<[u8]>::is_empty) {
            output.flush()?;
        }
    }
}

/// What a line comes to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    Message(Message),
    Refused { ok: bool, error: String, reply: ErrorCode },
    Garbage { ok: bool, error: String },
}

#[derive(Debug, Serialize)]
struct Message {
    ok: bool,
    version: String,
    r#type: &'static str,
    xid: u32,
    /// Bytes, the header included.
    length: usize,
    /// The message, encoded again.
    reencoded: String,
    body: Value,
}

impl Answer {
    fn garbage(error: impl Into<String>) -> Self {
        Self::Garbage { ok: false, error: error.into() }
    }
}

fn decode_line(line: &[u8]) -> Answer {
    match bytes_of(line) {
        Ok(bytes) => decode_message(&Bytes::from(bytes)),
        Err(error) => Answer::garbage(error),
    }
}

fn decode_message(bytes: &Bytes) -> Answer {
    let frame = match Frame::decode(bytes) {
        Ok(frame) => frame,
        Err(refusal) => return refused(&refusal),
    };
    let mut reencoded = Vec::with_capacity(bytes.len());
    if let Err(error) = frame.encode(&mut reencoded) {
        return Answer::garbage(error.to_string());
    }
    let body = match serde_json::to_value(&frame.message) {
        Ok(body) => as_object(body),
        Err(error) => return Answer::garbage(format!("the message has no JSON: {error}")),
    };
    Answer::Message(Message {
        ok: true,
        version: frame.version.to_string(),
        r#type: frame.message.type_name(),
        xid: frame.xid.0,
        length: bytes.len(),
        reencoded: hex_of(&reencoded),
        body,
    })
}

fn refused(refusal: &Refusal) -> Answer {
    Answer::Refused { ok: false, error: refusal.error.to_string(), reply: refusal.reply().code }
}

/// A body is always an object: messages without fields have an empty one.
fn as_object(body: Value) -> Value {
    match body {
        Value::Object(_) => body,
        Value::Null => json!({}),
        data => json!({ "data": data }),
    }
}

fn bytes_of(line: &[u8]) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = line.iter().copied().filter(|c| !c.is_ascii_whitespace()).collect();
    if digits.is_empty() {
        return Err("an empty line".to_owned());
    }
    let mut nibbles = Vec::with_capacity(digits.len());
    for (index, &digit) in digits.iter().enumerate() {
        match char::from(digit).to_digit(16) {
            Some(nibble) => nibbles.push(nibble as u8),
            None => return Err(format!("character {} is no hexadecimal digit", index + 1)),
        }
    }
    if nibbles.len() % 2 != 0 {
        return Err(format!("an odd number of hexadecimal digits, {}", nibbles.len()));
    }
    Ok(nibbles.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let chunk = input.fill_buf()?;
        let end = chunk.iter().position(|&byte| byte == b'\n');
        let (used, over) = end.map_or((chunk.len(), chunk.is_empty()), |end| (end + 1, true));
        input.consume(used);
        if over {
            return Ok(());
        }
    }
}

/// Room for the longest OpenFlow message, with a blank after each byte.
const MAX_LINE: usize = 3 * 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        decode_lines(input, &mut output).unwrap();
        let text = String::from_utf8(output).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_message_comes_back_with_its_fields_and_bytes() {
        let role = "0418001800000007 0000000200000000 0000000000000003\n";
        let echo = "04 02 00 0A 00 00 00 2a be ef\r\n";
        let barrier = "0514000800000001";
        let expected = [
            json!({
                "ok": true, "version": "1.3", "type": "OFPT_ROLE_REQUEST", "xid": 7, "length": 24,
                "reencoded": "041800180000000700000002000000000000000000000003",
                "body": { "role": "master", "short_id": 0, "generation_id": 3 },
            }),
            json!({
                "ok": true, "version": "1.3", "type": "OFPT_ECHO_REQUEST", "xid": 42, "length": 10,
                "reencoded": "0402000a0000002abeef", "body": { "data": "beef" },
            }),
            json!({
                "ok": true, "version": "1.4", "type": "OFPT_BARRIER_REQUEST", "xid": 1, "length": 8,
                "reencoded": "0514000800000001", "body": {},
            }),
        ];
        assert_eq!(decode(format!("{role}{echo}{barrier}").as_bytes()), expected);
    }

    #[test]
    fn the_keys_come_in_the_documented_order() {
        let mut output = Vec::new();
        decode_lines(&b"0402000800000000\n"[..], &mut output).unwrap();
        let expected = "{\"ok\":true,\"version\":\"1.3\",\"type\":\"OFPT_ECHO_REQUEST\",\"xid\":0,\
             \"length\":8,\"reencoded\":\"0402000800000000\",\"body\":{\"data\":\"\"}}\n";
        assert_eq!(String::from_utf8(output).unwrap(), expected);
    }

    #[test]
    fn a_refusal_names_the_reply() {
        let version = decode(b"0702000800000000\n");
        assert_eq!(
            (&version[0]["ok"], &version[0]["reply"]),
            (&json!(false), &json!({"type": 1, "code": 0}))
        );
        let length = decode(b"041800080000000a\n");
        assert_eq!(length[0]["reply"], json!({"type": 1, "code": 6}));
        assert!(length[0]["error"].as_str().is_some_and(|error| !error.is_empty()));
    }

    #[test]
    fn garbage_has_an_error_and_no_reply() {
        for (line, expected) in [
            (&b"\n"[..], "an empty line"),
            (b"040\n", "an odd number of hexadecimal digits, 3"),
            (b"0x04\n", "character 2 is no hexadecimal digit"),
            (b"\xff\xfe\n", "character 1 is no hexadecimal digit"),
        ] {
            assert_eq!(decode(line), [json!({ "ok": false, "error": expected })]);
        }
    }

    #[test]
    fn every_line_has_one_answer_even_one_without_end() {
        let mut input = vec![b'0'; 10 * MAX_LINE];
        input.extend(b"\n0402000800000000\n\n");
        let answers = decode(&input);
        assert_eq!(answers.len(), 3);
        let expected = format!("a line of more than {MAX_LINE} characters");
        assert_eq!(answers[0], json!({ "ok": false, "error": expected }));
        assert_eq!(answers[1]["ok"], json!(true));
    }
}
