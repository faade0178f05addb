//! What is alive behind the desk: painted state over a WebSocket (`ledger`, `store`), the voice connection (`phone`),
//! the ring tone and the keys.
//!
//! `ledger` and `keys` are pure and hold the rules; `store` and `phone` only carry them out. `phone` hears of the socket
//! through [`store::DeskEvent`] and sends commands through the store; the store does not know the phone.

pub mod keys;
pub mod ledger;
pub mod phone;
pub mod ring;
pub mod store;
