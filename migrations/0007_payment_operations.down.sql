-- Loses every refund, every order to a gateway and every answer kept. An order that is still open is
-- lost with the knowledge that the gateway was asked, so stop the servers and let none be open first.
DROP TABLE payment_idempotencykey;
DROP TABLE payment_operation;
DROP TABLE payment_refund;
