-- Fairlead's inbox. Safe to run again.
create table if not exists fairlead_inbox (
    scope           text    not null,
    message_key     text    not null,
    method          text    not null,
    fingerprint     blob    not null,
    state           integer not null, -- 0 = started (an effect outside the database), 1 = done
    at_millis       integer not null,
    owner           text,
    instance        text,
    deadline_millis integer,
    reply_metadata  blob,
    reply           blob,
    primary key (scope, message_key)
);
create table if not exists fairlead_inbox_fence (
    lane  text primary key,
    token integer not null
);
create table if not exists fairlead_inbox_meta (
    name  text primary key,
    content text not null
);
