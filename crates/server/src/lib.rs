//! The server, its jobs and its command line.

pub mod app;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo_cast;
pub mod http;
pub mod jobs;
pub mod keyring;
pub mod outside;
pub mod paper;
pub mod photo;
pub mod register;
pub mod synth;
pub mod usecase;
