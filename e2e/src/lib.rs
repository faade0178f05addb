//! What the stories are told with: a telephone, a browser, an SBC, a database and the real binary, each of them real.
//!
//! Nothing here calls the product's code, apart from the wire types: what judges must not be what is judged. The
//! [`phone`] speaks SIP and RTP from first principles, the [`browser`] is Chromium, and sound is proven by [`tone`]s
//! that each side sends and the other detects. A [`story`] owns everything that it starts, gives each wait a deadline,
//! and when it fails prints what every part saw.

pub mod api;
pub mod browser;
pub mod desk;
pub mod kamailio;
pub mod pages;
pub mod phone;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod prompt;
pub mod relay;
pub mod scene;
pub mod server;
pub mod smtp;
pub mod sound;
pub mod story;
pub mod tenant;
pub mod tone;
