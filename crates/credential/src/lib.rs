//! Formats and signatures of road credentials: the code, the trust list, the status lists, and the only way to a verdict.
