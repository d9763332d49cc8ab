-- What operators change of shoppers' wallets, and who was kept out for refusals in a row; ways to find an account.
-- Twin: ../mysql/0012_customers.sql

-- Insert-only but for one thing: a proposal is decided later, once. No operator: the command line.
CREATE TABLE wallet_adjustments (
    id          BLOB    NOT NULL PRIMARY KEY,
    user_id     INTEGER NOT NULL,
    operator_id INTEGER,
    amount      INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('PROPOSED', 'APPLIED', 'DECLINED')),
    created_at  INTEGER NOT NULL,
    decided_by  INTEGER,
    decided_at  INTEGER,
    posting_id  BLOB,
    CONSTRAINT wallet_adjustments_amount CHECK (amount <> 0 AND amount BETWEEN -10000000 AND 10000000),
    CONSTRAINT wallet_adjustments_decision CHECK ((state = 'PROPOSED') = (decided_at IS NULL)
                                                  AND (state = 'APPLIED') = (posting_id IS NOT NULL)
                                                  AND (state <> 'PROPOSED' OR decided_by IS NULL)
                                                  AND (state <> 'DECLINED' OR decided_by IS NOT NULL)),
    -- Nobody approves their own; one that needed nobody else has no decider.
    CONSTRAINT wallet_adjustments_second CHECK (state <> 'APPLIED' OR decided_by IS NULL OR decided_by <> operator_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX wallet_adjustments_by_user ON wallet_adjustments (user_id, id);
CREATE INDEX wallet_adjustments_by_operator ON wallet_adjustments (operator_id, decided_at);
CREATE INDEX wallet_adjustments_by_state ON wallet_adjustments (state, id);

-- What is in ledgers already was written by load tests, on the word of the command line.
INSERT INTO wallet_adjustments (id, user_id, amount, reason, state, created_at, decided_at, posting_id)
    SELECT id, user_id, amount, 'load test', 'APPLIED', created_at, created_at, id FROM point_transactions
    WHERE type = 'ADJUSTMENT';

-- The last time each shopper was kept from ordering and claiming: how operators find who still is. The gate has the
-- truth.
CREATE TABLE shopper_blocks (
    user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    created_at INTEGER NOT NULL,
    until      INTEGER NOT NULL
) STRICT;
CREATE INDEX shopper_blocks_by_end ON shopper_blocks (until, user_id);

CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_freeze ON users (frozen_at, id);
CREATE INDEX users_by_close ON users (closed_at, id);

CREATE TRIGGER wallet_adjustments_keep
BEFORE UPDATE OF id, user_id, operator_id, amount, reason, created_at ON wallet_adjustments
BEGIN SELECT RAISE(ABORT, 'of an adjustment only its decision is written later'); END;
CREATE TRIGGER wallet_adjustments_keep_decision BEFORE UPDATE ON wallet_adjustments WHEN OLD.state <> 'PROPOSED'
BEGIN SELECT RAISE(ABORT, 'an adjustment is decided once'); END;
CREATE TRIGGER wallet_adjustments_stay BEFORE DELETE ON wallet_adjustments
BEGIN SELECT RAISE(ABORT, 'wallet_adjustments are never deleted'); END;
