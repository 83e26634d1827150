//! The law and the words of road credentials, as pure functions and data: no clock, no SQL, no HTTP, no randomness.
