-- Revenue: how many entries confirm a payment, which cannot be guessed from the column.
CREATE STATISTICS stat_paymentlog_to ON (data ->> 'to') FROM payment_paymentlog;
