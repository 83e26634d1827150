//! Points: worked cases, and properties over cycles.
