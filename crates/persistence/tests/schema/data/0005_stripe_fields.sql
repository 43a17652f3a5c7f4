UPDATE payment_plan SET stripe_product_id = 'prod_1' WHERE name = 'Professional';
UPDATE payment_planpricing SET stripe_price_id = 'price_1' WHERE "interval" = 'month';
