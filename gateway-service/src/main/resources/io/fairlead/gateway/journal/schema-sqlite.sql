create table if not exists fairlead_journal_meta (
    name text primary key,
    value text not null
) without rowid;

create table if not exists fairlead_binding (
    id integer primary key,
    listener text not null,
    service text not null,
    method text not null,
    unique (listener, service, method)
);

-- What changes keeps its length where it can: then SQLite overwrites the row in place and leaves the payload alone.
create table if not exists fairlead_message (
    id integer primary key,
    state integer not null,
    lane integer not null,
    binding_id integer not null,
    priority integer not null,
    attempts integer not null default 0,
    crashes integer not null default 0,
    accepted_at integer not null,
    due_at integer not null,
    expires_at integer not null,
    replay_of integer not null,
    changed_at integer not null,
    checksum integer not null,
    reason text not null default '',
    message_key text,
    ordering_key text,
    metadata blob not null,
    payload blob not null
);

-- 2 = READY, 3 = DELAYED, 4 = DONE, 7 = EXPIRED, 8 = DROPPED
create index if not exists fairlead_message_ready
    on fairlead_message (priority desc, id, lane, binding_id) where state = 2;
create index if not exists fairlead_message_due
    on fairlead_message (due_at, binding_id) where state = 3;
create index if not exists fairlead_message_expires
    on fairlead_message (expires_at) where state in (2, 3) and expires_at > 0;
create index if not exists fairlead_message_over
    on fairlead_message (changed_at) where state in (4, 7, 8);
create index if not exists fairlead_message_aside
    on fairlead_message (id, state) where state in (5, 6, 9);
-- By a thousand messages each, and then by the end of the key: keys come in no order, and an index over all of them would
-- have each message write a page of its own to the log. Who looks for a key looks into each thousand.
create index if not exists fairlead_message_key
    on fairlead_message (id >> 10, substr(message_key, -8)) where message_key is not null;
create index if not exists fairlead_message_replay
    on fairlead_message (replay_of) where replay_of > 0;

create table if not exists fairlead_attempt (
    message_id integer not null,
    number integer not null,
    at integer not null,
    instance text not null,
    status text not null,
    reason text not null,
    crashed integer not null,
    primary key (message_id, number)
) without rowid;

-- How many were accepted, and how many are now in each state that is not in flight.
create table if not exists fairlead_books (
    owner text not null,
    binding_id integer not null,
    accepted integer not null default 0,
    done integer not null default 0,
    dead integer not null default 0,
    quarantined integer not null default 0,
    expired integer not null default 0,
    dropped integer not null default 0,
    damaged integer not null default 0,
    last_id integer not null default 0,
    primary key (owner, binding_id)
) without rowid;
