//! Comparing the plate that a checker gave with the one in the code.

/// Whether both spell the same plate, without regard to case, full-width forms, spaces, dots and hyphens.
pub(crate) fn same_plate(one: &str, other: &str) -> bool {
    canonical(one).eq(canonical(other))
}

/// The characters that count. What a person may type between them (`苏B·12345`, `苏 B-12345`, `苏Ｂ１２３４５`) does not.
fn canonical(plate: &str) -> impl Iterator<Item = char> {
    plate.chars().map(half_width).filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase())
}

fn half_width(c: char) -> char {
    match c {
        // The full-width forms stand in the order of ASCII, 0xFEE0 further up.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

const fn is_separator(c: char) -> bool {
    c.is_ascii_whitespace()
        || matches!(c, '.' | '-' | '·' | '•' | '・' | '･' | '\u{2027}' | '\u{22c5}' | '\u{3000}' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::same_plate;

    #[test]
    fn spelling_does_not_matter_and_characters_do() {
        for typed in
            ["苏B12345", "苏b12345", "苏B·12345", "苏Ｂ１２３４５", " 苏 B-12345\u{3000}", "苏B．12345", "苏B•12345"]
        {
            assert!(same_plate(typed, "苏B12345"), "{typed}");
        }
        for other in ["苏B12346", "苏B1234", "苏B123456", "沪B12345", "", "B12345", "苏В12345"] {
            assert!(!same_plate(other, "苏B12345"), "{other}");
        }
    }
}
