//! The ways that mail can go.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::SecondsFormat;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::ExposeSecret as _;
use thiserror::Error as ThisError;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::mailer::Mail;

use crate::adapters::clock::SystemClock;
use crate::config::MailRoute;

/// Pauses before the second, third and fourth attempt at a mail server.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

/// Why mail cannot be delivered.
#[derive(Debug, ThisError)]
pub enum MailError {
    /// The folder for mails is not usable.
    #[error("cannot write mail to {} (WIWEBB_MAIL)", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The mail server is not reachable or refuses.
    #[error("the mail server (WIWEBB_MAIL) does not take it")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The address is none for mail.
    #[error("the address is not one that mail can be sent to")]
    Address(#[from] lettre::address::AddressError),
    /// The mail cannot be put in the form of the Internet (RFC 5322).
    #[error("the mail cannot be composed")]
    Compose(#[from] lettre::error::Error),
}

/// A way for mail to go.
pub(super) enum Route {
    Console { from: Mailbox },
    Folder { from: Mailbox, folder: PathBuf },
    Smtp { from: Mailbox, transport: AsyncSmtpTransport<Tokio1Executor> },
}

impl Route {
    pub(super) fn new(route: &MailRoute, from: Mailbox) -> Result<Self, MailError> {
        match route {
            MailRoute::Console => Ok(Self::Console { from }),
            MailRoute::Folder(folder) => {
                fs::create_dir_all(folder).map_err(at(folder))?;
                Ok(Self::Folder { from, folder: folder.clone() })
            }
            MailRoute::Smtp(url) => {
                let transport =
                    AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())?
                        .timeout(Some(Duration::from_secs(30)))
                        .build();
                Ok(Self::Smtp { from, transport })
            }
        }
    }

    pub(super) async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        match self {
            Self::Console { from } => {
                show(from, mail);
                Ok(())
            }
            Self::Folder { from, folder } => {
                let text = compose(from, mail)?.formatted();
                let folder = folder.clone();
                let written = tokio::task::spawn_blocking(move || write(&folder, &text)).await;
                written
                    .unwrap_or_else(|lost| Err(at(Path::new("the folder"))(io::Error::other(lost))))
            }
            Self::Smtp { from, transport } => send(transport, compose(from, mail)?).await,
        }
    }
}

fn show(from: &Mailbox, Mail { to, subject, body }: &Mail) {
    eprintln!(
        "--- mail ---\nFrom: {from}\nTo: {to}\nSubject: {subject}\n\n{body}--- end of mail ---"
    );
}

fn compose(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, mail.to.as_str().parse()?))
        .subject(&mail.subject)
        .message_id(None)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.body.clone())?;
    Ok(message)
}

/// Writes aside and moves into place, so that whoever watches the folder sees whole mails only.
fn write(folder: &Path, text: &[u8]) -> Result<(), MailError> {
    let name = format!(
        "{}-{:08x}.eml",
        SystemClock.now().to_rfc3339_opts(SecondsFormat::Micros, true).replace(':', ""),
        rand::random::<u32>()
    );
    let (place, aside) = (folder.join(&name), folder.join(format!(".{name}.part")));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside).map_err(at(&aside))?;
    file.write_all(text)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&aside, &place))
        .map_err(at(&place))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> MailError {
    let path = path.to_owned();
    |source| MailError::Folder { path, source }
}

/// Tries again while the failure may pass.
async fn send(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    message: Message,
) -> Result<(), MailError> {
    for pause in PAUSES {
        match transport.send(message.clone()).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_permanent() => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, ?pause, "the mail server does not take a mail; trying again");
                tokio::time::sleep(pause).await;
            }
        }
    }
    transport.send(message).await?;
    Ok(())
}
