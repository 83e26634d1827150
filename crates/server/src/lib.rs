//! The server, its jobs and its command line.
