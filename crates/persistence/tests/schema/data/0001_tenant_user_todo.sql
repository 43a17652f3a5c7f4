INSERT INTO api_tenant (name, slug, uuid, email)
VALUES ('Hotel Adler', 'hotel-adler', '6f9c3a52-0f0e-4d83-9a53-1d7d2f1f0b11', 'office@adler.example'),
    ('Camping Süd', 'camping-sued', '0b7f1e7e-8a51-4a53-bb1a-9f6f6f7b2c22', NULL);

INSERT INTO api_user (username, email, password, role, tenant_id)
VALUES ('root', 'root@wiwebb.example', 'x', 'superadmin', NULL),
    ('adler', 'owner@adler.example', 'x', 'tenant_owner', 1),
    ('guest', 'guest@adler.example', 'x', 'subscriber', 1);

INSERT INTO api_todo (user_id, task) VALUES (2, 'Order new access points'), (3, 'Pay the bill');
