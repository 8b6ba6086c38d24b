-- Types that take any text, with a number of dimensions that is not checked. Distances between
-- vectors and halfvecs are computed; a sparsevec has none.

create type vector;
create function vector_in(cstring, oid, integer) returns vector
language internal immutable strict parallel safe as 'textin';
create function vector_out(vector) returns cstring
language internal immutable strict parallel safe as 'textout';
create function vector_typmod_in(cstring[]) returns integer
language internal immutable strict parallel safe as 'array_ndims';
create type vector (
  input = vector_in, output = vector_out, typmod_in = vector_typmod_in,
  internallength = variable, alignment = int4, storage = extended);

create type halfvec;
create function halfvec_in(cstring, oid, integer) returns halfvec
language internal immutable strict parallel safe as 'textin';
create function halfvec_out(halfvec) returns cstring
language internal immutable strict parallel safe as 'textout';
create type halfvec (
  input = halfvec_in, output = halfvec_out, typmod_in = vector_typmod_in,
  internallength = variable, alignment = int4, storage = extended);

create type sparsevec;
create function sparsevec_in(cstring, oid, integer) returns sparsevec
language internal immutable strict parallel safe as 'textin';
create function sparsevec_out(sparsevec) returns cstring
language internal immutable strict parallel safe as 'textout';
create type sparsevec (
  input = sparsevec_in, output = sparsevec_out, typmod_in = vector_typmod_in,
  internallength = variable, alignment = int4, storage = extended);

-- Distances and casts of both, then what an index would need. The access methods are hash under
-- another name: indexes are accepted and never used. Their options (lists, m) are refused.
create access method ivfflat type index handler hashhandler;
create access method hnsw type index handler hashhandler;

do $types$
declare
  kind text;
  class text;
  numbers text;
  distance record;
begin
  foreach kind in array array['vector', 'halfvec'] loop
    execute format(
      'create function %1$s_to_float4(%1$s, integer, boolean) returns real[]
       language plpgsql immutable strict as
       $$ begin return translate($1::text, ''[]'', ''{}''); end $$', kind);
    execute format(
      'create cast (%1$s as real[]) with function %1$s_to_float4(%1$s, integer, boolean) as assignment', kind);
    foreach numbers in array array['integer', 'real', 'double precision', 'numeric'] loop
      execute format(
        'create function array_to_%1$s(%2$s[], integer, boolean) returns %1$s
         language plpgsql immutable strict as
         $$ begin return translate($1::text, ''{}'', ''[]''); end $$', kind, numbers);
      execute format(
        'create cast (%2$s[] as %1$s) with function array_to_%1$s(%2$s[], integer, boolean) as assignment',
        kind, numbers);
    end loop;

    for distance in
      select * from (values
        ('l2_distance', '<->', 'sqrt(sum((x - y) * (x - y)))'),
        ('l1_distance', '<+>', 'sum(abs(x - y))'),
        ('inner_product', null, 'sum(x * y)'),
        (kind || '_negative_inner_product', '<#>', '-sum(x * y)'),
        ('cosine_distance', '<=>', '1 - sum(x * y) / nullif(sqrt(sum(x * x)) * sqrt(sum(y * y)), 0)')
      ) as distances (name, symbol, formula)
    loop
      execute format(
        'create function %2$s(%1$s, %1$s) returns double precision language plpgsql immutable strict as $$
         declare
           a double precision[] := translate($1::text, ''[]'', ''{}'');
           b double precision[] := translate($2::text, ''[]'', ''{}'');
         begin
           if cardinality(a) <> cardinality(b) then
             raise data_exception using
               message = format(''different vector dimensions %%s and %%s'', cardinality(a), cardinality(b));
           end if;
           return (select %3$s from unnest(a, b) as pair (x, y));
         end $$', kind, distance.name, distance.formula);
      continue when distance.symbol is null;
      execute format(
        'create operator %1$s (leftarg = %2$s, rightarg = %2$s, function = %3$s, commutator = %1$s)',
        distance.symbol, kind, distance.name);
    end loop;

    execute format(
      'create function vector_dims(%s) returns integer language plpgsql immutable strict as
       $$ begin return cardinality(string_to_array($1::text, '','')); end $$', kind);
  end loop;

  foreach kind in array array['vector', 'halfvec', 'sparsevec'] loop
    execute format(
      'create function %1$s_stand_in_hash(%1$s) returns integer
       language internal immutable strict as ''hashvarlena''', kind);
    foreach class in array array['l2', 'ip', 'cosine', 'l1'] loop
      execute format(
        'create operator class %1$s_%2$s_ops for type %1$s using hnsw as function 1 %1$s_stand_in_hash(%1$s)',
        kind, class);
      continue when kind = 'sparsevec' or class = 'l1';
      execute format(
        'create operator class %1$s_%2$s_ops %3$s for type %1$s using ivfflat as
         function 1 %1$s_stand_in_hash(%1$s)', kind, class, case class when 'l2' then 'default' end);
    end loop;
  end loop;
end
$types$;

create cast (vector as halfvec) without function as assignment;
create cast (halfvec as vector) without function as implicit;
