create table @extschema@.topology (
  id serial primary key,
  name varchar not null unique,
  srid integer not null,
  "precision" double precision not null,
  hasz boolean not null default false
);
grant usage on schema @extschema@ to public;
grant select on @extschema@.topology to public;
