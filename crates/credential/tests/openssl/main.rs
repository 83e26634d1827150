//! Everything that is checked against the `openssl` command line, an implementation that is not ours.

mod certificates;
mod signatures;
mod tool;
