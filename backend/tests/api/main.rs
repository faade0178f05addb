//! The API in process, on both databases: what it answers, to whom, and what it writes down.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod app;
mod callbacks;
mod contacts;
mod flows;
mod isolation;
mod jobs;
mod meetings;
mod prompts;
mod resources;
mod session;
mod teams;
mod visitors;
