-- What staff should look at: codes that look copied, look-ups that go through plates one by one. `detail` is JSON: the rule, rough places, times,
-- counts; nothing personal stands in it. Of whoever asked there is at most the id of an account, an officer or a client. `note` is sealed.
CREATE TABLE flag (
    id          BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('copied_code', 'enumeration')),
    dedupe      BLOB NOT NULL,
    raised_at   INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    times       INTEGER NOT NULL CHECK (times >= 1),
    subject     BLOB,
    credential  BLOB,
    caller_sort TEXT,
    caller      BLOB,
    detail      TEXT NOT NULL,
    settled_at  INTEGER,
    outcome     TEXT,
    note        BLOB,
    settled_by  BLOB,
    CONSTRAINT flag_key PRIMARY KEY (id),
    CONSTRAINT flag_settles_with_outcome CHECK ((settled_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX flag_open ON flag (dedupe) WHERE settled_at IS NULL;

-- What is kept for a time is found by its age when that is over.
CREATE INDEX look_age ON look (at);
