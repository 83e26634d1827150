//! Masks for personal data, the default outside the owner's own screen: `张*丰`, `1****************X`, `138****1234`.

/// Hides the middle of a name: the first and the last character stay when there are three or more, the first when there are two.
/// A long name (of a firm, or a foreign name) keeps its first and last character as well. Counted in characters, so that rare ones survive.
pub fn name(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    match chars.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len())),
    }
}

/// Hides all but the first and the last character of an identity number. Two or fewer characters are hidden altogether.
pub fn identity_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    match chars.as_slice() {
        [first, middle @ .., last] if !middle.is_empty() => format!("{first}{}{last}", "*".repeat(middle.len())),
        few => "*".repeat(few.len()),
    }
}

/// Hides the middle of a phone number: three digits, four stars, the last four of an 11-digit number; shorter ones keep the last two.
pub fn phone(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    let keep = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
    match chars.len() {
        n if n >= 11 => format!("{}{}{}", keep(0, n - 8), "*".repeat(4), keep(n - 4, n)),
        n if n > 4 => format!("{}{}", "*".repeat(n - 2), keep(n - 2, n)),
        n => "*".repeat(n),
    }
}

/// Hides the middle of a plate number: province, authority and the last two characters stay (`苏A***45`). Four or fewer characters keep the first.
pub fn plate(plate: &str) -> String {
    let chars: Vec<char> = plate.chars().collect();
    match chars.as_slice() {
        [province, authority, middle @ .., last, end] if !middle.is_empty() => {
            format!("{province}{authority}{}{last}{end}", "*".repeat(middle.len()))
        }
        [first, rest @ ..] => format!("{first}{}", "*".repeat(rest.len())),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_of_the_product() {
        assert_eq!(name("张三丰"), "张*丰");
        assert_eq!(name("王芳"), "王*");
        assert_eq!(name("陈䶮𬭎"), "陈*𬭎");
        assert_eq!(name("A"), "*");
        assert_eq!(name(""), "");
        assert_eq!(identity_number("11010519491231002X"), "1****************X");
        assert_eq!(identity_number("AB"), "**");
        assert_eq!(phone("13800001234"), "138****1234");
        assert_eq!(phone("+8613800001234"), "+86138****1234");
        assert_eq!(phone("123456"), "****56");
        assert_eq!(phone("12"), "**");
        assert_eq!(plate("苏A12345"), "苏A***45");
        assert_eq!(plate("粤BD12345"), "粤B****45");
        assert_eq!((plate("苏A12"), plate("苏"), plate("")), ("苏***".into(), "苏".into(), String::new()));
    }
}
