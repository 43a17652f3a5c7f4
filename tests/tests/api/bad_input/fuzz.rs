//! Requests made of random parts, the same ones in every run.

use std::fmt::Write;

use serde_json::{Map, Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, raw};

use super::{PATHS, World, check_sound_raw};

const REQUESTS: usize = 1_500;

/// A generator of numbers (xorshift, by Marsaglia).
struct Dice(u64);

impl Dice {
    fn number(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.number(from.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.number(100) < percent
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 16] = [
            "a", "Z", "9", " ", "@", ".", "-", "_", "%", "'", "\"", "\\", "\u{0}", "ß", "💧",
            "\u{202e}",
        ];
        let length = *self.pick(&[0, 1, 3, 8, 30, 151, 300]);
        (0..length).map(|_| *self.pick(&PIECES)).collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.number(if depth == 0 { 12 } else { 14 }) {
            0 => json!(null),
            1 => json!(self.chance(50)),
            2 => json!(self.pick(&[0_i64, 1, -1, 5, 2_147_483_648, i64::MAX, i64::MIN])),
            3 => json!(self.pick(&[0.5, -1e300, 1e-300])),
            4 => json!(self.pick(&["superadmin", "admin", "tenant_owner", "subscriber", "true"])),
            5 => json!(self.pick(&["fuzz@example.org", "http://example.org", "2024-01-01", "me"])),
            6 => json!(PASSWORD),
            7..=11 => json!(self.text()),
            12 => (0..self.number(4)).map(|_| self.value(depth - 1)).collect(),
            _ => self.object(depth - 1),
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        const NAMES: [&str; 39] = [
            "id",
            "username",
            "email",
            "password",
            "password1",
            "password2",
            "role",
            "tenant",
            "is_active",
            "name",
            "slug",
            "url",
            "description",
            "task",
            "completed",
            "user",
            "first_name",
            "birth_date",
            "bio",
            "uid",
            "token",
            "new_password1",
            "new_password2",
            "amount",
            "payment_gateway",
            "order_id",
            "reason",
            "metadata",
            "plan_id",
            "pricing_id",
            "preview",
            "User-Name",
            "User-Password",
            "Acct-Status-Type",
            "Acct-Session-Id",
            "Acct-Session-Time",
            "Acct-Input-Octets",
            "value",
            "nothing",
        ];
        let names: Vec<&str> = (0..self.number(8)).map(|_| *self.pick(&NAMES)).collect();
        let pairs = names.into_iter().map(|name| (name.to_owned(), self.value(depth)));
        Value::Object(pairs.collect::<Map<_, _>>())
    }

    fn body(&mut self) -> Vec<u8> {
        let mut body = match self.number(10) {
            0 => Vec::new(),
            1 => self.text().into_bytes(),
            2 => self.value(2).to_string().into_bytes(),
            _ => self.object(2).to_string().into_bytes(),
        };
        if self.chance(10) && !body.is_empty() {
            let at = self.number(body.len());
            body[at] = u8::try_from(self.number(256)).unwrap();
        }
        body
    }

    fn segment(&mut self) -> String {
        (*self.pick(&["1", "2", "3", "7", "0", "-1", "abc", "acme", "%00", "%FF", "99999999999"]))
            .into()
    }

    fn target(&mut self) -> String {
        const QUERIES: [&str; 8] =
            ["page", "page_size", "cursor", "search", "ordering", "role", "tenant", "is_active"];
        // Either would leave the rest of the requests without a key.
        const ENDS: [&str; 2] = ["/auth/logout/", "/auth/tokens/{token}/"];
        let paths: Vec<&str> =
            PATHS.iter().map(|(path, _)| *path).filter(|path| !ENDS.contains(path)).collect();
        let mut target = format!("/api/v1{}", self.pick(&paths));
        while let Some((start, end)) = target.find('{').zip(target.find('}')) {
            target.replace_range(start..=end, &self.segment());
        }
        if self.chance(10) {
            target = target.trim_end_matches('/').to_owned();
        }
        for at in 0..self.number(4) {
            target.push(if at == 0 { '?' } else { '&' });
            let name: &str = self.pick::<&str>(&QUERIES);
            let _ = write!(target, "{name}=");
            for byte in self.text().bytes() {
                let _ = write!(target, "%{byte:02X}");
            }
        }
        target
    }
}

#[tokio::test]
async fn random_requests_are_all_answered_as_the_contract_says() {
    const METHODS: [&str; 8] = ["GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    const TYPES: [&str; 8] = [
        "application/json",
        "application/json",
        "application/json",
        "application/json",
        "application/json",
        "application/json",
        "text/plain",
        "",
    ];
    let world = World::new().await;
    let owner = world.app.user(&world.root, "owner", Role::TenantOwner, Some(world.tenant)).await;
    let member = world.app.user(&world.root, "member", Role::Subscriber, Some(world.tenant)).await;
    let people: [&Client; 4] = [&world.root, &world.root, &owner, &member];
    let mut dice = Dice(0x5EED_CAFE_F00D_D1CE);
    for number in 0..REQUESTS {
        let (method, target) = (*dice.pick(&METHODS), dice.target());
        let person = *dice.pick(&people);
        let caller = if target.contains("/network/") { world.caller(&target) } else { person };
        let key = format!("Authorization: Token {}", caller.key().unwrap());
        let kind = format!("Content-Type: {}", dice.pick(&TYPES));
        let lines: &[&[u8]] = &[b"Host: localhost", key.as_bytes(), kind.as_bytes()];
        let body = dice.body();
        let request = if dice.chance(20) {
            raw::chunked_request(method, &target, lines, &body)
        } else {
            raw::request(method, &target, lines, &body)
        };
        let answer = raw::exchange(&world.app.base, &request).await;
        let what =
            format!("request {number}: {method} {target} {}", String::from_utf8_lossy(&body));
        check_sound_raw(&what, &answer);
        if answer.status < 300 && answer.status != 204 && method != "OPTIONS" {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
            assert!(!answer.json().is_null(), "{what}: {answer:?}");
        }
    }
    let homeless: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM api_user LEFT JOIN api_tenant AS t ON t.id = tenant_id
         WHERE tenant_id IS NOT NULL AND t.id IS NULL",
    )
    .fetch_one(&world.app.pool)
    .await
    .unwrap();
    assert_eq!(homeless, 0);
    world.root.get("/auth/user/").await.expect(200);
}
