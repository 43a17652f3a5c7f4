//! Mail: taken at once into a queue, delivered by a task of its own (contract §3.6, §14).

mod route;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use metrics::{counter, gauge};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wiwebb_domain::ports::mailer::{Mail, Mailer};

use crate::config::MailRoute;
use crate::figures;
pub use route::MailError;
use route::Route;

/// How many mails can wait for delivery.
const CAPACITY: usize = 1_000;

/// Accepts mail for a [`Delivery`].
#[derive(Debug, Clone)]
pub struct MailQueue {
    sender: mpsc::Sender<Mail>,
}

#[async_trait]
impl Mailer for MailQueue {
    async fn post(&self, mail: Mail) {
        let to = mail.to.clone();
        match self.sender.try_send(mail) {
            Ok(()) => gauge!(figures::MAIL_WAITING).increment(1.0),
            Err(TrySendError::Full(_)) => {
                count("lost");
                tracing::error!(%to, waiting = CAPACITY, "mail is lost: too many are waiting");
            }
            Err(TrySendError::Closed(_)) => {
                count("lost");
                tracing::error!(%to, "mail is lost: the server is stopping");
            }
        }
    }
}

/// The task that delivers what a [`MailQueue`] accepts.
#[derive(Debug)]
pub struct Delivery {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Starts delivering mail.
///
/// # Errors
/// [`MailError`] where the route cannot be used at all, such as a folder that cannot be created.
pub fn start(route: &MailRoute, from: Mailbox) -> Result<(Arc<MailQueue>, Delivery), MailError> {
    let route = Route::new(route, from)?;
    let (sender, receiver) = mpsc::channel(CAPACITY);
    let stop = CancellationToken::new();
    let task = tokio::spawn(deliver(route, receiver, stop.clone()));
    Ok((Arc::new(MailQueue { sender }), Delivery { stop, task }))
}

impl Delivery {
    /// Accepts no more mail and delivers what is waiting, for at most `limit`. Returns whether
    /// everything was seen to.
    pub async fn shutdown(self, limit: Duration) -> bool {
        self.stop.cancel();
        let abort = self.task.abort_handle();
        let done = tokio::time::timeout(limit, self.task).await.is_ok();
        if !done {
            abort.abort();
            tracing::error!(?limit, "mail is lost: it could not be delivered before the end");
        }
        done
    }
}

async fn deliver(route: Route, mut receiver: mpsc::Receiver<Mail>, stop: CancellationToken) {
    let closing = stop.cancelled();
    tokio::pin!(closing);
    loop {
        tokio::select! {
            mail = receiver.recv() => match mail {
                Some(mail) => {
                    let outcome = route.deliver(&mail).await;
                    gauge!(figures::MAIL_WAITING).decrement(1.0);
                    count(if outcome.is_ok() { "delivered" } else { "failed" });
                    report(&mail, outcome);
                }
                None => return,
            },
            // What was accepted before is still handed out after closing.
            () = &mut closing, if !receiver.is_closed() => receiver.close(),
        }
    }
}

fn count(outcome: &'static str) {
    counter!(figures::MAILS, "outcome" => outcome).increment(1);
}

/// Failures are told without the text, which can hold a secret.
fn report(mail: &Mail, outcome: Result<(), MailError>) {
    if let Err(error) = outcome {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(
            to = %mail.to, subject = mail.subject, %error, cause,
            "mail could not be delivered"
        );
    }
}

#[cfg(test)]
mod tests {
    use wiwebb_domain::text::EmailAddress;

    use super::*;

    fn mail(subject: &str) -> Mail {
        Mail {
            to: EmailAddress::new("anna@example.org").unwrap(),
            subject: subject.to_owned(),
            body: "Open https://x.example/confirm/1/abc/ — it works once.\n".to_owned(),
        }
    }

    fn from() -> Mailbox {
        "WiWebb <wiwebb@example.org>".parse().unwrap()
    }

    async fn files_of(subjects: &[&str]) -> Vec<(String, String)> {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("out/mails");
        let (queue, delivery) = start(&MailRoute::Folder(folder.clone()), from()).unwrap();
        for subject in subjects {
            queue.post(mail(subject)).await;
        }
        assert!(delivery.shutdown(Duration::from_secs(10)).await);
        let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, std::fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    #[tokio::test]
    async fn a_mail_becomes_one_file_with_headers_and_text() {
        let files = files_of(&["Reset your password"]).await;
        let [(name, text)] = files.as_slice() else {
            panic!("{files:?}");
        };
        assert!(std::path::Path::new(name).extension().is_some_and(|end| end == "eml"), "{name}");
        for header in [
            "To: anna@example.org",
            "From: WiWebb <wiwebb@example.org>",
            "Subject: Reset your password",
            "Date: ",
            "Message-ID: ",
        ] {
            assert!(text.lines().any(|line| line.starts_with(header)), "{header} in {text}");
        }
        assert!(text.contains("https://x.example/confirm/1/abc/"), "{text}");
    }

    #[tokio::test]
    async fn shutdown_delivers_everything_that_waits_in_the_order_it_was_posted() {
        let subjects: Vec<String> = (0..20).map(|n| format!("Number {n}")).collect();
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        let files = files_of(&subjects).await;
        assert_eq!(files.len(), subjects.len());
        for ((_, text), subject) in files.iter().zip(subjects) {
            assert!(text.contains(&format!("Subject: {subject}\r\n")), "{text}");
        }
    }

    #[tokio::test]
    async fn a_subject_cannot_smuggle_in_a_header() {
        let files = files_of(&["Hello\r\nBcc: eve@example.org"]).await;
        assert!(!files[0].1.lines().any(|line| line.starts_with("Bcc:")), "{}", files[0].1);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn mail_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let (queue, delivery) = start(&MailRoute::Folder(place.path().into()), from()).unwrap();
        queue.post(mail("Reset your password")).await;
        assert!(delivery.shutdown(Duration::from_secs(10)).await);
        let file = std::fs::read_dir(place.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_an_error_at_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let route = MailRoute::Folder(file.path().join("mails"));
        assert!(start(&route, from()).is_err());
    }

    #[tokio::test]
    async fn posting_returns_at_once_while_the_mail_server_is_silent() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", silent.local_addr().unwrap());
        let (queue, delivery) = start(&MailRoute::Smtp(url.into()), from()).unwrap();
        let all = async {
            for _ in 0..CAPACITY * 2 {
                queue.post(mail("Reset your password")).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), all).await.unwrap();
        assert!(!delivery.shutdown(Duration::from_millis(100)).await);
    }

    /// Speaks SMTP to one client after the other, and answers the first text with `first`.
    /// Returns the last text it was sent.
    async fn mail_server(listener: tokio::net::TcpListener, first: &'static str) -> String {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
        let mut answer = first;
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (reader, mut writer) = client.split();
            let mut lines = BufReader::new(reader).lines();
            writer.write_all(b"220 ready\r\n").await.unwrap();
            let mut text = None;
            while let Ok(Some(line)) = lines.next_line().await {
                let reply = match (&mut text, line.as_str()) {
                    (Some(_), ".") => answer,
                    (Some(text), line) => {
                        *text += line;
                        continue;
                    }
                    (None, "DATA") => {
                        text = Some(String::new());
                        "354 go on"
                    }
                    (None, _) => "250 fine",
                };
                writer.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
                if reply == answer {
                    break;
                }
            }
            if std::mem::replace(&mut answer, "250 taken") == "250 taken" {
                return text.unwrap_or_default();
            }
        }
    }

    #[tokio::test]
    async fn a_mail_that_the_server_cannot_take_now_is_sent_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(mail_server(listener, "451 later"));
        let (queue, delivery) = start(&MailRoute::Smtp(url.into()), from()).unwrap();
        queue.post(mail("Reset your password")).await;
        assert!(delivery.shutdown(Duration::from_secs(20)).await);
        let text = tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
        assert!(text.contains("Subject: Reset your password"), "{text}");
    }

    #[tokio::test]
    async fn a_mail_that_the_server_refuses_for_good_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(mail_server(listener, "550 never"));
        let (queue, delivery) = start(&MailRoute::Smtp(url.into()), from()).unwrap();
        queue.post(mail("the first")).await;
        queue.post(mail("the second")).await;
        assert!(delivery.shutdown(Duration::from_secs(20)).await);
        let text = tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
        assert!(text.contains("Subject: the second"), "{text}");
    }
}
