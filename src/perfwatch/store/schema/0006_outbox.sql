-- The outbox again, for several sinks that each have a queue of their own, and for more than events: `subject` is whom a
-- message is about (`event ID`, `commit HASH`). `content` tells one state of what a sink can update from another, NULL
-- where it only appends; `receiver` is who it is, by name, NULL for any of its kind. `notice` is kept until it arrived.
-- status: waiting | delivered | refused (asking again would not help) | superseded (a newer state was sent instead).
-- not_before: the receiver asked to be left alone until then.
-- A table of its own, since a column that may not be missing cannot be added to one.
CREATE TABLE outbox (
    idempotency_key VARCHAR NOT NULL, subject VARCHAR NOT NULL, standing VARCHAR NOT NULL, content VARCHAR,
    sink VARCHAR NOT NULL, receiver VARCHAR, notice VARCHAR, queued_at TIMESTAMP NOT NULL, status VARCHAR NOT NULL,
    attempts INTEGER NOT NULL, last_error VARCHAR, tried_at TIMESTAMP, not_before TIMESTAMP
);
-- What a webhook was to be told is told as it was: its body is the notice's document. No other form of it was ever kept.
INSERT INTO outbox
SELECT
    idempotency_key, 'event ' || event_id, standing, NULL, sink, NULL,
    CASE WHEN status IN ('waiting', 'refused') THEN json_object(
        'subject', 'event ' || event_id, 'standing', standing, 'level', 'warning',
        'commit', body->>'$.event.commit', 'title', left(body->>'$.event.title', 200), 'text', body->>'$.text',
        'markdown', '', 'html', '', 'document', body::JSON, 'chart', NULL
    )::VARCHAR END,
    queued_at, status, attempts, last_error, tried_at, NULL
FROM deliveries;
DROP TABLE deliveries;
