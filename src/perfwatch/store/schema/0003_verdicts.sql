-- What was said of a commit, with what it was said by. JSON objects: settings, state, moved, facts; params as in series.
CREATE TABLE settings (settings_id VARCHAR NOT NULL, version VARCHAR NOT NULL, settings VARCHAR NOT NULL);
CREATE TABLE verdicts (
    benchmark VARCHAR NOT NULL, version VARCHAR, params VARCHAR NOT NULL, machine VARCHAR NOT NULL,
    environment VARCHAR NOT NULL, unit VARCHAR NOT NULL, series_kind VARCHAR NOT NULL, commit_hash VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, standing VARCHAR, since VARCHAR, ratio DOUBLE, lower DOUBLE, upper DOUBLE, p_value DOUBLE,
    minimum_detectable DOUBLE, relevant BOOLEAN NOT NULL, n_before INTEGER NOT NULL, n_after INTEGER NOT NULL,
    detail VARCHAR NOT NULL, settings_id VARCHAR NOT NULL, inputs_digest VARCHAR NOT NULL, judged_at TIMESTAMP NOT NULL
);
-- One row an event; `judged_commit` is the newest commit it was judged with.
CREATE TABLE events (
    event_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, commit_hash VARCHAR NOT NULL, machine VARCHAR NOT NULL,
    environment VARCHAR NOT NULL, standing VARCHAR NOT NULL, title VARCHAR NOT NULL, cause VARCHAR,
    moved VARCHAR NOT NULL, facts VARCHAR NOT NULL, judged_commit VARCHAR NOT NULL, judged_at TIMESTAMP NOT NULL
);
-- Append only: the newest word on an event holds, the older ones say who thought otherwise, and when.
CREATE TABLE triage (
    event_id VARCHAR NOT NULL, state VARCHAR NOT NULL, author VARCHAR NOT NULL, said_at TIMESTAMP NOT NULL,
    reason VARCHAR, owner VARCHAR, until TIMESTAMP
);
-- The host's overall factor at each judged commit, 1 where it did nothing that stands out.
CREATE TABLE factors (
    machine VARCHAR NOT NULL, environment VARCHAR NOT NULL, commit_hash VARCHAR NOT NULL, factor DOUBLE NOT NULL
);
CREATE TABLE judge_states (machine VARCHAR NOT NULL, environment VARCHAR NOT NULL, state VARCHAR NOT NULL);
-- Noise of the newest commit against itself: `noise` is the robust scatter, `minimum_detectable` a fraction.
CREATE TABLE calibrations (
    machine VARCHAR NOT NULL, environment VARCHAR NOT NULL, commit_hash VARCHAR NOT NULL,
    calibrated_at TIMESTAMP NOT NULL, benchmark VARCHAR NOT NULL, params VARCHAR NOT NULL, rounds INTEGER NOT NULL,
    noise DOUBLE, minimum_detectable DOUBLE, settings VARCHAR NOT NULL
);
-- The outbox: one row a message, `body` as it is sent. status: waiting | delivered | refused (the receiver will not have
-- it; asking again would not help).
CREATE TABLE deliveries (
    idempotency_key VARCHAR NOT NULL, event_id VARCHAR NOT NULL, standing VARCHAR NOT NULL, sink VARCHAR NOT NULL,
    body VARCHAR NOT NULL, queued_at TIMESTAMP NOT NULL, status VARCHAR NOT NULL, attempts INTEGER NOT NULL,
    last_error VARCHAR, tried_at TIMESTAMP
);
