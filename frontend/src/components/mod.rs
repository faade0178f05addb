//! Small parts without network: data in, events out.

pub mod controls;
pub mod form;
pub mod icon;
pub mod notices;
pub mod switches;
pub mod table;
