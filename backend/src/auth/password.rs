//! Hashing passwords with Argon2id, a few at once, away from the threads that carry sound and requests.

use crate::clock::{Entropy, draw};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub const PASSWORD_MIN: usize = 10;
/// The longest password, in bytes: more would only keep the hash busy.
pub const PASSWORD_MAX: usize = 512;
/// Hashes at once: each takes a core and 19 MiB for tens of milliseconds, and calls need the cores more.
const AT_ONCE: usize = 2;
/// Hashes that may wait: a shift of hundreds signs in within seconds; beyond, waiting would outlast patience.
const WAITING: usize = 128;

/// Hashes and checks passwords; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    line: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already.
    #[error("too many passwords are being checked")]
    Busy,
    /// The hash function refused.
    #[error("cannot hash: {0}")]
    Failed(String),
}

impl Passwords {
    /// Argon2id with 19 MiB, 2 passes, 1 lane (OWASP's recommendation, the crate's default).
    #[must_use]
    pub fn new() -> Self {
        Self::with_params(Params::default())
    }

    /// With another cost; tests sign in hundreds of times and take the least.
    #[must_use]
    pub fn with_params(params: Params) -> Self {
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            line: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            working: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The hash of a new password as a PHC string.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub async fn hash(&self, password: String, entropy: &dyn Entropy) -> Result<String, PasswordError> {
        let salt: [u8; 16] = draw(entropy);
        self.work(move |argon2| hash(argon2, &password, &salt)).await
    }

    /// Whether `password` has this hash. Without a hash the same work is done and the answer is no.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub async fn verify(&self, password: String, known: Option<String>) -> Result<bool, PasswordError> {
        self.work(move |argon2| match known {
            Some(known) => Ok(argon2.verify_password(password.as_bytes(), known.as_str()).is_ok()),
            None => hash(argon2, &password, &[0; 16]).map(|_| false),
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'_>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.line.try_acquire().map_err(|_| PasswordError::Busy)?;
        // Owned and moved along: a caller who goes away must not free the place of work that goes on.
        let working = self.working.clone().acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _working = working;
            work(&argon2)
        });
        done.await.unwrap_or_else(|why| Err(PasswordError::Failed(why.to_string())))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(argon2: &Argon2<'_>, password: &str, salt: &[u8]) -> Result<String, PasswordError> {
    let hash: Result<PasswordHash, _> = argon2.hash_password_with_salt(password.as_bytes(), salt);
    hash.map(|hash| hash.to_string()).map_err(|why| PasswordError::Failed(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    fn quick() -> Passwords {
        Passwords::with_params(Params::new(Params::MIN_M_COST, 1, 1, None).unwrap())
    }

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = quick();
        let hash = passwords.hash("correct horse".into(), &SystemEntropy).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horsf".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), Some("not a hash".into())).await.unwrap());
        let again = passwords.hash("correct horse".into(), &SystemEntropy).await.unwrap();
        assert_ne!(hash, again, "each has a salt of its own");
    }

    #[tokio::test]
    async fn the_line_is_bounded() {
        let passwords = quick();
        let full = passwords.line.clone().acquire_many_owned(u32::try_from(AT_ONCE + WAITING).unwrap()).await.unwrap();
        assert!(matches!(passwords.verify("x".into(), None).await, Err(PasswordError::Busy)));
        drop(full);
        assert!(!passwords.verify("x".into(), None).await.unwrap());
    }
}
