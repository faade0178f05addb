//! One REST list: loaded, shown, changed, loaded again.

use crate::api::{self, ApiError};
use crate::session::{SessionStore, use_session};
use hark_shared::wire::WireError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A list of `T` at `/api/<name>`.
pub struct Resource<T: Send + Sync + 'static> {
    name: &'static str,
    rows: RwSignal<Vec<T>>,
    error: RwSignal<Option<WireError>>,
    session: SessionStore,
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
        let resource =
            Self { name, rows: RwSignal::new(Vec::new()), error: RwSignal::new(None), session: use_session() };
        resource.reload();
        resource
    }

    /// The rows, tracked.
    pub fn rows(self) -> Signal<Vec<T>> {
        self.rows.into()
    }

    /// What went wrong with loading.
    pub fn error(self) -> Signal<Option<WireError>> {
        self.error.into()
    }

    /// Creates (`id` is `None`) or changes an entry.
    pub async fn save<B: Serialize>(self, id: Option<String>, body: &B) -> Result<(), WireError> {
        let saved = match id {
            Some(id) => api::put::<_, serde_json::Value>(&format!("/api/{}/{id}", self.name), body).await,
            None => api::post::<_, serde_json::Value>(&format!("/api/{}", self.name), body).await,
        };
        match saved {
            Ok(_) => {
                self.reload();
                Ok(())
            }
            Err(failed) => Err(self.told(failed)),
        }
    }

    /// Removes an entry; one that is still used elsewhere is refused.
    pub async fn remove(self, id: String) -> Result<(), WireError> {
        match api::delete(&format!("/api/{}/{id}", self.name)).await {
            Ok(()) => {
                self.reload();
                Ok(())
            }
            Err(failed) => Err(self.told(failed)),
        }
    }

    fn reload(self) {
        spawn_local(async move {
            match api::get::<Vec<T>>(&format!("/api/{}", self.name)).await {
                // The page may be gone by now.
                Ok(rows) => {
                    let _ = self.rows.try_set(rows);
                    let _ = self.error.try_set(None);
                }
                Err(failed) => {
                    let _ = self.error.try_set(Some(self.told(failed)));
                }
            }
        });
    }

    fn told(self, failed: ApiError) -> WireError {
        if failed.is_signed_out() {
            self.session.expired();
        }
        failed.error
    }
}
