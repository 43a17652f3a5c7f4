DROP STATISTICS stat_paymentlog_to;
