-- Tables of this worker's own, in SQL that PostgreSQL and SQLite have in common. Fairlead makes those of its inbox itself.
create table if not exists orders (
    message_id varchar(64)  not null,
    item       varchar(200) not null,
    quantity   integer      not null
);
create table if not exists hl7_message (
    message_id varchar(64) not null,
    body       text        not null
);
