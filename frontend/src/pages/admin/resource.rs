//! One REST list: loaded, shown, changed, loaded again.

use crate::api;
use crate::session::{SessionStore, use_session};
use hark_shared::wire::WireError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A list of `T` at `/api/<name>`.
pub struct Resource<T: Send + Sync + 'static> {
    rows: RwSignal<Vec<T>>,
    shared: Shared,
}

/// Reads a list of whatever kind.
type Take = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What a list does whatever it is of: compiled once, not for every kind of row.
#[derive(Clone, Copy)]
struct Shared {
    name: &'static str,
    error: RwSignal<Option<WireError>>,
    session: SessionStore,
    /// Takes the list's JSON; `false` when it cannot be read.
    take: StoredValue<Take>,
}

impl<T: Send + Sync + 'static> Clone for Resource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Resource<T> {}

impl<T: Clone + Send + Sync + DeserializeOwned + 'static> Resource<T> {
    /// Begins to load the list.
    pub fn load(name: &'static str) -> Self {
        let rows = RwSignal::new(Vec::new());
        let take: Take = Arc::new(move |text| serde_json::from_str(text).map(|read| rows.set(read)).is_ok());
        let shared = Shared { name, error: RwSignal::new(None), session: use_session(), take: StoredValue::new(take) };
        shared.reload();
        Self { rows, shared }
    }

    /// The rows, tracked.
    pub fn rows(self) -> Signal<Vec<T>> {
        self.rows.into()
    }

    /// What went wrong with loading.
    pub fn error(self) -> Signal<Option<WireError>> {
        self.shared.error.into()
    }

    /// Creates (`id` is `None`) or changes an entry.
    pub async fn save<B: Serialize>(self, id: Option<String>, body: &B) -> Result<(), WireError> {
        let body = serde_json::to_string(body).map_err(|_| WireError::new("net.unreadable"))?;
        self.shared.change(if id.is_some() { "PUT" } else { "POST" }, id, Some(body)).await
    }

    /// Loads the list again, after it was changed by another way than this.
    pub fn reload(self) {
        self.shared.reload();
    }

    /// Removes an entry; one that is still used elsewhere is refused.
    pub async fn remove(self, id: String) -> Result<(), WireError> {
        self.shared.change("DELETE", Some(id), None).await
    }
}

impl Shared {
    async fn change(self, method: &'static str, id: Option<String>, body: Option<String>) -> Result<(), WireError> {
        let path = match id {
            Some(id) => format!("/api/{}/{id}", self.name),
            None => format!("/api/{}", self.name),
        };
        api::send(method, &path, body).await.map_err(|failed| self.session.told(failed))?;
        self.reload();
        Ok(())
    }

    fn reload(self) {
        spawn_local(async move {
            let answer = api::text(&format!("/api/{}", self.name)).await;
            // The page may be gone by now.
            let Some(take) = self.take.try_get_value() else { return };
            let told = match answer {
                Ok(text) => (!take(&text)).then(|| WireError::new("net.unreadable")),
                Err(failed) => Some(self.session.told(failed)),
            };
            let _ = self.error.try_set(told);
        });
    }
}
