//! The binary `luzheng`.
fn main() {}
