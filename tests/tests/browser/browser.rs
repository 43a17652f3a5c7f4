//! A browser and what a person does with it.
//!
//! Whatever is looked for is waited for: nothing here depends on how fast a page comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;
use thirtyfour::{DesiredCapabilities, LoggingPrefsLogLevel};
use tokio::time::{sleep, timeout};
use wiwebb_tests::{PASSWORD, TestApp};

use crate::driver::Driver;

/// How long anything may take before its test has failed.
const PATIENCE: Duration = Duration::from_mins(5);

/// How long a single order to the browser may take, its start included.
const ORDER: Duration = Duration::from_mins(5);

const FLAGS: [&str; 12] = [
    "--headless",
    // Tests run as root in containers.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // The same picture on every machine.
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--lang=en-US",
];

/// How wide a phone is, in CSS pixels.
pub(crate) const PHONE: u16 = 390;

/// The value of a content setting that blocks.
const BLOCKED: u8 = 2;

/// What a page is shown on.
#[derive(Clone, Copy)]
pub(crate) enum Screen {
    Desktop,
    Phone,
}

/// A browser with a profile of its own. It is closed with the test.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    pub(crate) base: String,
}

impl Browser {
    /// A browser for the pages of a server; `None` where none is installed.
    pub(crate) async fn open(app: &TestApp) -> Option<Self> {
        Self::at_site(&app.base, json!({})).await
    }

    /// A browser in which JavaScript is switched off.
    pub(crate) async fn without_scripts(app: &TestApp) -> Option<Self> {
        Self::at_site(&app.base, no_scripts()).await
    }

    /// A browser with these preferences of Chromium for the site at an address.
    pub(crate) async fn at_site(base: &str, preferences: Value) -> Option<Self> {
        let driver = Driver::get()?;
        // The workspace builds reqwest with TLS of no provider of its own. A second call finds the
        // provider there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(driver.chromium.to_str().unwrap()).unwrap();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        wanted.add_experimental_option("prefs", preferences).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let session = WebDriver::builder(&driver.address, wanted).request_timeout(ORDER);
        let browser = Self { driver: session.connect().await.unwrap(), base: base.to_owned() };
        browser.driver.set_script_timeout(ORDER).await.unwrap();
        browser.show_on(Screen::Desktop).await;
        browser.prefer("light").await;
        Some(browser)
    }

    /// Sends an order of Chromium's own protocol.
    async fn order(&self, name: &str, what: Value) {
        self.driver.cdp().send_raw(name, what).await.unwrap();
    }

    /// Gives the page the room that it has on such a screen.
    pub(crate) async fn show_on(&self, screen: Screen) {
        let (width, height) = match screen {
            Screen::Desktop => (1280, 900),
            Screen::Phone => (PHONE, 844),
        };
        self.give_room(width, height).await;
    }

    async fn give_room(&self, width: u16, height: u16) {
        let mobile = width == PHONE;
        let what =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.order("Emulation.setDeviceMetricsOverride", what).await;
    }

    /// A picture of the whole page, as a PNG.
    pub(crate) async fn photograph(&self) -> Vec<u8> {
        let measure = "return [innerWidth, innerHeight,
            Math.max(innerHeight, document.documentElement.scrollHeight)]";
        let measured = self.driver.execute(measure, []).await.unwrap();
        let [width, height, whole] = measured.convert::<[u16; 3]>().unwrap();
        self.give_room(width, whole).await;
        let picture = self.driver.screenshot_as_png().await.unwrap();
        self.give_room(width, height).await;
        picture
    }

    /// Has the person prefer a colour scheme, `light` or `dark`. Nothing moves: a picture in the
    /// middle of a transition is nobody's.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.order("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Takes the network away from the page, or gives it back.
    pub(crate) async fn offline(&self, is_offline: bool) {
        self.order("Network.enable", json!({})).await;
        let unlimited = -1;
        let what = json!({
            "offline": is_offline, "latency": 0,
            "downloadThroughput": unlimited, "uploadThroughput": unlimited,
        });
        self.order("Network.emulateNetworkConditions", what).await;
    }

    /// Opens a path of the server, or a whole address such as a page's link.
    pub(crate) async fn visit(&self, path: &str) {
        let address =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.driver.goto(address).await.unwrap();
    }

    /// The path that is open.
    pub(crate) async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    /// Waits for a path.
    pub(crate) async fn at(&self, path: &str) {
        let there = async || Ok((self.path().await == path).then_some(()));
        self.until(&format!("no page {path}"), there).await;
    }

    /// The text of the page as it is shown, with spaces of one kind.
    pub(crate) async fn text(&self) -> String {
        let text = async || self.shown_text().await.map(Some);
        self.until("no text", text).await
    }

    /// Waits for a text.
    pub(crate) async fn see(&self, text: &str) {
        let shown = async || Ok(self.shown_text().await?.contains(text).then_some(()));
        self.until(&format!("no text {text:?}"), shown).await;
    }

    pub(crate) async fn shown_text(&self) -> WebDriverResult<String> {
        let body = self.driver.find(By::Tag("body")).await?;
        Ok(body.text().await?.replace(['\u{a0}', '\u{202f}'], " "))
    }

    /// Waits for an element that is shown, by CSS.
    pub(crate) async fn of(&self, css: &str) -> WebElement {
        self.find(By::Css(css)).await
    }

    /// Waits for the field with this label, which may add that it is optional.
    pub(crate) async fn field(&self, label: &str) -> WebElement {
        let (label, optional) = (quoted(label), quoted(&format!("{label} (optional)")));
        let label = format!("//label[normalize-space()={label} or normalize-space()={optional}]");
        let path = format!("//*[self::input or self::select or self::textarea][@id={label}/@for]");
        self.find(By::XPath(path)).await
    }

    /// Puts a text in place of what a field holds.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses one of the words of a field.
    pub(crate) async fn choose(&self, label: &str, word: &str) {
        let field = self.field(label).await;
        let option = By::XPath(format!("./option[normalize-space()={}]", quoted(word)));
        field.find(option).await.unwrap().click().await.unwrap();
    }

    /// What is said to be wrong below a field, where a screen reader finds it too.
    pub(crate) async fn wrong_with(&self, label: &str) -> String {
        let field = self.field(label).await;
        let told = field.attr("aria-describedby").await.unwrap().unwrap_or_default();
        let Some(id) = told.split(' ').find(|id| id.ends_with("-errors")) else {
            return String::new();
        };
        assert_eq!(field.attr("aria-invalid").await.unwrap().as_deref(), Some("true"));
        self.driver.find(By::Id(id)).await.unwrap().text().await.unwrap()
    }

    /// Presses the button with this text.
    pub(crate) async fn press(&self, text: &str) {
        self.click(&format!("//button[normalize-space()={}]", quoted(text))).await;
    }

    /// Follows the link with this text.
    pub(crate) async fn follow(&self, text: &str) {
        self.click(&format!("//a[normalize-space()={}]", quoted(text))).await;
    }

    /// Whether a link with this text is there.
    pub(crate) async fn offers(&self, text: &str) -> bool {
        let path = format!("//*[self::a or self::button][normalize-space()={}]", quoted(text));
        self.shown(By::XPath(path)).await.unwrap().is_some()
    }

    /// Strikes a key.
    pub(crate) async fn strike(&self, key: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Signs in with the password of the harness, from the page that is open.
    pub(crate) async fn sign_in(&self, username: &str) {
        self.visit("/account/sign-in/").await;
        self.fill("Username or email", username).await;
        self.fill("Password", PASSWORD).await;
        self.press("Sign in").await;
        self.see("Sign out").await;
    }

    /// Clicks an element once it can be clicked. A click that was refused has done nothing.
    async fn click(&self, path: &str) {
        let clicked = async || {
            let Some(element) = self.shown(By::XPath(path)).await? else { return Ok(None) };
            element.click().await.map(Some)
        };
        self.until(&format!("nothing to click: {path}"), clicked).await;
    }

    async fn find(&self, by: By) -> WebElement {
        let what = format!("nothing is shown of {by:?}");
        self.until(&what, async || self.shown(by.clone()).await).await
    }

    /// The first element that can be seen.
    async fn shown(&self, by: By) -> WebDriverResult<Option<WebElement>> {
        for element in self.driver.find_all(by).await? {
            if element.is_displayed().await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// Tries until something is there. A page that changes meanwhile makes for errors, which are
    /// no reason to give up.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        mut attempt: impl AsyncFnMut() -> WebDriverResult<Option<T>>,
    ) -> T {
        let mut last = None;
        let found = timeout(PATIENCE, async {
            loop {
                match attempt().await {
                    Ok(Some(found)) => return found,
                    Ok(None) => last = None,
                    Err(error) => last = Some(error),
                }
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let Ok(found) = found else { panic!("{what}: {last:?}\n{}", self.state().await) };
        found
    }

    /// What is there instead of what was waited for.
    async fn state(&self) -> String {
        let address = self.driver.current_url().await.map(|address| address.to_string());
        let text = self.shown_text().await;
        format!("{address:?}\n{}", text.unwrap_or_else(|error| error.to_string()))
    }
}

impl Drop for Browser {
    /// Ends the session, also of a test that has failed. The client's own way of doing so needs the
    /// runtime that is blocked here.
    fn drop(&mut self) {
        let session = self.driver.session_id().to_string();
        let driver = Driver::get().unwrap();
        let _ = self.driver.clone().leak();
        let end = || {
            let mut connection = TcpStream::connect(driver.address.trim_start_matches("http://"))?;
            write!(
                connection,
                "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
            )?;
            connection.set_read_timeout(Some(PATIENCE))?;
            connection.read(&mut [0])
        };
        if let Err(error) = end() {
            eprintln!("a browser stays open until the tests end: {error}");
        }
    }
}

/// Preferences with which no page runs a script.
pub(crate) fn no_scripts() -> Value {
    json!({ "profile.managed_default_content_settings.javascript": BLOCKED })
}

/// A text in `XPath`, which has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
