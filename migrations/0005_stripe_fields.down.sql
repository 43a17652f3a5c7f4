ALTER TABLE payment_planpricing DROP COLUMN stripe_price_id;
ALTER TABLE payment_plan DROP COLUMN stripe_product_id;
