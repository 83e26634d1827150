//! The worked example of `docs/qr-format.md`: the bytes of one vector, part by part, written between two markers of that file.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use luzheng_credential::qr::text;
use luzheng_credential::sign::Signer;

use crate::world::{Anyhow, HOST, World};

const BEGIN: &str = "<!-- worked example: written by make-vectors -->\n";
const END: &str = "<!-- end of the worked example -->";

/// Byte counts and meanings of a static mark signed with ES256, in order.
const PARTS: [(usize, &str); 27] = [
    (1, "tag 18: COSE_Sign1"),
    (1, "array of four"),
    (1, "byte string of 13: the protected header"),
    (1, "map of two"),
    (2, "1 (alg): -7, ES256"),
    (2, "4 (kid): byte string of 8"),
    (8, "the first 8 bytes of SHA-256 over the signer's SubjectPublicKeyInfo"),
    (1, "the unprotected header: an empty map"),
    (2, "byte string: the claims"),
    (1, "map of three"),
    (6, "4 (exp): 2027-06-01T00:00:00+08:00"),
    (6, "6 (iat): 2026-11-11T08:00:00Z"),
    (5, "-70001 (body)"),
    (1, "map of eight"),
    (2, "1 (kind): 1, inspection mark"),
    (2, "2 (mode): 0, static"),
    (2, "3 (subject): text of 9 bytes"),
    (9, "苏B12345"),
    (4, "4 (class): `02`"),
    (6, "5 (valid_until): 202705"),
    (2, "6 (status): array of two"),
    (1, "list 1"),
    (3, "index 4711"),
    (6, "7 (authority): 320200, 无锡"),
    (10, "9 (subject digest): byte string of 8"),
    (2, "byte string of 64: the signature"),
    (64, "r and s"),
];

/// Writes the example into the document, from the vector as it stands in its file.
pub fn write(world: &World) -> Anyhow<()> {
    let case = fs::read_to_string(world.folder.join("cases/valid--static-es256.json"))?;
    let case: serde_json::Value = serde_json::from_str(&case)?;
    let message = text::decode(case["text"].as_str().ok_or("no text")?, &[])?.message;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/qr-format.md");
    let document = fs::read_to_string(&path)?;
    let (before, rest) = document.split_once(BEGIN).ok_or("docs/qr-format.md has no beginning of a worked example")?;
    let (_, after) = rest.split_once(END).ok_or("docs/qr-format.md has no end of the worked example")?;
    fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table(world, &message)?))?;
    Ok(())
}

fn table(world: &World, message: &[u8]) -> Anyhow<String> {
    if PARTS.iter().map(|(length, _)| length).sum::<usize>() != message.len() {
        return Err(format!("the worked example has {} bytes, not those described", message.len()).into());
    }
    let mut out = String::from("\n");
    writeln!(
        out,
        "The vector `valid--static-es256`: {} bytes, signed by the test key {}.\n",
        message.len(),
        world.key("mark-es256").kid()
    )?;
    writeln!(out, "| at | bytes | meaning |\n|---|---|---|")?;
    let mut at = 0;
    for (length, meaning) in PARTS {
        let bytes: String = message[at..at + length].iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(out, "| {at} | `{bytes}` | {meaning} |")?;
        at += length;
    }
    writeln!(
        out,
        "\nIts primary text, the digits in groups of 17 (7 bytes, little-endian; the last one shorter):\n\n```text"
    )?;
    let primary = text::primary(HOST, message);
    let (head, digits) = primary.split_at(primary.find('#').ok_or("no head")? + 1);
    writeln!(out, "{head}")?;
    for group in digits.as_bytes().chunks(17) {
        writeln!(out, "{}", std::str::from_utf8(group)?)?;
    }
    let first =
        u64::from_le_bytes([message[0], message[1], message[2], message[3], message[4], message[5], message[6], 0]);
    writeln!(
        out,
        "```\n\nThe first group is {first:017}: the bytes `{}` read from the last to the first.",
        hex(&message[..7])
    )?;
    writeln!(out, "The compact text of the same bytes:\n\n```text\n{}\n```", text::compact(message))?;
    Ok(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
