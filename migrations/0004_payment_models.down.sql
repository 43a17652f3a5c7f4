DROP TABLE payment_paymentlog;
DROP TABLE payment_payment;
DROP TABLE payment_paymentgatewayconfig;
DROP TABLE payment_planpricing;
DROP TABLE payment_plan;
DROP FUNCTION touch_modified_at();
