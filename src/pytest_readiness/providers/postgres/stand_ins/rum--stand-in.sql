-- Indexes are accepted and never used: the access method is hash under another name.

create access method rum type index handler hashhandler;

create function rum_stand_in_hash(tsvector) returns integer
language internal immutable strict parallel safe as 'hashvarlena';
create operator class rum_tsvector_ops default for type tsvector
  using rum as function 1 rum_stand_in_hash(tsvector);
create operator class rum_tsvector_hash_ops for type tsvector
  using rum as function 1 rum_stand_in_hash(tsvector);
