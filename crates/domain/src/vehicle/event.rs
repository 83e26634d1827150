//! Vehicle events.
