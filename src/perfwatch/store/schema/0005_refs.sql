-- What git calls commits: its names of one repository, replaced as a whole when that is asked again. `repository` is the
-- hash of the oldest commit of its line, the same in every clone; kind: tag | branch | remote branch.
CREATE TABLE refs (
    repository VARCHAR NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, commit_hash VARCHAR NOT NULL
);
