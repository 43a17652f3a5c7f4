-- Of a payment without refunds and orders, which can be deleted.
INSERT INTO payment_webhookevent (variant, event_id, event_type, payload, status, payment_id, tries, processed_at)
VALUES ('stripe', 'evt_1', 'payment_intent.succeeded', '{}', 'processed', 2, 1, now());

INSERT INTO payment_webhookevent (variant, event_id, event_type, payload, status, tries, error, next_try_at)
VALUES ('stripe', 'evt_2', 'charge.refunded', '{}', 'unmatched', 1, 'No such payment', now());
