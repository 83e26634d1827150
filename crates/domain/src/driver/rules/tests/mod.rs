//! The rules against worked cases, their edges day by day, and properties.
