INSERT INTO api_user (username, email, password, role, tenant_id)
VALUES ('payer', 'payer@adler.example', 'x', 'subscriber', 1);

INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, transaction_id)
SELECT id, 1, 'confirmed', 19.99, given.transaction_id
FROM api_user, (VALUES ('pi_3'), ('pi_4')) AS given (transaction_id)
WHERE username = 'payer';

INSERT INTO payment_refund (payment_id, amount, status, reason)
SELECT id, 5, 'pending', 'No service' FROM payment_payment WHERE transaction_id = 'pi_4';

-- The first order stands on a payment without refunds, the second carries out the refund.
INSERT INTO payment_operation (payment_id, kind, amount, key, done, next_try_at)
SELECT id, 'charge', total, 'pay:3:1', TRUE, now() FROM payment_payment WHERE transaction_id = 'pi_3';
INSERT INTO payment_operation (payment_id, kind, refund_id, amount, key, next_try_at)
SELECT payment_id, 'refund', id, amount, 'ref:1', now() FROM payment_refund;

INSERT INTO payment_idempotencykey (user_id, method, path, key, body_digest, status, body)
VALUES (3, 'POST', '/payments/create_payment/', 'running', sha256('{}'), NULL, NULL),
    (3, 'POST', '/payments/create_payment/', 'answered', sha256('{}'), 201, '{"payment": {}}');

INSERT INTO payment_idempotencykey (user_id, method, path, key, body_digest, payment_id)
SELECT user_id, 'POST', '/payments/create_payment/', 'begun', sha256('{}'), id
FROM payment_payment WHERE transaction_id = 'pi_3';
