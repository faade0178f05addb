//! The certificate that browsers are shown. A changed file is read within [`LOOK`]; one that cannot be used is said and
//! the old certificate stays.

use super::TlsError;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// How often the files are looked at: two calls of the operating system.
const LOOK: Duration = Duration::from_secs(10);
/// How long a certificate of our own making is good; Apple's systems refuse more than 825 days.
const OWN_LIFE: Duration = Duration::from_secs(800 * 86_400);
/// A certificate of our own making is replaced at a start when its file is older.
const OWN_RENEWAL: Duration = Duration::from_secs(400 * 86_400);

/// The certificate at hand.
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    read: Mutex<Stamps>,
}

/// When each file was written, and how long it is.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl Certificates {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// When a file cannot be read, is no PEM, or the two do not belong together.
    pub fn open(certificate: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let read = Mutex::new(stamps(certificate, key));
        let current = RwLock::new(Arc::new(load(certificate, key)?));
        Ok(Arc::new(Self { certificate: certificate.to_owned(), key: key.to_owned(), current, read }))
    }

    /// A certificate of our own making for these names and addresses, kept in `folder` so that an exception that a
    /// browser was told stays good over a restart.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn self_signed(folder: &Path, names: Vec<String>, now: SystemTime) -> Result<Arc<Self>, TlsError> {
        let (certificate, key) = (folder.join("self-signed.pem"), folder.join("self-signed.key"));
        let written = std::fs::metadata(&certificate).and_then(|meta| meta.modified()).ok();
        let fresh = written.is_some_and(|at| now.duration_since(at).unwrap_or_default() < OWN_RENEWAL);
        if !fresh || !key.exists() {
            make(folder, &certificate, &key, names, now)?;
        }
        Self::open(&certificate, &key)
    }

    /// Reads the files again if they changed; says whether there is a new certificate.
    ///
    /// # Errors
    /// As [`open`](Self::open); the old one then stays.
    pub fn refresh(&self) -> Result<bool, TlsError> {
        let stamps = stamps(&self.certificate, &self.key);
        {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if *read == stamps {
                return Ok(false);
            }
            // Also when it cannot be used: the same fault is said once.
            *read = stamps;
        }
        let fresh = Arc::new(load(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    /// Looks at the files from now on, until nobody else holds the certificate.
    pub fn watch(self: &Arc<Self>) {
        let certificates = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(certificates) = certificates.upgrade() else { return };
                match tokio::task::spawn_blocking(move || certificates.refresh()).await {
                    Ok(Ok(true)) => tracing::info!("there is a new certificate: it is shown from now on"),
                    Ok(Ok(false)) => {}
                    Ok(Err(error)) => tracing::error!(%error, "the new certificate cannot be used: the old one stays"),
                    Err(error) => tracing::error!(%error, "the certificate's files cannot be looked at"),
                }
            }
        });
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.certificate.display())
    }
}

fn stamps(certificate: &Path, key: &Path) -> Stamps {
    [certificate, key].map(|path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    })
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| TlsError::File(path.to_owned(), error));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(certificate)?).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| {
        TlsError::Content(certificate.to_owned(), "holds no certificate (-----BEGIN CERTIFICATE-----)".to_owned())
    })?;
    let private = PrivateKeyDer::from_pem_slice(&read(key)?);
    let private = private.map_err(|_| {
        TlsError::Content(
            key.to_owned(),
            "holds no private key (-----BEGIN PRIVATE KEY-----, without a password)".into(),
        )
    })?;
    let signing = any_supported_type(&private)
        .map_err(|error| TlsError::Content(key.to_owned(), format!("holds a key that cannot be used: {error}")))?;
    let certified = CertifiedKey::new(chain, signing);
    match certified.keys_match() {
        // Some kinds of keys do not tell their public half; a browser will.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(certified),
        Err(_) => Err(TlsError::Content(key.to_owned(), format!("is not the key of {}", certificate.display()))),
    }
}

fn make(folder: &Path, certificate: &Path, key: &Path, names: Vec<String>, now: SystemTime) -> Result<(), TlsError> {
    let failed = |error: rcgen::Error| TlsError::Content(certificate.to_owned(), format!("cannot be made: {error}"));
    let pair = rcgen::KeyPair::generate().map_err(failed)?;
    let mut params = rcgen::CertificateParams::new(names).map_err(failed)?;
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    // A day back: clocks of browsers may be behind.
    params.not_before = epoch + since.saturating_sub(Duration::from_secs(86_400));
    params.not_after = epoch + (since + OWN_LIFE);
    params.distinguished_name.push(rcgen::DnType::CommonName, "Hark, self-signed");
    let signed = params.self_signed(&pair).map_err(failed)?;
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::File(path, error)
    };
    std::fs::create_dir_all(folder).map_err(disk(folder))?;
    let mut options = std::fs::OpenOptions::new();
    let file = options.create(true).write(true).truncate(true).mode(0o600).open(key);
    file.and_then(|mut file| file.write_all(pair.serialize_pem().as_bytes())).map_err(disk(key))?;
    std::fs::write(certificate, signed.pem()).map_err(disk(certificate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_store::testing::TempFolder;

    fn shown(certificates: &Certificates) -> Vec<u8> {
        certificates.current.read().unwrap().cert[0].to_vec()
    }

    #[test]
    fn an_own_certificate_stays_and_is_renewed_in_time() {
        let folder = TempFolder::new();
        let names = || vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let now = SystemTime::now();
        let first = shown(&Certificates::self_signed(folder.path(), names(), now).unwrap());
        assert_eq!(first, shown(&Certificates::self_signed(folder.path(), names(), now).unwrap()));
        let later = now + OWN_RENEWAL + Duration::from_secs(60);
        assert_ne!(first, shown(&Certificates::self_signed(folder.path(), names(), later).unwrap()));
    }

    #[test]
    fn a_changed_file_is_read_and_a_broken_one_leaves_the_old() {
        let folder = TempFolder::new();
        let other = TempFolder::new();
        let now = SystemTime::now();
        let certificates = Certificates::self_signed(folder.path(), vec!["localhost".to_owned()], now).unwrap();
        let first = shown(&certificates);
        assert!(!certificates.refresh().unwrap());
        std::fs::write(&certificates.key, "nothing").unwrap();
        let error = certificates.refresh().unwrap_err().to_string();
        assert!(error.contains("self-signed.key") && error.contains("no private key"), "{error}");
        assert!(!certificates.refresh().unwrap(), "said once");
        assert_eq!(shown(&certificates), first);
        let second = Certificates::self_signed(other.path(), vec!["localhost".to_owned()], now).unwrap();
        std::fs::copy(&second.key, &certificates.key).unwrap();
        let error = certificates.refresh().unwrap_err().to_string();
        assert!(error.contains("is not the key of"), "{error}");
        std::fs::copy(&second.certificate, &certificates.certificate).unwrap();
        // Both are written within one tick of a coarse clock: only the length may tell them apart.
        certificates.read.lock().unwrap()[0] = None;
        assert!(certificates.refresh().unwrap());
        assert_eq!(shown(&certificates), shown(&second));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Certificates::open(Path::new("no.pem"), Path::new("no.key")).unwrap_err().to_string();
        assert!(error.contains("http.tls") && error.contains("no.pem"), "{error}");
    }
}
