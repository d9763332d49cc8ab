-- What each operator may do, and the log of what they did.
-- Twin: ../mysql/0006_operators.sql

-- Of accounts whose role in `users` is operator; one without a row here may only look (an older program made it).
CREATE TABLE operators (
    user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    role       TEXT    NOT NULL CHECK (role IN ('viewer', 'support', 'manager', 'owner')),
    changed_at INTEGER NOT NULL
) STRICT;
-- Who could do everything still can.
INSERT INTO operators (user_id, role, changed_at) SELECT id, 'owner', created_at FROM users WHERE role = 'operator';

-- Insert-only. No operator: the command line. `act` and `subject_kind` have no CHECK: an older program reads what a
-- newer one beside it wrote.
CREATE TABLE audit_log (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    operator_id  INTEGER,
    address      TEXT    NOT NULL,
    act          TEXT    NOT NULL,
    subject_kind TEXT    NOT NULL,
    subject_id   TEXT    NOT NULL,
    before_facts TEXT,
    after_facts  TEXT,
    reason       TEXT,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_log_by_operator ON audit_log (operator_id, id);
CREATE INDEX audit_log_by_subject ON audit_log (subject_kind, subject_id, id);
CREATE INDEX audit_log_by_act ON audit_log (act, id);

CREATE TRIGGER audit_log_keep BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is insert-only'); END;
CREATE TRIGGER audit_log_stay BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is insert-only'); END;
