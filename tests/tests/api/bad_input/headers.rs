//! Headers that no decent client sends.

use wiwebb_tests::raw;

use super::{World, check_sound_raw};

#[tokio::test]
async fn headers_without_meaning_here_change_nothing() {
    let world = World::new().await;
    let odd: [&[u8]; 17] = [
        b"X-Anything: \xff\xfe\x80",
        b"X-Request-Id: \xff",
        b"X-Request-Id: ",
        b"Accept: text/html",
        b"Accept: \xc3\x28",
        b"Accept-Encoding: \xff",
        b"Accept-Language: tlh",
        b"Cookie: a=\x80; sessionid=1",
        b"Origin: \xff",
        b"Origin: https://evil.example",
        b"Referer: \xff",
        b"User-Agent: \xf0\x9f\x92\xa7",
        b"X-Forwarded-For: 127.0.0.1, \xff",
        b"Range: bytes=0-1",
        b"If-None-Match: *",
        b"Content-Type: \xff",
        b"X-HTTP-Method-Override: DELETE",
    ];
    for line in odd {
        for target in ["/api/v1/users/", "/api/v1/auth/user/", "/healthz"] {
            let answer = world.raw("GET", target, &[line], b"").await;
            let what = String::from_utf8_lossy(line).into_owned();
            assert_eq!(answer.status, 200, "{what}: {answer:?}");
            assert!(answer.json().is_object(), "{what}");
        }
    }
}

#[tokio::test]
async fn any_host_gets_an_answer() {
    let world = World::new().await;
    let key = format!("Authorization: Token {}", world.root.key().unwrap());
    let hosts: [&[&[u8]]; 10] = [
        &[],
        &[b"Host:"],
        &[b"Host: \xff\xfe"],
        &[b"Host: two words"],
        &[b"Host: a\"b<script>"],
        &[b"Host: user:password@example.org"],
        &[b"Host: example.org:notaport"],
        &[b"Host: [::1"],
        &[b"Host: a", b"Host: b"],
        &[b"Host: \xc3\xa4.example"],
    ];
    for host in hosts {
        for target in
            ["/api/v1/users/?page_size=1", "/api/v1/users/?cursor=&page_size=1", "/api/v1/users"]
        {
            let lines: Vec<&[u8]> = host.iter().copied().chain([key.as_bytes()]).collect();
            let request = raw::request("GET", target, &lines, b"");
            let answer = raw::exchange(&world.app.base, &request).await;
            check_sound_raw(&format!("{host:?} {target}"), &answer);
        }
    }
}

#[tokio::test]
async fn an_unreadable_key_is_refused() {
    let world = World::new().await;
    let key = world.root.key().unwrap().to_owned();
    let with_nul = format!("Authorization: Token {}%00", key);
    let long = format!("Authorization: Token {}", "a".repeat(20_000));
    let odd: [&[u8]; 9] = [
        b"Authorization: Token \xff\xfe",
        b"Authorization: Token \xc3\xa4",
        b"Authorization: \xff",
        b"Authorization:",
        b"Authorization: Token \t ",
        b"Authorization: Basic cm9vdDpyb290",
        b"Authorization: Token '; DROP TABLE api_user; --",
        with_nul.as_bytes(),
        long.as_bytes(),
    ];
    for line in odd {
        for (method, target) in [
            ("GET", "/api/v1/users/"),
            ("DELETE", "/api/v1/todos/1/"),
            ("POST", "/api/v1/auth/logout/"),
        ] {
            let request = raw::request(method, target, &[b"Host: localhost", line], b"");
            let answer = raw::exchange(&world.app.base, &request).await;
            let what = String::from_utf8_lossy(line).into_owned();
            check_sound_raw(&what, &answer);
            assert_eq!(answer.status, 401, "{what}: {answer:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Token"), "{what}");
        }
    }
    world.root.get("/auth/user/").await.expect(200);
}

#[tokio::test]
async fn too_many_or_too_long_headers_are_refused() {
    let world = World::new().await;
    let long = format!("X-Long: {}", "x".repeat(1_000_000)).into_bytes();
    let many: Vec<Vec<u8>> = (0..500).map(|n| format!("X-{n}: y").into_bytes()).collect();
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    for lines in [vec![long.as_slice()], many] {
        let answer = world.raw("GET", "/api/v1/users/", &lines, b"").await;
        check_sound_raw("headers", &answer);
        assert!((400..500).contains(&answer.status), "{}", answer.status);
    }
    world.root.get("/auth/user/").await.expect(200);
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let world = World::new().await;
    let requests: [&[u8]; 9] = [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /api/v1/users/ HTTP/9.9\r\n\r\n",
        b"GET /api/v1/us ers/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /api/v1/\xff/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"G\x00T /api/v1/users/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/v1/users/ HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /api/v1/users/ HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ];
    for request in requests {
        let answer = raw::exchange(&world.app.base, request).await;
        let what = String::from_utf8_lossy(request).into_owned();
        check_sound_raw(&what, &answer);
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
    }
    world.root.get("/auth/user/").await.expect(200);
}
