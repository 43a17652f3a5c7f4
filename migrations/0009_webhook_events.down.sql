-- Loses every event of a gateway, those too that nothing was made of yet. Gateways send what was
-- acknowledged no second time, so let none be left that is neither processed nor ignored.
DROP TABLE payment_webhookevent;
