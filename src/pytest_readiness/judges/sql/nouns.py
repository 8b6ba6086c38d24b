"""Words by which names tell of one user, or of several people together."""

import re

TENANT_WORD = re.compile(
    r"(^|_)(org|orgs|agencies|companies|organi[sz]ation|tenant|team|company|workspace|firm|clinic|school|shop|store|club|site|"
    r"household|agency|practice|studio|merchant|business|branch|hospital|bank|franchise|hotel|"
    r"restaurant|partner|vendor|client_org|project|group|room|channel|chat|conversation|account)(s|_?id|_?uuid|_?key|_slug|_code)*(_|$)",
    re.IGNORECASE,
)
"""A name that tells of several people together."""

USER_WORD = re.compile(
    r"(^|_)(user|uid|sub|subject|person|owner|me|self|profile|login|actor)(_|s?$)", re.IGNORECASE
)

RANK = re.compile(r"role|admin|rank|plan(?![ent])|tier|level|status|perm|scope|(?<!c)count", re.IGNORECASE)
"""What tells of what somebody may, or of how far something is, and of nobody."""

HANDLE_WORD = re.compile(
    r"(^|_)(slug|handle|user_?name|nick_?name|screen_?name|login_?name|sub_?domain|permalink|vanity(_?url)?)$",
    re.IGNORECASE,
)
"""How columns are called that hold what one is publicly known by, and that may be taken or free."""

PERSON_NAMES = (
    "owner|user|customer|client|member|holder|author|subscriber|profile|patient|student|employee|sender|"
    "buyer|seller|payer|payee|tutor|teacher|driver|rider|guest|host|recipient"
)
USER_NAME = re.compile(rf"^(.+_)?({PERSON_NAMES})(_?(id|uid|uuid|key))?$|^(uid|sub)$")
"""How columns are called that name a person."""

PERSONS = re.compile(
    r"(^|_)(person|people|user|patient|student|pupil|employee|worker|teacher|tutor|instructor|trainer|coach|driver|"
    r"rider|courier|doctor|physician|dentist|nurse|therapist|clinician|practitioner|analyst|agent|technician|"
    r"mechanic|cleaner|lawyer|attorney|consultant|advis[eo]r|freelancer|contractor|candidate|applicant|resident|"
    r"parent|guardian|player|athlete)(e?s)?$",
    re.IGNORECASE,
)
"""How tables are called that have one row for each person, who may be a user as well."""

MEMBERS = re.compile(
    r"member|participant|staff|employee|collaborat|enrol|roster|seat|crew|guardian|_users?$|^users?_|"
    r"user_(org|team|tenant|role|compan|workspace)|assignment|subscription_users|access",
    re.IGNORECASE,
)
"""How lists of who belongs where are called."""

KEY_TYPES = re.compile(
    r"^(uuid|text|character varying.*|character\(([4-9]|\d\d+)\)|bigint|integer|smallint|citext|name)$"
)
"""Types of keys of users and tenants; two or three characters of a fixed length are a country, a currency."""
