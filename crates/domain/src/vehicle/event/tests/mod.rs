//! Events against vehicles.
