"""Whether rows hold of private people what nobody publishes, whoever they belong to.

Where shops, surgeries, venues or colleagues are called upon is published on purpose, and so are the births of
players and the accounts of charities: a word alone tells of a private person hardly ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import snake_case

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Relation

_IN_CARE = (
    r"students?|pupils?|patients?|child(ren)?|sch(ue|ü)ler(innen)?|patient(en|innen)|kinder|[eé]l[eè]ves?|enfants?|"
    r"alumn[oa]s?|estudiantes?|pacientes?|ni[nñ][oa]s|alun[oa]s?|estudantes?|crian[cç]as?|alunni|studenti|"
    r"pazient[ei]|bambini|leerlingen|pati[eë]nten|kinderen"
)
_PEOPLE = re.compile(
    rf"^(\w+_)?({_IN_CARE}|employees?|customers?|clients?|applicants?|mitarbeiter(innen)?|kunden|klient(en|innen)|"
    r"bewerber(innen)?|bewohner(innen)?|salari[eé]s|employ[eé]s|empleados?|clientes?|funcion[aá]rios?|dipendenti|"
    r"clienti|medewerkers?|klanten|bewoners)$|^residents?$"
)
"""Tables of those who are known to who cares or works for them, and to nobody else."""

_NAME_IN_CARE = re.compile(rf"^({_IN_CARE})_?((full|first|last)_?)?name$|^nom_(enfant|[eé]l[eè]ve)$")
"""How the name of such a one is called in a table of something else: of enrolments, or appointments."""

_NAME = re.compile(
    r"^(first|last|sur|given|family|full)_?name$|^(vorname|nachname|pr[eé]nom|nom_de_famille|apellidos?|"
    r"cognome|voornaam|achternaam|sobrenome|nombre_completo|nome_completo)$"
)
"""How the names of people are called, and of hardly anything else."""

_THING = re.compile(
    r"^(species|breed|tierart|rasse|esp[eè]ce|especie|esp[eé]cie|raza|ra[cç]a|razza|soort|ras)$"
)
"""What is said of animals, who have births and diagnoses too."""

_PUBLISHED = re.compile(
    r"(^|_)(testimonial|review|stor(y|ies)|case_stud|article|blog|post|news|biograph|obituar|memorial|archive|"
    r"demo|sample|example)"
)
"""Tables of what somebody agreed to have told of him, of the dead, and of those who are made up."""

_OF_ANYBODY = re.compile(
    r"^(social_security_(no|number)|national_insurance_(no|number)|sozialversicherungs(nummer|nr)|"
    r"num(ero)?_(de_)?(securite|seguridad)_social[e]?|burgerservicenummer)$"
)
"""Numbers that nothing but a person has."""

_OF_THE_NAMED = re.compile(
    r"(^|_)(ssn|national_id(_?(no|number))?|(id|identity)_card(_?(no|number))|passport(_?(no|nr|number))?|"
    r"reisepass(nummer|_nr)?|ausweis(nummer|_nr)|num(ero)?_(de_)?(passeport|pasaporte|passaporto|passaporte)|"
    r"paspoortnummer|dni|cpf|curp|bsn|"
    r"home_address|residential_address|(privat|wohn)(adresse|anschrift)|adresse_(personnelle|privee|(du_)?domicile)|"
    r"direccion_(particular|personal)|indirizzo_((di_)?residenza|abitazione)|endereco_(residencial|particular)|"
    r"(woon|thuis|prive)_?adres|emergency_contact_(name|relation(ship)?)|"
    r"diagnos[ei]s|diagnosen?|diagnosi|diagnostico|medical_(notes?|history|conditions?)|krankengeschichte|"
    r"vorerkrankungen|antecedents_medicaux|historia_clinica|historial_medico|historico_medico|anamnes[ei]s?|"
    r"medische_(notities|geschiedenis))$"
)
"""What is published of nobody who is called by his name: a house for sale and a tree have it as well."""

_OF_PEOPLE = re.compile(
    r"(^|_)(i_?ban|bank_account(_?(no|number))?|kontonummer|bankverbindung|cuenta_bancaria|conta_bancaria|"
    r"conto_corrente|compte_bancaire|rekeningnummer|emergency_(contact|phone)(_?(no|number|phone))?|notfall_?kontakt|"
    r"contact_(d_?)?urgence|contacto_(de_)?emergencia|contato_(de_)?emergencia|contatto_(di_)?emergenza|noodcontact|"
    r"(guardian|parents?|mother|father|eltern|mutter|vater|madre|padre|genitore|ouders?)_?"
    r"(phone(_?(no|number))?|mobile|tel|telefono|telefon(nummer)?|handy|contact_(no|number))|"
    r"tel(e|é)phone_(parents?|tuteur|m[eè]re|p[eè]re)|tel[eé]fono_(del_)?(padre|madre|tutor)|"
    r"telefone_(d[oa]_)?(pai|m[aã]e|respons[aá]vel))$"
)
"""What charities, huts and surgeries publish, and what of those in care nobody does."""

_BIRTH = re.compile(
    r"(^|_)(date_of_birth|dob|birth_?da(te|y)|geburts(datum|tag)|date_(de_)?naissance|fecha_(de_)?nacimiento|"
    r"data_(di_)?nascita|data_(de_)?nascimento|geboorte_?datum)$"
)
_REACHED = re.compile(
    r"(^|_)(phone|mobile|tel|handy|telefon|t[eé]l[eé]phone|tel[eé]fono|telefone|telefoon|contact|e_?mail|courriel|"
    r"correo|address|adresse|direcci[oó]n|indirizzo|endere[cç]o|adres|street|strasse)(_?(no|number|nummer))?$"
)
"""How somebody is reached, whose birth is nobody's business then."""


def kept_private(relation: Relation, shown: Collection[str]) -> tuple[str, ...]:
    """Return the columns that hold of private people what nobody publishes; none where they may be others.

    Args:
        relation: A table.
        shown: Its columns that somebody reads.
    """
    referring = {name for key in relation.foreign_keys for name in key.columns}
    said = {
        column.name: snake_case(column.name)
        for column in relation.columns
        if column.name in shown and column.name not in referring and column.type not in {"boolean", "uuid"}
    }
    names = said.values()
    table = snake_case(relation.table)
    if _PUBLISHED.search(table) or any(_THING.match(snake_case(column.name)) for column in relation.columns):
        return ()
    people = bool(_PEOPLE.match(table)) or any(map(_NAME_IN_CARE.match, names))
    words = [_OF_ANYBODY]
    words += [_OF_THE_NAMED] if people or any(map(_NAME.match, names)) else []
    words += [_OF_PEOPLE] if people else []
    words += [_BIRTH] if people and any(map(_REACHED.search, names)) else []
    return tuple(name for name, text in said.items() if any(word.search(text) for word in words))
