#!/bin/bash
# Runs once, on an empty volume: a database and a role for the gateways' journal, and others for the workers.
set -eu

make_database() { # database, role, file of its password
    psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set database="$1" --set role="$2" --set password="$(cat "$3")" <<'SQL'
create role :"role" login password :'password';
create database :"database" owner :"role";
revoke all on database :"database" from public;
SQL
}

make_database journal gateway /run/secrets/journal/fairlead.gateway.journal.password
make_database orders worker /run/secrets/database/spring.datasource.password
