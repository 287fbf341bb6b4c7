-- JSON objects: control -> {version, before: [seconds], after: [seconds]}; artefact -> digest.
ALTER TABLE runs ADD COLUMN controls VARCHAR;
ALTER TABLE runs ADD COLUMN artefacts VARCHAR;
