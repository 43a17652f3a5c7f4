//! The links of a page: absolute, at the request's host, with all other parameters.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::Url;
use serde_json::Value;

use super::{World, follow, ids, rows};

/// The parameters of a link but one, in no order.
fn others(link: &Url, but: &str) -> BTreeSet<(String, String)> {
    link.query_pairs().into_owned().filter(|(name, _)| name != but).collect()
}

fn url(link: &Value) -> Url {
    link.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn links_are_absolute_and_keep_all_other_parameters() {
    let world = World::new().await;
    let kept = "search=user%20%2C%20EXAMPLE&is_active=True&tenant=&ordering=-role%2Cusername\
                &page_size=4&odd=%26%3D%25%2B%C3%A4%20x&odd=twice&empty=&bare";
    let sent: Url = format!("{}/api/v1/users/?{kept}", world.app.base).parse().unwrap();
    for (start, own) in [("", "page"), ("&page=2", "page"), ("&cursor=", "cursor")] {
        let path = format!("/users/?{kept}{start}");
        let page = world.root.get(&path).await.expect(200);
        let link = url(&page["next"]);
        assert_eq!(link.origin(), sent.origin());
        assert_eq!(link.path(), "/api/v1/users/");
        assert_eq!(others(&link, own), others(&sent, own), "{start}");
        let next = world.root.get(link.as_str()).await.expect(200);
        let back = url(&next["previous"]);
        assert_eq!(others(&back, own), others(&sent, own), "{start}");
        let again = world.root.get(back.as_str()).await.expect(200);
        assert_eq!(ids(&again), ids(&page), "{start}: there and back");
    }
    let numbered = follow(&world.root, &format!("/users/?{kept}"), "next").await;
    let keyed = follow(&world.root, &format!("/users/?{kept}&cursor="), "next").await;
    assert!(numbered.len() > 3, "{}", numbered.len());
    assert_eq!(rows(&numbered), rows(&keyed));
}

#[tokio::test]
async fn links_lead_to_the_host_that_the_request_names() {
    let world = World::new().await;
    for host in ["api.example.org", "api.example.org:8443", "[::1]:8000"] {
        for query in ["", "?cursor="] {
            let path = format!("/users/{query}");
            let request = world.root.request(Method::GET, &path).header("Host", host);
            let page = world.root.send(request).await.expect(200);
            let link = page["next"].as_str().unwrap();
            assert!(link.starts_with(&format!("http://{host}/api/v1/users/?")), "{link}");
        }
    }
}
