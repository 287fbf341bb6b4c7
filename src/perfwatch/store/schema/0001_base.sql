-- No primary keys, sequences or indexes: the same SQL runs against a lake, which has none. The only writer keeps
-- identifiers unique. Times are UTC. Positions count along git's first-parent line.
CREATE TABLE commits (
    hash VARCHAR NOT NULL, committed_at TIMESTAMP, author VARCHAR, subject VARCHAR, parent VARCHAR, position INTEGER
);
CREATE TABLE machines (name VARCHAR NOT NULL, facts VARCHAR NOT NULL);                              -- facts: JSON object
CREATE TABLE environments (name VARCHAR NOT NULL, python VARCHAR, requirements VARCHAR NOT NULL);   -- JSON object
-- One row a file ever met. status: loaded | unreadable (error says why; its rows of an earlier, readable state stay).
CREATE TABLE sources (
    source_id INTEGER NOT NULL, path VARCHAR NOT NULL, kind VARCHAR NOT NULL, size_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL, inode BIGINT NOT NULL, digest VARCHAR, status VARCHAR NOT NULL, error VARCHAR,
    loaded_at TIMESTAMP NOT NULL
);
CREATE TABLE runs (
    source_id INTEGER NOT NULL, commit_hash VARCHAR NOT NULL, machine VARCHAR NOT NULL, environment VARCHAR,
    started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP, tool VARCHAR NOT NULL, exit_code INTEGER,
    host VARCHAR NOT NULL, selection VARCHAR NOT NULL, engine_digest VARCHAR                        -- JSON objects
);
CREATE TABLE failures (
    source_id INTEGER NOT NULL, commit_hash VARCHAR NOT NULL, machine VARCHAR NOT NULL, environment VARCHAR,
    benchmark VARCHAR NOT NULL, exit_code INTEGER, stderr VARCHAR NOT NULL
);
-- params: JSON array of [name, value] pairs in declaration order.
CREATE TABLE series (
    series_id INTEGER NOT NULL, benchmark VARCHAR NOT NULL, version VARCHAR, params VARCHAR NOT NULL,
    machine VARCHAR NOT NULL, environment VARCHAR NOT NULL, unit VARCHAR NOT NULL, kind VARCHAR NOT NULL
);
CREATE TABLE measurements (
    series_id INTEGER NOT NULL, commit_hash VARCHAR NOT NULL, source_id INTEGER NOT NULL, status VARCHAR NOT NULL,
    value DOUBLE, text VARCHAR, lower DOUBLE, upper DOUBLE, q25 DOUBLE, q75 DOUBLE, samples DOUBLE[],
    number BIGINT, started_at TIMESTAMP, duration_s DOUBLE
);
CREATE TABLE acceptances (
    commit_hash VARCHAR NOT NULL, author VARCHAR NOT NULL, reason VARCHAR NOT NULL, accepted_at TIMESTAMP NOT NULL
);
