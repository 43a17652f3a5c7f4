UPDATE api_user SET written_lsn = '0/16B3748' WHERE id = 1;
