"""ISO001: a tenant reads only its own rows."""

from collections.abc import Iterator
from dataclasses import replace

from pytest_readiness import Damage, Finding, Severity, Status, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.access import AccessEvidence, Exposure, Read, RelationAccess
from pytest_readiness.judges.isolation.assaults import undeclared
from pytest_readiness.judges.isolation.believed_signups import as_well
from pytest_readiness.judges.isolation.cells import DOOR
from pytest_readiness.judges.isolation.reading import (
    broken,
    doubt,
    leak,
    reader_of_what_names_nobody,
    sealed,
    unread,
)


@check(
    id="ISO001",
    title="A tenant reads only its own rows",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Whoever can read another tenant's rows has breached it. Policies that exist and look right may "
        "still let rows through, so rows of one user are put in place and read as everybody else."
    ),
    remediation=(
        "Enable row-level security on the table, and compare the owner's column with the caller in every "
        "policy that applies to SELECT; give views security_invoker."
    ),
    references=(
        "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)
def tenant_reads_own_rows(access: AccessEvidence) -> Iterator[Finding]:
    """Judge each relation by what came back to those who do not own it."""
    if access.undeclared:
        yield undeclared(access.undeclared)
    leaking: dict[tuple[str, str], list[Finding]] = {}
    for relation in access.relations:
        finding = _exposed(relation, relation.exposure) if relation.exposure else _judge(relation)
        if finding.status is Status.FAILED:
            leaking.setdefault(_likeness(relation), []).append(finding)
        else:
            yield finding
    for (cause, _), (first, *others) in leaking.items():
        yield replace(first, detail=first.detail + as_well(one.subject for one in others if cause))


def _likeness(relation: RelationAccess) -> tuple[str, str]:
    """Return what is the same for leaks of one finding: their cause, or the table that they are parts of."""
    others = relation.reads[1:]
    thief = None if relation.exposure or any(read.confidential for read in others) else leak(others)
    cause = thief.cause if thief else ""
    return cause, "" if cause else relation.part_of or relation.relation


def _judge(relation: RelationAccess) -> Finding:
    told = next((read for read in relation.reads[1:] if read.confidential), None)
    return _secret(relation, told) if told else _of_rows(relation)


def _of_rows(relation: RelationAccess) -> Finding:
    name = relation.relation
    owner, others = relation.reads[0], relation.reads[1:]
    thief = leak(others)
    nosy = reader_of_what_names_nobody(others)
    if said := _meant(relation, thief):
        return passed(name, said)
    if thief and not relation.published_by:
        return _doubted(relation, thief) if relation.unclear else _leak(relation, thief)
    if nosy:
        return _unowned(relation, nosy)
    if broken(relation):
        return failed(
            name,
            f"Nobody can read {name}: {owner.sqlstate} {owner.message}.",
            reproduce=owner.sql,
            fix="Mend the policy, view or function that raises; it fails for its legitimate user too.",
        )
    if unread(relation):
        return passed(name, "no client role may select from it")
    return _isolated(relation, owner)


def _meant(relation: RelationAccess, thief: Read | None) -> str:
    """Say why it is no leak that others read it; nothing if it may be one."""
    if relation.as_caller and not relation.reads[0].sqlstate:
        return "it asks as its caller, who may ask the same by himself; what it reads is judged"
    if thief and relation.open_by:
        return f"everybody may read it, as its {relation.says_so} says"
    if thief and relation.door:
        return f"{DOOR}; that every session reads the list of tenants is all that follows"
    return "others see which keys go together, and nothing else" if thief and relation.keys_only else ""


def _leak(relation: RelationAccess, thief: Read) -> Finding:
    what = f"`{thief.canary}`" if thief.canary else f"{thief.foreign} row{'s' * (thief.foreign > 1)}"
    named = f"policy {', '.join(relation.policies)}" if relation.policies else "no policy stands in the way"
    through = thief.by or relation.by.removesuffix(f" on {relation.relation}") or named
    parts = f" All parts of {relation.part_of} may be open alike." if relation.part_of else ""
    policies = f"Let the SELECT policies of {relation.relation} compare the owner with the caller"
    mend = thief.mend or relation.mend or f"{policies} ({relation.owned_by})."
    meant = (
        f" If everybody may read it on purpose, declare it: "
        f'[isolation] world_readable = ["{relation.relation}"]'
    )
    return failed(
        relation.relation,
        f"As {thief.actor} I read {thief.victim}'s {_noun(relation)}: {what} "
        f"({relation.relation}, SELECT, {through}).{parts}",
        reproduce=thief.sql,
        fix=mend if thief.mend else mend + meant,
        damage=Damage.READ,
    )


def _secret(relation: RelationAccess, reader: Read) -> Finding:
    """It is no row of anybody's, and all the worse: what it opens is everybody's."""
    return failed(
        relation.relation,
        f"As {reader.actor} I read a secret of the platform's in {relation.relation}: {reader.confidential} "
        f"(SELECT, {relation.by}).",
        reproduce=reader.sql,
        fix="Keep secrets where no client reads: in the vault, or in a table of their own. Let "
        f"{relation.relation} show only what is meant for everybody.",
        damage=Damage.READ,
    )


def _exposed(relation: RelationAccess, exposure: Exposure) -> Finding:
    """Nothing tells whose rows are, and that strangers may not read these needs no owner."""
    named = f"policy {', '.join(relation.policies)}" if relation.policies else "no policy stands in the way"
    return failed(
        relation.relation,
        f"As {exposure.actor}, who did not sign in, I read of private people what nobody publishes: "
        f"{exposure.columns} ({relation.relation}, SELECT, {named}).",
        reproduce=exposure.sql,
        fix=(
            f"Let the policies for SELECT on {relation.relation} ask who reads, or revoke these columns of "
            f"{exposure.actor}. If everybody may read it on purpose, declare it: "
            f'[isolation] world_readable = ["{relation.relation}"]'
        ),
        damage=Damage.READ,
    )


def _doubted(relation: RelationAccess, thief: Read) -> Finding:
    """A state shows it, a time that has come, or a choice of columns: somebody may have asked for that."""
    mend = "" if relation.kind == "table" else ", or give it security_invoker"
    return unknown(
        relation.relation,
        f"As {thief.actor} I read {thief.victim}'s {_noun(relation)}, and nothing tells whether "
        f"{relation.unclear} are meant for everybody.",
        fix=f'If they are: [isolation] world_readable = ["{relation.relation}"]. Else let it ask for '
        f"the caller{mend}.",
    )


def _unowned(relation: RelationAccess, reader: Read) -> Finding:
    return failed(
        relation.relation,
        f"As {reader.actor} I read rows of {relation.relation} that name no owner, and no user reads them: "
        "what is missing on both sides is taken for the same.",
        reproduce=reader.sql,
        fix="Let the policies demand an identity that is there: `owner = auth.uid()` is never true of NULL, "
        "and nullif(current_setting(…, true), '') makes an empty setting NULL.",
        damage=Damage.READ,
    )


def _noun(relation: RelationAccess) -> str:
    """Say what a row is, as a person would: `public.payments` holds payments."""
    word = relation.relation.rpartition(".")[2].replace('"', "").replace("_", " ")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _isolated(relation: RelationAccess, owner: Read) -> Finding:
    """Nothing leaked: that is a pass only if there was something to leak, and its owner saw it."""
    name = relation.relation
    if relation.nobodys:
        return passed(name, "its rows belong to nobody: no column could name a user or lead to one")
    if owner.own and not relation.untold:
        published = f"; rows with {relation.published_by} are for everybody" if relation.published_by else ""
        return passed(name, f"its owner reads it, nobody else does{published}")
    if sealed(relation):
        return passed(name, "no client reads any row of it: row-level security without a SELECT policy")
    if relation.open_by and not relation.owned_by:
        return passed(name, f"it is a list for everybody, as its {relation.says_so} says")
    if relation.apart and not relation.owned_by:
        return passed(name, "two users read rows of it, and neither reads one of the other's")
    return _inconclusive(relation)


def _inconclusive(relation: RelationAccess) -> Finding:
    name = relation.relation
    owners = f'[isolation] owners = {{ "{name}" = "COLUMN" }}'
    if relation.untold:
        told = f"others read {relation.untold} from them, and nothing tells whether all are meant to"
        return unknown(
            name, told, fix=f'[isolation] world_readable = ["{name}"], or give it security_invoker'
        )
    if not relation.owned_by:
        return unknown(name, doubt(relation), fix=f'{owners}, or world_readable = ["{name}"]')
    seen = relation.rows and not relation.unfilled
    return unknown(name, doubt(relation), fix=owners if seen else "")
