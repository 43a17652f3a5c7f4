//! The log of payments in the console: its search, and the page of an entry.

use wiwebb_tests::Visitor;

use super::payments::{DENIED, LIST, LOG, cast};

#[tokio::test]
async fn the_log_is_searched_by_event_and_message() {
    let cast = cast().await;
    let (one, two) = (cast.dummy("confirmed").await, cast.dummy("rejected").await);
    let list = cast.visitor.open(&format!("{LOG}?search=PAYMENT.rej")).await.expect(200);
    list.shows(&two).hides(&one).shows("value=\"PAYMENT.rej\"");
    sqlx::query("UPDATE payment_paymentlog SET message = 'By the bank' WHERE payment_id = $1::int")
        .bind(one.trim_start_matches(LIST).trim_end_matches('/'))
        .execute(&cast.app.pool)
        .await
        .unwrap();
    let list = cast.visitor.open(&format!("{LOG}?search=bank")).await.expect(200);
    list.shows(&one).hides(&two);
    let list = cast.visitor.open(&format!("{LOG}?search=bank,rejected")).await.expect(200);
    list.shows("Nothing matches.");
}

/// The id of the entry that a piece of a page leads to first.
fn entry_of(html: &str) -> &str {
    let (_, rest) = html.split_once("<a href=\"/admin/payment-logs/").unwrap();
    rest.split_once('/').unwrap().0
}

#[tokio::test]
async fn an_entry_of_the_log_has_a_page_that_whoever_sees_the_payment_sees() {
    let cast = cast().await;
    let page = cast.dummy("rejected").await;
    let list = cast.visitor.open(&format!("{LOG}?event_type=payment.rejected")).await.expect(200);
    let path = format!("{LOG}{}/", entry_of(list.between("<tbody>", "</tbody>").unwrap()));
    let shown = cast.visitor.open(&path).await.expect(200);
    shown.shows("payment.rejected").shows(&format!("href=\"{page}\""));
    shown.shows("waiting \u{2192} rejected").shows("&#34;to&#34;: &#34;rejected&#34;");
    let olga = Visitor::signed_in(&cast.app.base, "olga").await;
    olga.open(&path).await.expect(200).shows("payment.rejected");
    let stan = Visitor::signed_in(&cast.app.base, "stan").await;
    stan.open(&path).await.expect(403).shows(DENIED);
    for id in ["999", "0", "x"] {
        cast.visitor.open(&format!("{LOG}{id}/")).await.expect(404);
    }
}

#[tokio::test]
async fn long_data_of_an_entry_is_cut_on_the_payments_page_which_leads_to_all_of_it() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    sqlx::query(
        "INSERT INTO payment_paymentlog (payment_id, event_type, data, created_at)
         SELECT $1::int, 'gateway.told',
                jsonb_build_object('text', repeat('\"<b>\" ', 500) || 'the end'),
                timestamptz '2040-01-01Z' + make_interval(secs => n)
         FROM generate_series(1, 40) AS n",
    )
    .bind(page.trim_start_matches(LIST).trim_end_matches('/'))
    .execute(&cast.app.pool)
    .await
    .unwrap();
    let shown = cast.visitor.open(&page).await.expect(200);
    assert!(shown.html.len() < 100_000, "{} bytes", shown.html.len());
    shown.hides("the end");
    let timeline = shown.between("<ol class=\"timeline\">", "</ol>").unwrap();
    let entry = cast.visitor.open(&format!("{LOG}{}/", entry_of(timeline))).await.expect(200);
    entry.shows("gateway.told").shows("the end");
    assert!(entry.html.len() < 100_000, "{} bytes", entry.html.len());
}

#[tokio::test]
async fn short_data_of_an_entry_stands_whole_on_the_payments_page() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let shown = cast.visitor.open(&page).await.expect(200);
    let timeline = shown.between("<ol class=\"timeline\">", "</ol>").unwrap();
    assert!(timeline.contains("&#34;to&#34;: &#34;confirmed&#34;"), "{timeline}");
    assert!(!timeline.contains("<a "), "{timeline}");
}
