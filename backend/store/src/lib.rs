//! Hark's store: one SQL for SQLite and PostgreSQL, one file per kind of data. sqlx is named only here.
//!
//! Invariants: every key starts with the tenant and every query takes it; times, ids and randomness are arguments;
//! facts ([`Db::save_facts`]) are upserted only if newer, so redelivery changes nothing; secrets (trunk passwords,
//! recording keys) are sealed with the [`MasterKey`] before they reach a row; every administrative change writes its
//! [`Audit`] entry in its own transaction. Whether a value makes sense is asked by the API, not here.

mod audit;
mod callbacks;
mod capacity;
mod contacts;
mod customers;
mod db;
mod dispositions;
mod documents;
mod error;
mod facts;
mod flows;
mod messages;
mod numbers;
mod outbound;
mod pins;
mod queues;
mod recordings;
mod seal;
mod sessions;
mod setup;
mod setup_key;
mod skills;
mod sql;
mod tenants;
#[cfg(feature = "testing")]
pub mod testing;
mod trails;
mod tries;
mod trunks;
mod users;

pub use audit::{Audit, AuditCursor};
pub use callbacks::{CallbackCursor, CallbacksOf};
pub use contacts::{ContactCursor, Whose};
pub use customers::CustomerFilter;
pub use db::Db;
pub use documents::Document;
pub use error::StoreError;
pub use flows::Revised;
pub use messages::{Boxes, DueMail, Mailed, MessageCursor};
pub use numbers::NumberEntry;
pub use recordings::RecordingOwner;
pub use seal::{MasterKey, Nonce, SealError};
pub use sessions::{SessionUser, TokenHash};
pub use tenants::{NewTenant, Tenant};
pub use users::{NewUser, PasswordOf};
