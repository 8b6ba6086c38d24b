-- Types that take any text, with a kind and a reference system that are not checked. Points are made
-- and taken apart; whatever needs geometry is refused.

-- ── Types ───────────────────────────────────────────────────────────────────────────────────
create type @extschema@.geometry;
create function @extschema@.geometry_in(cstring) returns @extschema@.geometry
language internal immutable strict parallel safe as 'textin';
create function @extschema@.geometry_out(@extschema@.geometry) returns cstring
language internal immutable strict parallel safe as 'textout';
create function @extschema@.geometry_typmod_in(cstring[]) returns integer
language internal immutable strict parallel safe as 'array_ndims';
create type @extschema@.geometry (
  input = @extschema@.geometry_in, output = @extschema@.geometry_out,
  typmod_in = @extschema@.geometry_typmod_in,
  internallength = variable, alignment = int4, storage = extended);

create type @extschema@.geography;
create function @extschema@.geography_in(cstring, oid, integer) returns @extschema@.geography
language internal immutable strict parallel safe as 'textin';
create function @extschema@.geography_out(@extschema@.geography) returns cstring
language internal immutable strict parallel safe as 'textout';
create type @extschema@.geography (
  input = @extschema@.geography_in, output = @extschema@.geography_out,
  typmod_in = @extschema@.geometry_typmod_in,
  internallength = variable, alignment = int4, storage = extended);

create domain @extschema@.box2d as text;
create domain @extschema@.box3d as text;

create cast (@extschema@.geometry as text) without function as implicit;
create cast (text as @extschema@.geometry) without function as implicit;
create cast (@extschema@.geography as text) without function as assignment;
create cast (text as @extschema@.geography) without function as assignment;
create cast (@extschema@.geometry as @extschema@.geography) without function as implicit;
create cast (@extschema@.geography as @extschema@.geometry) without function;

-- ── Equality, order and indexes ─────────────────────────────────────────────────────────────
do $operators$
declare
  kind text;
  comparison record;
begin
  foreach kind in array array['geometry', 'geography'] loop
    for comparison in
      select * from (values
        ('=', 'eq'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')) as signs (sign, name)
    loop
      execute format(
        'create function @extschema@.%1$s_%2$s(@extschema@.%1$s, @extschema@.%1$s) returns boolean
         language internal immutable strict parallel safe as ''bytea%2$s''', kind, comparison.name);
      execute format(
        'create operator @extschema@.%s (leftarg = @extschema@.%2$s, rightarg = @extschema@.%2$s,
         function = @extschema@.%2$s_%3$s)', comparison.sign, kind, comparison.name);
    end loop;
    execute format(
      'create function @extschema@.%1$s_cmp(@extschema@.%1$s, @extschema@.%1$s) returns integer
       language internal immutable strict parallel safe as ''byteacmp''', kind);
    execute format(
      'create operator class @extschema@.btree_%1$s_ops default for type @extschema@.%1$s using btree as
         operator 1 @extschema@.<, operator 2 @extschema@.<=, operator 3 @extschema@.=,
         operator 4 @extschema@.>=, operator 5 @extschema@.>,
         function 1 @extschema@.%1$s_cmp(@extschema@.%1$s, @extschema@.%1$s)', kind);
  end loop;
end
$operators$;

-- GiST indexes are accepted, kept as if over bytea, and never used: the class has no operators. Its
-- functions are those of btree_gist, which most builds have.
do $gist$
declare
  class record;
begin
  create type @extschema@.stand_in_key;
  create function @extschema@.stand_in_key_in(cstring) returns @extschema@.stand_in_key
    language internal immutable strict as 'textin';
  create function @extschema@.stand_in_key_out(@extschema@.stand_in_key) returns cstring
    language internal immutable strict as 'textout';
  create type @extschema@.stand_in_key (
    input = @extschema@.stand_in_key_in, output = @extschema@.stand_in_key_out,
    internallength = variable, storage = extended);
  create function @extschema@.stand_in_union(internal, internal) returns @extschema@.stand_in_key
    language c immutable strict as '$libdir/btree_gist', 'gbt_bytea_union';
  create function @extschema@.stand_in_compress(internal) returns internal
    language c immutable strict as '$libdir/btree_gist', 'gbt_bytea_compress';
  create function @extschema@.stand_in_decompress(internal) returns internal
    language c immutable strict as '$libdir/btree_gist', 'gbt_var_decompress';
  create function @extschema@.stand_in_penalty(internal, internal, internal) returns internal
    language c immutable strict as '$libdir/btree_gist', 'gbt_bytea_penalty';
  create function @extschema@.stand_in_picksplit(internal, internal) returns internal
    language c immutable strict as '$libdir/btree_gist', 'gbt_bytea_picksplit';
  create function @extschema@.stand_in_same(@extschema@.stand_in_key, @extschema@.stand_in_key, internal)
    returns internal language c immutable strict as '$libdir/btree_gist', 'gbt_bytea_same';
  for class in
    select * from (values
      ('geometry', 'gist_geometry_ops_2d', 'default'), ('geometry', 'gist_geometry_ops_nd', ''),
      ('geography', 'gist_geography_ops', 'default')) as classes (type, name, preferred)
  loop
    execute format(
      'create function @extschema@.%1$s_consistent(internal, @extschema@.%2$s, smallint, oid, internal)
       returns boolean language c immutable strict as ''$libdir/btree_gist'', ''gbt_bytea_consistent''',
      class.name, class.type);
    execute format(
      'create operator class @extschema@.%1$s %3$s for type @extschema@.%2$s using gist as
         function 1 @extschema@.%1$s_consistent(internal, @extschema@.%2$s, smallint, oid, internal),
         function 2 @extschema@.stand_in_union(internal, internal),
         function 3 @extschema@.stand_in_compress(internal),
         function 4 @extschema@.stand_in_decompress(internal),
         function 5 @extschema@.stand_in_penalty(internal, internal, internal),
         function 6 @extschema@.stand_in_picksplit(internal, internal),
         function 7 @extschema@.stand_in_same(@extschema@.stand_in_key, @extschema@.stand_in_key, internal),
         storage @extschema@.stand_in_key', class.name, class.type, class.preferred);
  end loop;
exception when undefined_file or undefined_function then
  null;
end
$gist$;

-- ── Points, as text ─────────────────────────────────────────────────────────────────────────
create function @extschema@.st_makepoint(x double precision, y double precision)
returns @extschema@.geometry language sql immutable strict parallel safe as
$$ select ('POINT(' || x || ' ' || y || ')')::@extschema@.geometry $$;
create function @extschema@.st_makepoint(x double precision, y double precision, z double precision)
returns @extschema@.geometry language sql immutable strict parallel safe as
$$ select ('POINT Z (' || x || ' ' || y || ' ' || z || ')')::@extschema@.geometry $$;
create function @extschema@.st_point(x double precision, y double precision)
returns @extschema@.geometry language sql immutable strict parallel safe as
$$ select ('POINT(' || x || ' ' || y || ')')::@extschema@.geometry $$;
create function @extschema@.st_point(x double precision, y double precision, srid integer)
returns @extschema@.geometry language sql immutable strict parallel safe as
$$ select ('SRID=' || srid || ';POINT(' || x || ' ' || y || ')')::@extschema@.geometry $$;

create function @extschema@.st_setsrid(geom @extschema@.geometry, srid integer)
returns @extschema@.geometry language sql immutable strict parallel safe as
$$ select ('SRID=' || srid || ';' || regexp_replace(geom::text, '^SRID=\d+;', ''))::@extschema@.geometry $$;
create function @extschema@.st_srid(geom @extschema@.geometry)
returns integer language sql immutable strict parallel safe as
$$ select coalesce(substring(geom::text from '^SRID=(\d+);')::integer, 0) $$;

create function @extschema@.st_geomfromtext(text) returns @extschema@.geometry
language sql immutable strict parallel safe as $$ select $1::@extschema@.geometry $$;
create function @extschema@.st_geomfromtext(text, srid integer) returns @extschema@.geometry
language sql immutable strict parallel safe as
$$ select ('SRID=' || srid || ';' || $1)::@extschema@.geometry $$;
create function @extschema@.st_geomfromewkt(text) returns @extschema@.geometry
language sql immutable strict parallel safe as $$ select $1::@extschema@.geometry $$;
create function @extschema@.st_pointfromtext(text, srid integer) returns @extschema@.geometry
language sql immutable strict parallel safe as
$$ select ('SRID=' || srid || ';' || $1)::@extschema@.geometry $$;
create function @extschema@.st_geogfromtext(text) returns @extschema@.geography
language sql immutable strict parallel safe as $$ select $1::@extschema@.geography $$;
create function @extschema@.st_geographyfromtext(text) returns @extschema@.geography
language sql immutable strict parallel safe as $$ select $1::@extschema@.geography $$;
create function @extschema@.st_astext(@extschema@.geometry) returns text
language sql immutable strict parallel safe as $$ select regexp_replace($1::text, '^SRID=\d+;', '') $$;
create function @extschema@.st_astext(@extschema@.geography) returns text
language sql immutable strict parallel safe as $$ select regexp_replace($1::text, '^SRID=\d+;', '') $$;
create function @extschema@.st_asewkt(@extschema@.geometry) returns text
language sql immutable strict parallel safe as $$ select $1::text $$;

create function @extschema@.st_x(geom @extschema@.geometry) returns double precision
language plpgsql immutable strict parallel safe as $$
declare
  x text := substring(geom::text from '^(?:SRID=\d+;)?POINT\s*Z?\s*\(\s*([-+.0-9eE]+)\s');
begin
  if x is null then
    raise feature_not_supported using message = 'stand-in: postgis reads no coordinates of this here';
  end if;
  return x::double precision;
end
$$;
create function @extschema@.st_y(geom @extschema@.geometry) returns double precision
language plpgsql immutable strict parallel safe as $$
declare
  y text := substring(geom::text from '^(?:SRID=\d+;)?POINT\s*Z?\s*\(\s*[-+.0-9eE]+\s+([-+.0-9eE]+)');
begin
  if y is null then
    raise feature_not_supported using message = 'stand-in: postgis reads no coordinates of this here';
  end if;
  return y::double precision;
end
$$;

create function @extschema@.postgis_version() returns text
language sql immutable as $$ select 'stand-in'::text $$;
create function @extschema@.postgis_full_version() returns text
language sql immutable as $$ select 'stand-in'::text $$;

-- ── Tables ──────────────────────────────────────────────────────────────────────────────────
create table @extschema@.spatial_ref_sys (
  srid integer primary key check (srid between 1 and 998999),
  auth_name varchar(256),
  auth_srid integer,
  srtext varchar(2048),
  proj4text varchar(2048)
);
create view @extschema@.geometry_columns as
  select null::varchar(256) as f_table_catalog, null::name as f_table_schema, null::name as f_table_name,
    null::name as f_geometry_column, null::integer as coord_dimension, null::integer as srid,
    null::varchar(30) as type
  where false;
create view @extschema@.geography_columns as
  select null::name as f_table_catalog, null::name as f_table_schema, null::name as f_table_name,
    null::name as f_geography_column, null::integer as coord_dimension, null::integer as srid,
    null::text as type
  where false;
grant select on @extschema@.spatial_ref_sys, @extschema@.geometry_columns, @extschema@.geography_columns
  to public;

-- ── What needs geometry ─────────────────────────────────────────────────────────────────────
do $functions$
declare
  kind text;
  signature text;
  symbol text;
  refuses constant text := ' language plpgsql immutable strict as '
    || quote_literal('begin raise feature_not_supported using message = '
      || quote_literal('stand-in: postgis computes no geometry here') || '; end');
begin
  foreach kind in array array['@extschema@.geometry', '@extschema@.geography'] loop
    foreach signature in array array[
      'st_distance(%1$s, %1$s) returns double precision',
      'st_dwithin(%1$s, %1$s, double precision) returns boolean',
      'st_intersects(%1$s, %1$s) returns boolean',
      'st_covers(%1$s, %1$s) returns boolean', 'st_coveredby(%1$s, %1$s) returns boolean',
      'st_intersection(%1$s, %1$s) returns %1$s', 'st_centroid(%1$s) returns %1$s',
      'st_buffer(%1$s, double precision) returns %1$s', 'st_area(%1$s) returns double precision',
      'st_length(%1$s) returns double precision', 'st_perimeter(%1$s) returns double precision',
      'st_asgeojson(%1$s, integer default 9, integer default 8) returns text',
      'st_asbinary(%1$s) returns bytea',
      'stand_in_refuse(%1$s, %1$s) returns boolean',
      'stand_in_refuse_distance(%1$s, %1$s) returns double precision']
    loop
      execute 'create function @extschema@.' || format(signature, kind) || refuses;
    end loop;
    foreach symbol in array array['&&', '@', '~', '~='] loop
      execute format('create operator @extschema@.%s (leftarg = %2$s, rightarg = %2$s,
        function = @extschema@.stand_in_refuse)', symbol, kind);
    end loop;
    execute format('create operator @extschema@.<-> (leftarg = %1$s, rightarg = %1$s,
      function = @extschema@.stand_in_refuse_distance)', kind);
  end loop;

  foreach signature in array array[
    'st_contains(%1$s, %1$s) returns boolean', 'st_within(%1$s, %1$s) returns boolean',
    'st_overlaps(%1$s, %1$s) returns boolean', 'st_touches(%1$s, %1$s) returns boolean',
    'st_crosses(%1$s, %1$s) returns boolean', 'st_disjoint(%1$s, %1$s) returns boolean',
    'st_equals(%1$s, %1$s) returns boolean', 'st_isvalid(%1$s) returns boolean',
    'st_isempty(%1$s) returns boolean', 'st_makevalid(%1$s) returns %1$s',
    'st_distancesphere(%1$s, %1$s) returns double precision',
    'st_transform(%1$s, integer) returns %1$s', 'st_envelope(%1$s) returns %1$s',
    'st_union(%1$s, %1$s) returns %1$s', 'st_difference(%1$s, %1$s) returns %1$s',
    'st_makeline(%1$s, %1$s) returns %1$s', 'st_makepolygon(%1$s) returns %1$s',
    'st_multi(%1$s) returns %1$s', 'st_force2d(%1$s) returns %1$s',
    'st_simplify(%1$s, double precision) returns %1$s', 'st_pointonsurface(%1$s) returns %1$s',
    'st_makeenvelope(double precision, double precision, double precision, double precision,
      integer default 0) returns %1$s',
    'st_geomfromgeojson(text) returns %1$s', 'st_geomfromgeojson(json) returns %1$s',
    'st_geomfromgeojson(jsonb) returns %1$s', 'st_geomfromewkb(bytea) returns %1$s',
    'st_geometrytype(%1$s) returns text', 'geometrytype(%1$s) returns text',
    'st_npoints(%1$s) returns integer', 'st_geohash(%1$s, integer default 0) returns text',
    'st_xmin(%1$s) returns double precision', 'st_xmax(%1$s) returns double precision',
    'st_ymin(%1$s) returns double precision', 'st_ymax(%1$s) returns double precision',
    'st_azimuth(%1$s, %1$s) returns double precision']
  loop
    execute 'create function @extschema@.' || format(signature, '@extschema@.geometry') || refuses;
  end loop;
  foreach signature in array array[
    'st_dwithin(%1$s, %1$s, double precision, boolean) returns boolean',
    'st_distance(%1$s, %1$s, boolean) returns double precision']
  loop
    execute 'create function @extschema@.' || format(signature, '@extschema@.geography') || refuses;
  end loop;
end
$functions$;
