//! One's own password: changed with the old one, or reset by mail (contract §3.5-3.7).

use super::Accounts;
use crate::access::{Actor, Scope};
use crate::audit::AuditEvent;
use crate::error::{Error, Input, Violation, Violations};
use crate::ids::UserId;
use crate::lockout::AccountDigest;
use crate::password::Password;
use crate::ports::mailer::Mail;
use crate::ports::password::Verdict;
use crate::relations::EntityKind;
use crate::services::repeated;
use crate::services::users::{record, replace_password};
use crate::text::EmailAddress;
use crate::token::{PASSWORD_RESET_LIFE, SecretToken};
use crate::user::User;

/// A change of one's own password (contract §3.5).
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The present one.
    pub old: Password,
    /// The new one.
    pub new: Password,
    /// The new one again.
    pub repeated: Password,
}

/// The end of a password reset (contract §3.7).
#[derive(Debug, Clone)]
pub struct ResetConfirmation {
    /// The user of the link.
    pub uid: String,
    /// The secret of the link.
    pub token: String,
    /// The new password.
    pub new: Password,
    /// The new password again.
    pub repeated: Password,
}

impl Accounts {
    /// Changes one's own password; every key of the user is dead afterwards. A wrong old one counts as
    /// a failed login does: whoever has found a key must not guess the password with it.
    pub async fn change_password(
        &self,
        actor: &Actor,
        input: Input<PasswordChange>,
    ) -> Result<(), Error> {
        let change = input?;
        // A hash that a login makes anew meanwhile is checked once more.
        for _ in 0..2 {
            if self.try_change_password(actor, &change).await? {
                return Ok(());
            }
        }
        Err(wrong_password())
    }

    /// `false` where the stored hash moved while it was checked.
    async fn try_change_password(
        &self,
        actor: &Actor,
        change: &PasswordChange,
    ) -> Result<bool, Error> {
        let user = self.profile(actor).await?.user;
        let (account, hash) = (AccountDigest::of(&user.username), Some(user.password.clone()));
        let old = change.old.clone();
        let checked =
            self.attempts().verify("accounts.change_password", account, old, hash).await?;
        if checked == Verdict::Differs {
            return Err(wrong_password());
        }
        let new =
            repeated("new_password2", change.new.clone(), &change.repeated, &user.likeness())?;
        let hash = self.ports.hash(new).await?;
        let mut work = self.ports.store.begin("accounts.change_password").await?;
        let own = work.users().lock(Scope::Oneself(actor.user), actor.user).await?;
        let mut locked = own.or_refuse(EntityKind::User)?.user;
        if locked.password != user.password {
            return Ok(false);
        }
        replace_password(work.as_mut(), &mut locked, hash, self.ports.clock.now()).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Mails a reset link to a known active address. Known or not, the answer and the time taken
    /// are the same.
    pub async fn request_reset(&self, input: Input<EmailAddress>) -> Result<(), Error> {
        let email = input?;
        let token = SecretToken::draw(self.ports.random.as_ref());
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("accounts.request_reset").await?;
        let recipient = read
            .password_resets()
            .insert(email, token.digest(), now, now + PASSWORD_RESET_LIFE)
            .await?;
        drop(read);
        if let Some(recipient) = recipient {
            let mail = self.reset_mail(recipient.email, recipient.user, &token);
            self.ports.mailer.post(mail).await;
        }
        Ok(())
    }

    fn reset_mail(&self, to: EmailAddress, user: UserId, token: &SecretToken) -> Mail {
        let link = format!(
            "{}/password/reset/confirm/{user}/{}/",
            self.settings.public_url,
            token.reveal()
        );
        let days = PASSWORD_RESET_LIFE.num_days();
        Mail {
            to,
            subject: "Reset your password".to_owned(),
            body: format!(
                "Somebody asked to reset the password of your account.\n\n\
                 If it was you, open this link within {days} days and choose a new password:\n\n\
                 {link}\n\n\
                 If it was not you, there is nothing to do: your password stays as it is.\n"
            ),
        }
    }

    /// Ends a password reset. The link works once; every key of the user is dead afterwards.
    pub async fn confirm_reset(&self, input: Input<ResetConfirmation>) -> Result<(), Error> {
        let ResetConfirmation { uid, token, new, repeated: again } = input?;
        let bad = |field| Error::from(Violations::of(field, Violation::InvalidLink));
        let user = self.user_of_link(&uid).await?.ok_or_else(|| bad("uid"))?;
        let token = SecretToken::parse(token.trim()).ok_or_else(|| bad("token"))?;
        let new = repeated("new_password2", new, &again, &user.likeness());
        let now = self.ports.clock.now();

        let mut work = self.ports.store.begin("accounts.confirm_reset").await?;
        if !work.password_resets().redeem(user.id, token.digest(), now).await? {
            return Err(bad("token"));
        }
        // A password that is not good enough leaves the link alive: nothing was committed.
        drop(work);
        let hash = self.ports.hash(new?).await?;

        // Hashing took a while: everything is judged again.
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("accounts.confirm_reset").await?;
        let own = work.users().lock(Scope::Oneself(user.id), user.id).await?;
        let mut locked = own.or_refuse(EntityKind::User)?.user;
        if !locked.is_active {
            return Err(bad("uid"));
        }
        if !work.password_resets().redeem(user.id, token.digest(), now).await? {
            return Err(bad("token"));
        }
        replace_password(work.as_mut(), &mut locked, hash, now).await?;
        record(work.as_mut(), user.id, user.id, AuditEvent::PasswordReset, now).await?;
        work.commit().await?;
        Ok(())
    }

    async fn user_of_link(&self, uid: &str) -> Result<Option<User>, Error> {
        let Some(id) = UserId::parse(uid.trim()) else {
            return Ok(None);
        };
        let mut read = self.ports.store.read("accounts.confirm_reset").await?;
        let found = read.users().find(Scope::Oneself(id), id).await?;
        Ok(found.or_refuse(EntityKind::User).ok().map(|view| view.user).filter(|u| u.is_active))
    }
}

fn wrong_password() -> Error {
    Violations::of("old_password", Violation::WrongPassword).into()
}
