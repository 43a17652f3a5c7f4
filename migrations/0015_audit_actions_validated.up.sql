ALTER TABLE api_auditlog VALIDATE CONSTRAINT check_auditlog_action;
