-- What each operator may do, and the log of what they did.
-- Twin: ../sqlite/0006_operators.sql

-- Of accounts whose role in `users` is operator; one without a row here may only look (an older program made it).
CREATE TABLE operators (
    user_id    BIGINT      NOT NULL PRIMARY KEY REFERENCES users (id),
    role       VARCHAR(16) NOT NULL CHECK (role IN ('viewer', 'support', 'manager', 'owner')),
    changed_at BIGINT      NOT NULL
) CHARACTER SET utf8mb4;
-- Who could do everything still can.
INSERT INTO operators (user_id, role, changed_at) SELECT id, 'owner', created_at FROM users WHERE role = 'operator';

-- Insert-only. No operator: the command line. `act` and `subject_kind` have no CHECK: an older program reads what a
-- newer one beside it wrote.
CREATE TABLE audit_log (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    operator_id  BIGINT,
    address      VARCHAR(64)  NOT NULL,
    act          VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    subject_kind VARCHAR(16)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    subject_id   VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    before_facts TEXT,
    after_facts  TEXT,
    reason       VARCHAR(1000),
    created_at   BIGINT       NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX audit_log_by_operator ON audit_log (operator_id, id);
CREATE INDEX audit_log_by_subject ON audit_log (subject_kind, subject_id, id);
CREATE INDEX audit_log_by_act ON audit_log (act, id);

CREATE TRIGGER audit_log_keep BEFORE UPDATE ON audit_log FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is insert-only';
CREATE TRIGGER audit_log_stay BEFORE DELETE ON audit_log FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is insert-only';
