-- What staff should look at: codes that look copied, look-ups that go through plates one by one. `detail` is JSON: the rule, rough places, times,
-- counts; nothing personal stands in it. Of whoever asked there is at most the id of an account, an officer or a client. `note` is sealed.
CREATE TABLE flag (
    id          uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('copied_code', 'enumeration')),
    dedupe      bytea NOT NULL,
    raised_at   bigint NOT NULL,
    last_at     bigint NOT NULL,
    times       bigint NOT NULL CHECK (times >= 1),
    subject     uuid,
    credential  uuid,
    caller_sort text,
    caller      uuid,
    detail      text NOT NULL,
    settled_at  bigint,
    outcome     text,
    note        bytea,
    settled_by  uuid,
    CONSTRAINT flag_key PRIMARY KEY (id),
    CONSTRAINT flag_settles_with_outcome CHECK ((settled_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX flag_open ON flag (dedupe) WHERE settled_at IS NULL;

-- What is kept for a time is found by its age when that is over.
CREATE INDEX look_age ON look (at);
