-- Alerts: what every instance counted of the last minutes, where each alert stands, who is not told of it for a
-- while, and who is to be told. Names have no CHECK: an older program leaves those that it does not know to the newer
-- one beside it.
-- Twin: ../sqlite/0009_alerts.sql

-- What an instance counted since it last wrote, each writing under a number of its own. Rows live as long as the
-- window, five minutes.
CREATE TABLE alert_samples (
    noted_at BIGINT      NOT NULL,
    batch    BINARY(16)  NOT NULL,
    figure   VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    times    BIGINT      NOT NULL CHECK (times > 0),
    PRIMARY KEY (noted_at, batch, figure)
) CHARACTER SET utf8mb4;

-- Whom each instance saw within the last minute, as numbers that name nobody (shop/src/alert/people.rs).
CREATE TABLE alert_people (
    instance BINARY(16) NOT NULL PRIMARY KEY,
    noted_at BIGINT     NOT NULL,
    people   MEDIUMBLOB NOT NULL
) CHARACTER SET utf8mb4;

-- What jobs found out, for every instance to know.
CREATE TABLE alert_facts (
    name     VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    figure   BIGINT      NOT NULL,
    noted_at BIGINT      NOT NULL
) CHARACTER SET utf8mb4;

-- Changed only by whoever read the version before: so one instance tells.
CREATE TABLE alerts (
    name        VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    stage       VARCHAR(20) NOT NULL CHECK (stage IN ('inactive', 'firing', 'resolved')),
    began_at    BIGINT,
    ended_at    BIGINT,
    quiet_since BIGINT,
    is_told     BIGINT      NOT NULL,
    version     BIGINT      NOT NULL
) CHARACTER SET utf8mb4;

-- A row goes when its notice has gone out or is given up.
CREATE TABLE alert_notices (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name       VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    kind       VARCHAR(20) NOT NULL,
    figure     BIGINT,
    samples    BIGINT      NOT NULL,
    began_at   BIGINT      NOT NULL,
    channel    VARCHAR(20) NOT NULL,
    address    VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    created_at BIGINT      NOT NULL,
    due_at     BIGINT      NOT NULL,
    tries      BIGINT      NOT NULL DEFAULT 0
) CHARACTER SET utf8mb4;
CREATE INDEX alert_notices_by_due ON alert_notices (due_at, id);

-- Kept, so that it stays known who silenced what and why; one that is lifted gets another end.
CREATE TABLE alert_silences (
    id         BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name       VARCHAR(40)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    until_at   BIGINT        NOT NULL,
    by_user_id BIGINT        NOT NULL REFERENCES users (id),
    reason     VARCHAR(500)  NOT NULL CHECK (reason <> ''),
    created_at BIGINT        NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX alert_silences_by_end ON alert_silences (until_at);
CREATE INDEX alert_silences_by_user ON alert_silences (by_user_id);
