-- What most questions ask, kept with every transaction that writes measurements (store/summaries.py): the newest state
-- of each series that was ever measured, and what each commit's measurements at a place came from (`sources`: a text
-- that changes when they do). Where both counts are 0, everything was skipped: nothing was measured.
CREATE TABLE newest (series_id INTEGER NOT NULL, n INTEGER NOT NULL, commit_hash VARCHAR NOT NULL, value DOUBLE);
CREATE TABLE measured (
    machine VARCHAR NOT NULL, environment VARCHAR NOT NULL, commit_hash VARCHAR NOT NULL, n_ok INTEGER NOT NULL,
    n_failed INTEGER NOT NULL, sources VARCHAR NOT NULL
);
INSERT INTO newest
WITH line AS (
    SELECT hash, row_number() OVER (ORDER BY position NULLS FIRST, committed_at NULLS FIRST, hash) AS place FROM commits
), found AS (
    SELECT
        series_id, count(*) FILTER (status = 'ok') AS n,
        max_by({'commit': commit_hash, 'value': value}, place) AS last
    FROM measurements JOIN line ON hash = commit_hash WHERE status <> 'skipped' GROUP BY series_id
)
SELECT series_id, n, last.commit, last.value FROM found;
INSERT INTO measured
SELECT
    machine, environment, commit_hash, sum(n_ok), sum(n_failed),
    coalesce(string_agg(source_id || ':' || digest, ' ' ORDER BY source_id), '')
FROM (
    SELECT
        machine, environment, commit_hash, source_id, count(*) FILTER (status = 'ok') AS n_ok,
        count(*) FILTER (status = 'failed') AS n_failed
    FROM measurements JOIN series USING (series_id) GROUP BY ALL
) LEFT JOIN sources USING (source_id) GROUP BY ALL;
