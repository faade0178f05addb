//! What a person sees: one page a file or folder.

pub mod account;
pub mod admin;
pub mod callbacks;
pub mod check;
pub mod contacts;
pub mod desk;
pub mod floor;
pub mod meetings;
pub mod messages;
pub mod over;
pub mod setup;
pub mod shell;
pub mod sign_in;
