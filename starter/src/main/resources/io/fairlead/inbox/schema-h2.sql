-- Fairlead's inbox. Safe to run again.
create table if not exists fairlead_inbox (
    scope           varchar(1024) not null,
    message_key     varchar(512)  not null,
    method          varchar(255)  not null,
    fingerprint     varbinary(32) not null,
    state           smallint      not null, -- 0 = started (an effect outside the database), 1 = done
    at_millis       bigint        not null,
    owner           varchar(32),
    instance        varchar(128),
    deadline_millis bigint,
    reply_metadata  varbinary(65535),
    reply           varbinary(16777216),
    primary key (scope, message_key)
);
create index if not exists fairlead_inbox_at on fairlead_inbox (at_millis);
create table if not exists fairlead_inbox_fence (
    lane  varchar(255) primary key,
    token bigint not null
);
create table if not exists fairlead_inbox_meta (
    name  varchar(64) primary key,
    content varchar(255) not null
);
