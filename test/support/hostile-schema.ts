/**
 * Names that fit what our statements ask for better than the server's own do, so far as a search path is asked: functions,
 * operators, types and tables in a schema `evil`, all of which fail when they are used, or have no rows.
 */

const FUNCTIONS = [
  'array_to_json clock_timestamp concat count current_schema current_schemas current_setting encode format format_type',
  'hashtext hashtextextended json_agg json_build_object length lower make_interval max md5 min now octet_length',
  'pg_advisory_xact_lock pg_backend_pid pg_get_expr pg_is_in_recovery pg_relation_size pg_try_advisory_xact_lock',
  'quote_ident quote_literal replace row_number row_to_json set_config sum to_char to_json to_regclass unnest upper',
]
  .join(' ')
  .split(' ');

const TYPES = [
  'text name "char" int2 int4 int8 oid regclass bool numeric float8 date timestamp timestamptz json jsonb bytea',
  'int2vector pg_node_tree int2[] text[] name[]',
]
  .join(' ')
  .split(' ');
const PAIRED = 'text name "char" int2 int4 int8 oid regclass bool numeric timestamp timestamptz int2[]'.split(' ');

const TABLES = 'pg_class pg_namespace pg_attribute pg_type pg_index pg_constraint pg_enum pg_stat_activity'.split(' ');

const list = (names: readonly string[]): string => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]`;

/** The statements that make it; a database's own `search_path` puts it before the server's. */
export const HOSTILE_SCHEMA: readonly string[] = [
  'CREATE SCHEMA evil',
  `DO $do$
  DECLARE f text; a text; b text;
    body text := ' RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''evil''; END $$';
  BEGIN
    FOREACH f IN ARRAY ${list(FUNCTIONS)} LOOP
      EXECUTE format('CREATE FUNCTION evil.%I()', f) || body;
      EXECUTE format('CREATE FUNCTION evil.%I(VARIADIC text[])', f) || body;
      FOREACH a IN ARRAY ${list(TYPES)} LOOP
        CONTINUE WHEN a = 'text[]';
        EXECUTE format('CREATE FUNCTION evil.%I(%s)', f, a) || body;
        CONTINUE WHEN a <> ALL (${list(PAIRED)});
        FOREACH b IN ARRAY ${list(PAIRED)} LOOP
          EXECUTE format('CREATE FUNCTION evil.%I(%s, %s)', f, a, b) || body;
        END LOOP;
      END LOOP;
      EXECUTE format('CREATE FUNCTION evil.%I(text, text, bool)', f) || body;
      EXECUTE format('CREATE FUNCTION evil.%I(text, text, text)', f) || body;
    END LOOP;
    FOREACH a IN ARRAY ${list(PAIRED)} LOOP
      FOREACH b IN ARRAY ${list(PAIRED)} LOOP
        EXECUTE format('CREATE FUNCTION evil.op(%s, %s) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''evil''; END $$', a, b);
        FOREACH f IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '||', '+', '-', '*', '/', '~', '~~', '->>', '*<>'] LOOP
          EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.op)', f, a, b);
        END LOOP;
      END LOOP;
    END LOOP;
  END $do$`,
  ...[
    'text',
    'name',
    'oid',
    'regclass',
    'int2',
    'int4',
    'int8',
    'float8',
    'bool',
    'jsonb',
    'json',
    'record',
    'bytea',
  ].map((type) => `CREATE TYPE evil.${type} AS (nothing pg_catalog.int4)`),
  ...TABLES.map((table) => `CREATE VIEW evil.${table} AS SELECT 1 AS nothing`),
];
