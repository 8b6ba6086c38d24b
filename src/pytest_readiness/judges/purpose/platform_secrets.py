"""Names of secrets of a platform, that no user owns: keys of its services, passwords of its machines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.population import CANARY
from pytest_readiness.judges.sql.lexis import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Relation

_KIND = (
    "live|test|prod|production|sandbox|staging|dev|current|old|new|previous|primary|secondary|backup|default"
)
_SECRET = re.compile(
    r"(^|_)(?:secret|pass(?:word|wd|phrase)|pwd|pepper|credentials?|connection_string|service_role"
    r"|(?:secret|private|service(?:_role|_account)?|api|access|admin|master|root|sign(?:ing|ature)|hmac|jwt|jwe"
    r"|(?:en|de)cryption|crypto|cipher|webhook|shared|auth|server|deploy|ssh|pgp|hash(?:ing)?|sendgrid|mailgun"
    r"|twilio|openai|stripe)_?key"
    r"|(?:access|api|auth|bearer|refresh|bot|service|admin|personal_access|deploy|webhook|integration)_?token"
    r"|(?:database|db|postgres(?:ql)?|redis|mongo(?:db)?|amqp)_?(?:url|uri|dsn))"
    rf"(?:_(?:{_KIND}|v?\d+|base64|b64|hex|pem|value|raw))*$"
)
"""What a name ends with that says so, but for which of several it is and how it is written."""

_PUBLIC = re.compile(
    r"(^|_)(?:public|pub|publishable|anon|client_side|browser|frontend|site|map(?:s|box|tiler)?|sentry|posthog"
    r"|firebase|amplitude|mixpanel|analytics|search(?:_only)?|captcha|recaptcha|turnstile|demo|example|dummy)(_|$)"
)
"""What names say of keys that are made to be shown: they stand in pages and apps."""

_IN_PAGES = re.compile(
    r"(^|_)(?:tiny_?mce|ck_?editor|froala|ga4?|gtm|gtag|hotjar|typekit|font_?awesome|giphy|unsplash|"
    r"google_places|leaflet|algolia_search)_(?:\w+_)?(?:api|access|write|client)_?(?:key|token)$"
)
"""What keys are called that services of pages ask for in the page."""

_ASKED_FOR = re.compile(
    r"^(?:(?:is|has|can|use[sd]?|show|hide|enabled?|disabled?|allow(?:ed)?|require[sd]?|need[sd]?|with|min|max|forgot|"
    r"lost|reset|change|confirm|repeat|validate|rotate|check|label|title|hint|text|error|msg|message)_)"
)
"""How what is said about secrets begins, and is none."""

_OF_CALLERS = re.compile(
    r"(^|_)(?:session|request|req|caller|current|user|visitor|guest|invite|invitation|share|link|csrf|claims?|me|my)(_|$)"
)
"""What names of settings say that hold what a caller brought along."""

_SAYS_WHERE = re.compile(
    r"(^|_)(?:ur[il]|host(?:name)?|port|domain|endpoint|origin|issuer|audience|project(?:_ref)?|ref|region|bucket|path|"
    r"e?mail|sender|from|to|phone|number|name|id|username|user|locale|language|zone|time_?zone|currency|version|"
    r"enabled|flag|mode|env(?:ironment)?|stage|ttl|length|limit|type|header|key_id|kid)$"
)
"""How names end of what is kept with secrets, and says where something is, or how it is meant."""

_CONFIGURATION = re.compile(
    r"^(?:(?:app|application|site|system|platform|global|server|wp)_)?options?$|"
    r"(^|_)(?:config(?:uration)?s?|conf|cfg|settings?|preferences?|prefs|params?|parameters?|"
    r"env|variables?|vars|secrets?|credentials?|kv|key_?values?|integrations?|"
    r"einstellung(?:en)?|konfiguration(?:en)?|configuracion(?:es)?|configuracao|configuracoes|impostazioni|reglages?|"
    r"parametres?|parametros?|ajustes)(_|$)"
)
"""What tables are called that hold how a platform is set up."""

_ABOUT = re.compile(
    r"(^|_)(?:definitions?|schemas?|types?|translations?|labels?|messages?|docs?|help|templates?|fields?|hints?|keys)$"
)
"""How tables end that describe settings, and hold none."""

_KEY = re.compile(
    r"^(?:\w+_)?(?:key|name|code|slug|setting|option|param|parameter|property|variable|var|identifier|id|k|"
    r"clave|chave|chiave|cle|schluessel|nombre|nome)$"
)
_VALUE = re.compile(
    r"^(?:(?:config|setting|option|param|parameter|property|text|string|json|raw|current)_)?"
    r"(?:value|val|v|setting|content|data|valor|valore|valeur|wert)(?:_(?:text|json|jsonb|string))?$"
)
_SPACES = re.compile(r"[\s.:/-]+")
_MASKED = re.compile(
    r"[*•·.xX#_-]+|\W*(?:redacted|hidden|masked|set|unset|configured|vault|env)\b.*", re.DOTALL
)
"""What stands in a secret's place."""

_NO_TEXT = re.compile(
    r"-?\d+(?:\.\d+)?|true|false|yes|no|on|off|enabled|disabled|required|optional", re.IGNORECASE
)
_WORD = r"[(\"“]?(?:[^\W\d_]+(?:['\u2019/-][^\W\d_]+)*|\d{1,4})[.,:;!?…)\"”]*"
_LABEL = re.compile(rf"[^\W\d_]{{1,20}}[.:!?…]*|{_WORD}(?:\s+{_WORD})+")
"""What a form says beside a field: words, where a secret has figures or signs in it."""

_LONG = 12
_MANY = 500
"""Rows of more than which a relation has that sets nothing up."""

_TEXTS = re.compile(r"^(?:text|character varying|character\(|citext|jsonb?|name\b)")


def is_secret_name(name: str) -> bool:
    """Whether a name says of a value that it is a secret, and not one that is made to be shown."""
    said = _SPACES.sub("_", snake_case(name))
    if _PUBLIC.search(said) or _IN_PAGES.search(said) or _ASKED_FOR.match(said):
        return False
    return bool(_SECRET.search(said))


def is_secret_setting(name: str) -> bool:
    """Whether a custom setting holds a secret of the platform's, by its name, and nothing of who calls."""
    said = _SPACES.sub("_", snake_case(name.partition(".")[2]))
    return is_secret_name(said) and not _OF_CALLERS.search(said)


def is_secret_kept(name: str) -> bool:
    """Whether what is kept among secrets is one, and not only beside them: an address, a public key."""
    said = _SPACES.sub("_", snake_case(name))
    return not (_PUBLIC.search(said) or (_SAYS_WHERE.search(said) and not _SECRET.search(said)))


def is_configuration(relation: Relation) -> bool:
    """Whether a relation holds how a platform is set up, by its name."""
    said = snake_case(relation.table)
    return bool(_CONFIGURATION.search(said)) and not _ABOUT.search(said)


def secret_told(relation: Relation, texts: Iterable[str], owners: Iterable[str] = ()) -> str:
    """Return the name of a secret that rows of a configuration show; empty where they show none.

    Args:
        relation: The one that they were read from.
        texts: Rows, each a document.
        owners: The columns that say whose a row is: what is somebody's is no secret of the platform's.
    """
    given = [*texts]
    if not is_configuration(relation) or len(given) > _MANY:
        return ""
    rows = (json.loads(text) for text in given if not CANARY.search(text))
    columns = [*owners]
    nobodys = (row for row in rows if all(row.get(name, name) is None for name in columns))
    told = (pair for row in nobodys for pair in _told(relation, row))
    return next((name for name, value in told if _may_be_secret(value)), "")


def keyed(relation: Relation) -> tuple[list[str], str] | None:
    """Return the columns of names, and the one of values, of a table of both; None of another."""
    texts = [column.name for column in relation.columns if _TEXTS.match(column.type)]
    values = [name for name in texts if _VALUE.match(snake_case(name))]
    keys = [name for name in texts if name not in values[:1] and _KEY.match(snake_case(name))]
    return (keys, values[0]) if keys and values else None


def _told(relation: Relation, row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield what a row has by the name of a secret."""
    if pair := keyed(relation):
        names, value = [row.get(key) for key in pair[0]], row.get(pair[1])
        if pair[1] in row and not (isinstance(value, str) and _LABEL.fullmatch(value.strip().strip('"'))):
            yield from ((name, value) for name in names if isinstance(name, str) and is_secret_name(name))
        yield from _within(value)
    for column in relation.columns:
        if column.name in row and _TEXTS.match(column.type) and is_secret_name(column.name):
            yield column.name, row[column.name]


def _may_be_secret(value: object) -> bool:
    """Whether a secret may stand there, and no switch, no number, nor what hides one."""
    said = value.strip().strip('"') if isinstance(value, str) else ""
    return bool(said) and not (_NO_TEXT.fullmatch(said) or _MASKED.fullmatch(said))


def _within(value: object) -> Iterator[tuple[str, object]]:
    """Yield the names of secrets in a document, where something drawn stands beside them."""
    for name, one in value.items() if isinstance(value, dict) else ():
        if isinstance(one, str) and len(one) >= _LONG and " " not in one:
            if is_secret_name(name) and re.search(r"\d", one):
                yield name, one
        else:
            yield from _within(one)
