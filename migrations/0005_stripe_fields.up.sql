-- Added columns stand last in their tables, whatever their place in the schema document: name columns, never count them.
ALTER TABLE payment_plan ADD COLUMN stripe_product_id VARCHAR(255);
ALTER TABLE payment_planpricing ADD COLUMN stripe_price_id VARCHAR(255);
