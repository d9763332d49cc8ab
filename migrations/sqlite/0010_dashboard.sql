-- Figures by the minute, for the dashboard: each transaction that changes an order adds to them, so that they agree
-- with the rows, and each instance adds what no row tells (docs/adr/0011-figures-by-the-minute.md).
-- Twin: ../mysql/0010_dashboard.sql

-- A shard is one instance's and one kind of work's, so that nobody waits for another's row; older minutes are folded
-- into quarter-hours of one shard, sixteen zero bytes. Names have no CHECK: an older program leaves those that it does
-- not know alone.
CREATE TABLE minute_figures (
    minute_start INTEGER NOT NULL,
    shard        BLOB    NOT NULL,
    figure       TEXT    NOT NULL,
    amount       INTEGER NOT NULL,
    PRIMARY KEY (minute_start, shard, figure)
) STRICT, WITHOUT ROWID;

-- When an operator had an event sent once more: since then it waits, and not since it happened.
ALTER TABLE outbox ADD COLUMN replayed_at INTEGER;
