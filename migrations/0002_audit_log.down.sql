DROP TABLE api_auditlog;
