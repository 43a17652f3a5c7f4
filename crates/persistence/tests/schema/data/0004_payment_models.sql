INSERT INTO payment_plan (name, "default", requires_payment, daily_time_minutes)
VALUES ('Free', TRUE, FALSE, 30), ('Professional', FALSE, TRUE, NULL);

INSERT INTO payment_planpricing (plan_id, amount, "interval", trial_period_days)
VALUES (2, 19.99, 'month', 14), (2, 199.99, 'year', 14);

INSERT INTO payment_paymentgatewayconfig (name, variant, priority)
VALUES ('Card', 'stripe', 10), ('Bank transfer', 'manual', 0);

INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, transaction_id)
VALUES (3, 1, 'confirmed', 19.99, 'pi_1'), (3, 2, 'waiting', 199.99, NULL);

INSERT INTO payment_paymentlog (payment_id, event_type) VALUES (1, 'payment.created'), (2, 'payment.created');
