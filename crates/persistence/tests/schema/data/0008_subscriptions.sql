INSERT INTO api_user (username, email, password, role, tenant_id)
VALUES ('member', 'member@adler.example', 'x', 'subscriber', 1),
    ('former', 'former@adler.example', 'x', 'subscriber', 1);

INSERT INTO payment_plan (name) VALUES ('Basic'), ('Family');
INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('Portal', 'stripe');

INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, transaction_id)
SELECT id, 1, 'waiting', 19.99, 'pi_5' FROM api_user WHERE username = 'payer';

-- Paid by somebody else and through another gateway, so that whatever it refers to can be deleted but
-- for the subscription itself.
INSERT INTO payment_subscription
    (subscription_id, external_id, user_id, plan_id, amount, currency, "interval", payment_gateway_id,
     driver, status, anchor, current_period_start, current_period_end, trial_days, charge_id,
     charge_purpose, pending_plan_id, pending_amount, pending_currency, pending_interval, next_step_at)
SELECT 'sub_1', 'sub_portal_1', member.id, basic.id, 9.99, 'USD', 'month', portal.id,
    'gateway', 'active', now(), now(), now() + interval '1 month', 14, payment.id,
    'renewal', family.id, 4.99, 'USD', 'month', now() + interval '1 day'
FROM api_user AS member, payment_plan AS basic, payment_plan AS family,
    payment_paymentgatewayconfig AS portal, payment_payment AS payment
WHERE member.username = 'member' AND basic.name = 'Basic' AND family.name = 'Family'
    AND portal.name = 'Portal' AND payment.transaction_id = 'pi_5';

-- A free plan that was given up.
INSERT INTO payment_subscription (subscription_id, user_id, plan_id, driver, status, canceled_at)
SELECT 'sub_2', member.id, free.id, 'local', 'canceled', now()
FROM api_user AS member, payment_plan AS free WHERE member.username = 'former' AND free.name = 'Free';

INSERT INTO payment_trial (user_id, plan_id)
SELECT member.id, basic.id
FROM api_user AS member, payment_plan AS basic
WHERE member.username = 'member' AND basic.name = 'Basic';

INSERT INTO payment_customer (user_id, payment_gateway_id, customer_id)
SELECT member.id, portal.id, 'cus_1'
FROM api_user AS member, payment_paymentgatewayconfig AS portal
WHERE member.username = 'member' AND portal.name = 'Portal';
