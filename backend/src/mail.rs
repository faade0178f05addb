//! Mail, out through the SMTP server that the operator names. Nothing of a letter's is ever logged, and what the server
//! answers is told by its status alone, since it may quote the address.

use crate::config::{Mail, MailTls};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// How long the server may take for one step: it must take megabytes, and others wait behind.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A letter with a sound.
pub struct Letter {
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The attachment's name, ending in `.wav`.
    pub name: String,
    /// The attachment, a WAV file.
    pub sound: Vec<u8>,
}

/// Why a letter was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is none, or the letter cannot be built: no later try will do better.
    #[error("the letter cannot be written: {0}")]
    Letter(String),
    /// The server refuses it for good.
    #[error("the mail server refuses it with {0}")]
    Refused(String),
    /// The server is not there, or cannot take it now.
    #[error("the mail server cannot take it now ({0})")]
    NotNow(String),
}

/// The way to the mail server; cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: lettre::message::Mailbox,
}

/// Whether a text is a mail address.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

impl Mailer {
    /// The way to the server of the configuration; `None` when it names none.
    ///
    /// # Errors
    /// When a checked configuration could still not be used: no TLS for that name.
    pub fn open(config: &Mail) -> Result<Option<Self>, MailError> {
        let Some((host, port)) = config.server() else { return Ok(None) };
        let from = config.from.parse().map_err(|_| MailError::Letter("mail.from is no address".to_owned()))?;
        let parameters =
            || TlsParameters::new_rustls(host.clone()).map_err(|why| MailError::Letter(format!("no TLS: {why}")));
        let tls = match config.encryption() {
            MailTls::Off => Tls::None,
            MailTls::Starttls => Tls::Required(parameters()?),
            MailTls::Whole => Tls::Wrapper(parameters()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str()).port(port).tls(tls);
        if !config.user.is_empty() {
            builder = builder.credentials(Credentials::new(config.user.clone(), config.password.clone()));
        }
        Ok(Some(Self { transport: builder.timeout(Some(TIMEOUT)).build(), from }))
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// Whether a later try may do better is in the kind of error.
    pub async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let wav = ContentType::parse("audio/wav").expect("a type and a subtype");
        let parts = MultiPart::mixed()
            .singlepart(SinglePart::plain(letter.text))
            .singlepart(Attachment::new(letter.name).body(letter.sound, wav));
        let to = letter.to.parse().map_err(|_| MailError::Letter("its address is none".to_owned()))?;
        let message = Message::builder().from(self.from.clone()).to(to).subject(letter.subject).multipart(parts);
        let message = message.map_err(|why| MailError::Letter(why.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(why) => {
                let status = why.status().map_or_else(|| "no answer".to_owned(), |code| code.to_string());
                Err(if why.is_permanent() { MailError::Refused(status) } else { MailError::NotNow(status) })
            }
        }
    }
}
