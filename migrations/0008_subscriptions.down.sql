-- Loses every subscription, every trial that was given and every gateway's id of a user. Gateways go
-- on charging for the subscriptions that they keep going, so end those there first.
DROP TABLE payment_customer;
DROP TABLE payment_trial;
DROP TABLE payment_subscription;
