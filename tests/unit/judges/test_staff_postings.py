"""What staff posts for all is told by its policies; what names somebody, or users write, is not."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.purpose.staff_postings import makes, posted
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"
STEWARD = "is_steward()"


def read(name="Everyone reads the tides", using="true", roles=("public",)):
    return Policy(name, "SELECT", roles, permissive=True, using=using, check="")


def write(using=STEWARD, check="", command="ALL"):
    return Policy("writing", command, ("public",), permissive=True, using=using, check=check)


def tides(*policies, also=(), references=None, table="tides"):
    found = relation(
        f"public.{table}",
        column("id"),
        column("words", "text"),
        column("created_by"),
        *also,
        references={"created_by": USERS, **(references or {})},
    )
    columns = tuple(one.name for one in found.columns)
    shown = {"authenticated": Privileges(columns, columns, columns, ())}
    return replace(found, policies=policies, privileges=shown)


def policy_of(*relations):
    known = catalog(*relations)
    return posted(known, relations[0], infer(known, Isolation(), USERS), ["authenticated"])


@pytest.mark.parametrize(
    "policy",
    [
        read(),
        read("tides: alle lesen", "(auth.uid() IS NOT NULL)"),
        read("tides", "((is_public = true) OR (auth.role() = 'authenticated'::text))"),
        read("todos los conectados leen", roles=("authenticated",)),
        read("Enable read access for all users", roles=("authenticated",)),
    ],
    ids=["everyone", "all who signed in, in German", "strangers by choice", "and in Spanish", "all users"],
)
def test_what_stewards_write_and_all_read_by_its_name(policy):
    assert policy_of(tides(policy, write())) == policy.name


@pytest.mark.parametrize(
    "found",
    [
        tides(read("reading"), write()),
        tides(read("admins read all"), write()),
        tides(read("tides", "((is_late = true) OR (auth.role() = 'authenticated'::text))"), write()),
        tides(read("all who are signed in read"), write()),
        tides(read("Enable read access for all users"), write()),
        tides(read(), write("(created_by = auth.uid())")),
        tides(read()),
        tides(read(), write(command="UPDATE"), write("", "true", "INSERT")),
        tides(read(), write(), also=[column("rower_id")], references={"rower_id": USERS}),
        tides(read(), write(), also=[column("iban", "text")]),
        tides(read(), write(), also=[column("last_name", "text")]),
        tides(read(), write(), table="crew_complaints"),
    ],
    ids=[
        "by no such name",
        "for the few",
        "by no choice of strangers",
        "open to those who did not sign in",
        "as the template has it",
        "written by whom it names",
        "written by nobody who can be asked",
        "made by anybody",
        "of somebody",
        "with what is kept",
        "of people",
        "between few",
    ],
)
def test_what_is_no_posting(found):
    assert not policy_of(found)


def test_what_a_posting_hangs_on_is_one_as_well():
    fees = tides(
        read(), write(), also=[column("tide_id")], references={"tide_id": "public.tides"}, table="fees"
    )
    theirs = tides(read(), write("(created_by = auth.uid())"))
    assert policy_of(fees, tides(read(), write()))
    assert not policy_of(fees, theirs)


def test_functions_that_make_rows():
    assert makes("begin INSERT INTO public.tides (words) values (p); end", "tides")
    assert not makes("begin insert into public.tides_read values (p); end", "tides")
