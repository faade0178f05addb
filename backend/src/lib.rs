//! Hark's server: floor's shell, API, jobs; `main` only wires them.

pub mod api;
pub mod app;
pub mod assets;
pub mod auth;
pub mod clock;
pub mod config;
pub mod demo;
pub mod dip;
pub mod files;
pub mod floor;
pub mod jobs;
pub mod mail;
pub mod post;
pub mod sounds;
pub mod startup;
pub mod telemetry;
pub mod tls;
pub mod zones;
