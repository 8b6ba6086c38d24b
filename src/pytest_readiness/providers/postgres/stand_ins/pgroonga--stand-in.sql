-- Indexes are accepted and never used: the access method is hash under another name. Searching is
-- refused.

create access method pgroonga type index handler hashhandler;

create function @extschema@.pgroonga_stand_in_hash(jsonb) returns integer
language internal immutable strict parallel safe as 'hashvarlena';
create function @extschema@.pgroonga_stand_in_hash(text[]) returns integer
language internal immutable strict parallel safe as 'hashvarlena';

create operator class @extschema@.pgroonga_text_full_text_search_ops_v2 default for type text
  using pgroonga as function 1 hashtext(text);
create operator class @extschema@.pgroonga_text_regexp_ops_v2 for type text
  using pgroonga as function 1 hashtext(text);
create operator class @extschema@.pgroonga_text_term_search_ops_v2 for type text
  using pgroonga as function 1 hashtext(text);
create operator class @extschema@.pgroonga_varchar_full_text_search_ops_v2 default for type varchar
  using pgroonga as function 1 hashtext(text);
create operator class @extschema@.pgroonga_jsonb_ops_v2 default for type jsonb
  using pgroonga as function 1 @extschema@.pgroonga_stand_in_hash(jsonb);
create operator class @extschema@.pgroonga_text_array_full_text_search_ops_v2 default for type text[]
  using pgroonga as function 1 @extschema@.pgroonga_stand_in_hash(text[]);

create function @extschema@.pgroonga_stand_in_match(text, text) returns boolean
language plpgsql stable strict as $$
begin
  raise feature_not_supported using message = 'stand-in: pgroonga searches nothing here';
end
$$;
create operator @extschema@.&@ (
  leftarg = text, rightarg = text, function = @extschema@.pgroonga_stand_in_match);
create operator @extschema@.&@~ (
  leftarg = text, rightarg = text, function = @extschema@.pgroonga_stand_in_match);
create function @extschema@.pgroonga_score(tableoid oid, ctid tid) returns double precision
language sql stable as $$ select 0::double precision $$;
