"""What nobody publishes of private people is told from what shops, surgeries and players have published."""

import pytest

from pytest_readiness.judges.owners.private_people import kept_private
from relations import column, relation


def kept(table, *names, shown=None):
    found = relation(f"public.{table}", *(column(name, "text") for name in names))
    return kept_private(found, names if shown is None else shown)


@pytest.mark.parametrize(
    ("table", "names", "private"),
    [
        ("pupils", ("name", "date_of_birth", "parent_phone"), ("date_of_birth", "parent_phone")),
        ("students", ("name", "home_address"), ("home_address",)),
        ("patients", ("fullName", "dateOfBirth", "phoneNumber"), ("dateOfBirth",)),
        ("enrolments", ("child_name", "emergency_contact"), ("emergency_contact",)),
        ("files", ("first_name", "last_name", "passport_number"), ("passport_number",)),
        ("payouts", ("holder", "social_security_number"), ("social_security_number",)),
        ("employees", ("name", "iban"), ("iban",)),
        ("schueler", ("vorname", "geburtsdatum", "telefon"), ("geburtsdatum",)),
        ("pacientes", ("nombre", "historia_clinica"), ("historia_clinica",)),
        ("akten", ("nachname", "diagnose"), ("diagnose",)),
        ("eleves", ("prenom", "telephone_mere"), ("telephone_mere",)),
        ("alunos", ("nome", "telefone_responsavel"), ("telefone_responsavel",)),
    ],
)
def test_what_is_kept_private(table, names, private):
    assert kept(table, *names) == private


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("shops", ("name", "phone", "email", "address", "iban")),
        ("surgeries", ("doctor_name", "first_name", "last_name", "phone", "emergency_phone", "address")),
        ("huts", ("guardian_name", "guardian_phone", "emergency_contact")),
        ("staff", ("first_name", "last_name", "phone", "email", "office_address")),
        ("players", ("first_name", "last_name", "date_of_birth", "agent_phone")),
        ("authors", ("full_name", "birth_date", "email")),
        ("dogs", ("name", "breed", "full_name", "diagnosis", "passport_number")),
        ("houses", ("home_address", "residential_address", "price")),
        ("repairs", ("machine", "diagnosis")),
        ("monuments", ("name", "national_id")),
        ("students", ("name", "grade", "date_of_birth")),
        ("testimonials", ("patient_name", "diagnosis", "quote")),
        ("employees", ("name", "phone", "email", "department")),
    ],
)
def test_what_may_be_published(table, names):
    assert kept(table, *names) == ()


def test_what_is_not_shown_is_not_read_and_a_switch_or_a_reference_says_nothing():
    assert kept("students", "name", "home_address", shown=("name",)) == ()
    switches = relation("public.patients", column("diagnosis", "boolean"), column("passport"))
    assert kept_private(switches, ("diagnosis", "passport")) == ()
    referring = relation(
        "public.patients", column("diagnosis", "text"), references={"diagnosis": "public.codes"}
    )
    assert kept_private(referring, ("diagnosis",)) == ()
