"""Field maps: which remote field feeds which local one, and custom fields only between equal types (P-23, P-24)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from connectors.base import FieldType, RemoteField, RemoteRecord
from extensions import db
from models import CustomField, Integration
from sync.connection.access import open_connector, refusals
from sync.mapper import CUSTOM
from sync.modules import MODULES, modules_of
from sync.modules.base import Module
from sync.settings import SyncSettings

#: a local and a remote label
Pair = tuple[str, str]
#: the choice that makes a local field of the remote field's type (reason MAP-TYPE's remedy)
CREATE = "+"
#: real values shown beside a field, and how much of each
SAMPLES = 3
SAMPLE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class StandardPair:
    """A standard field as it will be synced."""

    label: str
    remote_label: str
    type: FieldType
    #: what up to three real records hold
    samples: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CustomChoice:
    """A remote custom field, the local fields of its type, and the one it feeds ("": none)."""

    remote: RemoteField
    options: Sequence[CustomField]
    chosen: str
    samples: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ModuleMap:
    """One module's part of the *Map fields* page."""

    module: Module
    standard: Sequence[StandardPair]
    custom: Sequence[CustomChoice]
    remote_labels: Mapping[str, str]


def modules_in_order(connector: str) -> Sequence[Module]:
    """The modules of a connector as a run takes them, parents first."""
    return list(modules_of(connector).values())


def custom_fields() -> Mapping[str, list[CustomField]]:
    """The organisation's own fields by area."""
    found: dict[str, list[CustomField]] = {}
    for field in db.session.scalars(db.select(CustomField).order_by(CustomField.label)):
        found.setdefault(field.area, []).append(field)
    return found


def module_maps(integration: Integration) -> list[ModuleMap]:
    """Everything the *Map fields* page shows; asks the remote for its fields and for some real values of each."""
    settings = SyncSettings.from_json(integration.settings)
    remote = _remote_shapes(integration, mapped_modules(settings, integration.connector))
    own = custom_fields()
    return [module_map(MODULES[key], shape, own.get(key, []), settings) for key, shape in remote.items()]


def _remote_shapes(integration: Integration, modules: Sequence[str]) -> dict[str, RemoteShape]:
    scope = integration.scope_id
    with refusals(), open_connector(integration) as connector:
        return {
            module: RemoteShape(connector.fields(module, scope), connector.samples(module, scope)) for module in modules
        }


@dataclass(frozen=True, slots=True)
class RemoteShape:
    """What a remote module looks like: its fields, and a page of its records."""

    fields: Sequence[RemoteField]
    records: Sequence[RemoteRecord]

    def samples(self, key: str) -> list[str]:
        """What up to three records hold in a field; different ones, for the same word thrice tells little."""
        found: list[str] = []
        for record in self.records:
            text = _sample_text(record.fields.get(key))
            if text and text not in found:
                found.append(text)
            if len(found) == SAMPLES:
                break
        return found


def _sample_text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    text = ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= SAMPLE_LENGTH else text[: SAMPLE_LENGTH - 1] + "…"


def mapped_modules(settings: SyncSettings, connector: str) -> list[str]:
    """The modules of a connector that these preferences sync."""
    left_out = set() if settings.time_entries else {"time_entries", "users"}
    return [key for key in modules_of(connector) if key not in left_out]


def read_choices(
    maps: Sequence[ModuleMap], chosen: Mapping[str, str]
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Make field maps of what a page sent (`<module>.<remote key>` → local key, `+` or ""); second: what is wrong.

    Only fields of the same type go together, whatever the page sent (requirements P-24). Asking for a new field
    adds it.
    """
    found: dict[str, dict[str, str]] = {}
    wrong: dict[str, str] = {}
    for item in maps:
        fields = {field.key: field.default for field in item.module.fields if field.default}
        for choice in item.custom:
            name = f"{item.module.key}.{choice.remote.key}"
            picked = chosen.get(name, "")
            problem = _problem(item.module.key, choice, picked, fields)
            if problem:
                wrong[name] = problem
            elif picked:
                key = create(item.module.key, choice.remote).key if picked == CREATE else picked
                fields[CUSTOM + key] = choice.remote.key
        found[item.module.key] = fields
    return found, wrong


def create(area: str, remote: RemoteField) -> CustomField:
    """Add a field of the remote field's type, and named like it."""
    taken = set(db.session.scalars(db.select(CustomField.key).where(CustomField.area == area)))
    base = _slug(remote.label) or "field"
    key = next(name for name in (base, *(f"{base}_{n}" for n in range(2, 1000))) if name not in taken)
    field = CustomField(area=area, key=key, label=remote.label[:100], type=remote.type.value)
    db.session.add(field)
    db.session.flush()
    return field


def mapped_labels(
    connector: str, settings: SyncSettings, remote_labels: Mapping[str, Mapping[str, str]]
) -> dict[str, list[Pair]]:
    """What a run maps, for reading: module → local and remote label (requirements P-35); asks no remote."""
    own = custom_fields()
    found = {}
    for key in mapped_modules(settings, connector):
        module, theirs = MODULES[key], remote_labels.get(key, {})
        labels = {field.key: str(field.label) for field in module.fields}
        labels |= {CUSTOM + field.key: field.label for field in own.get(key, [])}
        current = module.field_map(settings)
        found[key] = [
            (labels.get(here, here), theirs.get(there, _plain(there))) for here, there in current.items() if there
        ]
    return found


def labels_of(maps: Sequence[ModuleMap]) -> dict[str, dict[str, str]]:
    """The remote's own words for its fields, to be kept with the preferences."""
    return {item.module.key: dict(item.remote_labels) for item in maps}


def _plain(key: str) -> str:
    return key.removeprefix("cf_").replace("_", " ").capitalize()


def module_map(module: Module, shape: RemoteShape, own: Sequence[CustomField], settings: SyncSettings) -> ModuleMap:
    """One module's part of the page, of what the remote has and which fields of our own there are."""
    labels = {field.key: field.label for field in shape.fields}
    current = module.field_map(settings)
    standard = [
        StandardPair(
            str(field.label),
            labels.get(current[field.key], current[field.key]),
            field.type,
            shape.samples(current[field.key]),
        )
        for field in module.fields
        if current.get(field.key)
    ]
    feeds = {remote_key: local for local, remote_key in current.items() if local.startswith(CUSTOM)}
    custom = [
        CustomChoice(
            field,
            [mine for mine in own if mine.type == field.type],
            feeds.get(field.key, "").removeprefix(CUSTOM),
            shape.samples(field.key),
        )
        for field in shape.fields
        if field.is_custom and module.has_custom
    ]
    return ModuleMap(module, standard, custom, labels)


def _problem(area: str, choice: CustomChoice, picked: str, taken: Mapping[str, Any]) -> str | None:
    if picked in ("", CREATE):
        return None
    if CUSTOM + picked in taken:
        return str(_("Another field feeds this one already. Choose a different one."))
    if any(option.key == picked for option in choice.options):
        return None
    exists = db.session.scalar(db.select(CustomField.id).where(CustomField.area == area, CustomField.key == picked))
    if exists is None:
        return str(_("That field is no longer there. Choose another."))
    return str(_("The two fields hold different types of data. Pick one of the same type, or create a field."))


def _slug(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]
