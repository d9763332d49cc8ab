-- Alerts: what every instance counted of the last minutes, where each alert stands, who is not told of it for a
-- while, and who is to be told. Names have no CHECK: an older program leaves those that it does not know to the newer
-- one beside it.
-- Twin: ../mysql/0009_alerts.sql

-- What an instance counted since it last wrote, each writing under a number of its own. Rows live as long as the
-- window, five minutes.
CREATE TABLE alert_samples (
    noted_at INTEGER NOT NULL,
    batch    BLOB    NOT NULL,
    figure   TEXT    NOT NULL,
    times    INTEGER NOT NULL CHECK (times > 0),
    PRIMARY KEY (noted_at, batch, figure)
) STRICT, WITHOUT ROWID;

-- Whom each instance saw within the last minute, as numbers that name nobody (shop/src/alert/people.rs).
CREATE TABLE alert_people (
    instance BLOB    NOT NULL PRIMARY KEY,
    noted_at INTEGER NOT NULL,
    people   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- What jobs found out, for every instance to know.
CREATE TABLE alert_facts (
    name     TEXT    NOT NULL PRIMARY KEY,
    figure   INTEGER NOT NULL,
    noted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Changed only by whoever read the version before: so one instance tells.
CREATE TABLE alerts (
    name        TEXT    NOT NULL PRIMARY KEY,
    stage       TEXT    NOT NULL CHECK (stage IN ('inactive', 'firing', 'resolved')),
    began_at    INTEGER,
    ended_at    INTEGER,
    quiet_since INTEGER,
    is_told     INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A row goes when its notice has gone out or is given up.
CREATE TABLE alert_notices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    figure     INTEGER,
    samples    INTEGER NOT NULL,
    began_at   INTEGER NOT NULL,
    channel    TEXT    NOT NULL,
    address    TEXT,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX alert_notices_by_due ON alert_notices (due_at, id);

-- Kept, so that it stays known who silenced what and why; one that is lifted gets another end.
CREATE TABLE alert_silences (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    until_at   INTEGER NOT NULL,
    by_user_id INTEGER NOT NULL REFERENCES users (id),
    reason     TEXT    NOT NULL CHECK (reason <> ''),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_silences_by_end ON alert_silences (until_at);
CREATE INDEX alert_silences_by_user ON alert_silences (by_user_id);
