#!/bin/sh
# What the official postgres image does with its variables, as far as test suites rely on it: POSTGRES_PASSWORD, POSTGRES_USER,
# POSTGRES_DB, POSTGRES_HOST_AUTH_METHOD, POSTGRES_INITDB_ARGS and PGDATA, and arguments for the server.
set -eu

case "${1:-}" in
'' | -*) set -- postgres "$@" ;;
postgres) ;;
*) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo "error: POSTGRES_PASSWORD is not set" >&2
    exit 1
  fi
  umask 077
  printf '%s' "${POSTGRES_PASSWORD:-unused}" >/tmp/password
  # Unquoted on purpose: it is a list of arguments.
  # shellcheck disable=SC2086
  initdb --pgdata "$PGDATA" --username "$user" --pwfile /tmp/password --encoding UTF8 --no-sync \
    --auth-local trust --auth-host "$method" ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres 2>&1
  fi
fi

exec "$@"
