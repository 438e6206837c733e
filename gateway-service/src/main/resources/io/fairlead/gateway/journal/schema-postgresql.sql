create table if not exists fairlead_journal_meta (
    name text primary key,
    value text not null
);

create table if not exists fairlead_binding (
    id integer generated always as identity primary key,
    listener text not null,
    service text not null,
    method text not null,
    unique (listener, service, method)
);

create sequence if not exists fairlead_message_id cache 1;

create table if not exists fairlead_message (
    id bigint primary key default nextval('fairlead_message_id'),
    accepted_at bigint not null,
    due_at bigint not null,
    expires_at bigint not null,
    replay_of bigint not null,
    changed_at bigint not null,
    binding_id integer not null,
    checksum integer not null,
    attempts integer not null default 0,
    crashes integer not null default 0,
    state smallint not null,
    lane smallint not null,
    priority smallint not null,
    reason text not null default '',
    message_key text,
    ordering_key text,
    metadata bytea not null,
    payload bytea not null
);

-- 2 = READY, 3 = DELAYED, 4 = DONE, 7 = EXPIRED, 8 = DROPPED
create index if not exists fairlead_message_ready
    on fairlead_message (lane, priority desc, id) include (binding_id) where state = 2;
create index if not exists fairlead_message_due
    on fairlead_message (due_at) include (binding_id) where state = 3;
create index if not exists fairlead_message_expires
    on fairlead_message (expires_at) where state in (2, 3) and expires_at > 0;
create index if not exists fairlead_message_over
    on fairlead_message (changed_at) where state in (4, 7, 8);
create index if not exists fairlead_message_aside
    on fairlead_message (id) include (state) where state in (5, 6, 9);
create index if not exists fairlead_message_key
    on fairlead_message (message_key) where message_key is not null;
create index if not exists fairlead_message_replay
    on fairlead_message (replay_of) where replay_of > 0;

create table if not exists fairlead_attempt (
    message_id bigint not null,
    number integer not null,
    at bigint not null,
    instance text not null,
    status text not null,
    reason text not null,
    crashed boolean not null,
    primary key (message_id, number)
);

-- How many were accepted, and how many are now in each state that is not in flight. The sum over all owners counts: each
-- open store has a number of its own, so that gateways do not wait for each other's commits.
create sequence if not exists fairlead_books_owner minvalue 0 maxvalue 63 cycle;
create table if not exists fairlead_books (
    owner text not null,
    binding_id integer not null,
    accepted bigint not null default 0,
    done bigint not null default 0,
    dead bigint not null default 0,
    quarantined bigint not null default 0,
    expired bigint not null default 0,
    dropped bigint not null default 0,
    damaged bigint not null default 0,
    last_id bigint not null default 0,
    primary key (owner, binding_id)
) with (fillfactor = 50);

create table if not exists fairlead_gateway (
    name text primary key,
    seen_at timestamptz not null
);

-- Who may deliver a lane until when. The token rises with each change of owner; a start of the same gateway is one.
create table if not exists fairlead_lane (
    lane smallint primary key,
    owner text,
    owner_start text,
    token bigint not null default 0,
    expires_at timestamptz not null default '-infinity'
);
insert into fairlead_lane (lane) select generate_series(0, 63) on conflict do nothing;
