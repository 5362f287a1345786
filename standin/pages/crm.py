"""Pages about the CRM: what is there, lists of records, and one record with its fields, notes and links."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from standin.current import world
from standin.looking import COOKIE, active_people, looking
from standin.pages.crm_forms import SHOWN, changed_values, form_fields
from standin.pages.routes import do, pages
from standin.world.crm import CrmOrg, CrmRecord
from standin.world.edits import EditError
from standin.zoho_crm.errors import RefusalError
from standin.zoho_crm.merging import filled

MODULES = "<any(Accounts, Contacts, Deals, Products):module>"
ROWS_SHOWN = 200
Answer = str | tuple[str, int]


def org() -> CrmOrg:
    """The organisation."""
    return world().crm


@pages.get("/desk")
def desk() -> str:
    """The organisation, its people with their profiles, and who sits at this browser."""
    return render_template("standin/desk.html", org=org(), people=active_people(), looking=looking())


@pages.post("/desk/looking")
def look_as() -> Response:
    """Sit down as somebody else."""
    back = redirect(url_for(".desk"), 303)
    back.set_cookie(COOKIE, request.form.get("person", ""), httponly=True, samesite="Lax")
    return back


@pages.post("/desk/people/<int:key>")
def change_user(key: int) -> Response:
    """Another profile, or in or out."""
    changes = {name: request.form[name] for name in ("profile", "status") if request.form.get(name)}
    return do(url_for(".desk"), "Saved.", "crm.user", id=str(key), **changes)


@pages.get(f"/desk/{MODULES}")
def records(module: str) -> str:
    """The records of a module, newest first."""
    here, text = org(), request.args.get("q", "").casefold()
    rows = [row for row in here.records[module].values() if text in here.name_of(row).casefold()]
    rows.sort(key=lambda row: row.id, reverse=True)
    return render_template(
        "standin/records.html", org=here, module=here.modules[module], rows=rows[:ROWS_SHOWN], count=len(rows),
        columns=SHOWN[module], shown=_shown, q=request.args.get("q", ""),
    )  # fmt: skip


@pages.route(f"/desk/{MODULES}/new", methods=["GET", "POST"])
def new_record(module: str) -> Answer | Response:
    """A new record."""
    if request.method == "POST" and (values := _typed(module, None)) is not None:
        made: CrmRecord = world().edit("crm.add", module=module, values=values, by=looking().id)
        flash("Saved.")
        return redirect(url_for(".record", module=module, key=made.id), 303)
    return _form(module, None)


@pages.get(f"/desk/{MODULES}/<int:key>")
def record(module: str, key: int) -> Answer:
    """One record: its fields, what hangs on it, its custom links."""
    row = org().find(module, key)
    return _form(module, row) if row else _gone()


@pages.post(f"/desk/{MODULES}/<int:key>")
def change_record(module: str, key: int) -> Answer | Response:
    """Change what is different."""
    row = org().find(module, key)
    if row is None:
        return _gone()
    values = _typed(module, row)
    if values is None:
        return _form(module, row)
    return do(_of(row), "Saved.", "crm.set", module=module, id=str(key), values=values, by=looking().id)


@pages.post(f"/desk/{MODULES}/<int:key>/delete")
def delete_record(module: str, key: int) -> Response:
    """Into the recycle bin."""
    return do(url_for(".records", module=module), "Moved to the recycle bin.", "crm.delete", module=module, id=str(key))


@pages.post(f"/desk/{MODULES}/<int:key>/restore")
def restore_record(module: str, key: int) -> Response:
    """Out of the recycle bin."""
    return do(url_for(".records", module=module), "Restored.", "crm.restore", module=module, id=str(key))


@pages.post("/desk/Deals/<int:key>/<any(won, lost):word>")
def close_deal(key: int, word: str) -> Response:
    """Win or lose a deal: the first stage of that kind."""
    forecast = {"won": "Closed Won", "lost": "Closed Lost"}[word]
    stage = next(one.value for one in org().modules["Deals"].fields["Stage"].options if one.forecast == forecast)
    told, by = f"The deal is {word}.", looking().id
    target = url_for(".record", module="Deals", key=key)
    return do(target, told, "crm.set", module="Deals", id=str(key), values={"Stage": stage}, by=by)


@pages.get(f"/desk/{MODULES}/<int:key>/billing")
def billing(module: str, key: int) -> Answer:
    """The tab that shows another site's page for this record in a frame."""
    row, template = org().find(module, key), world().panel_url
    if row is None or not template:
        return _gone()
    url = template.replace("{org}", str(org().id)).replace("{module}", module).replace("{id}", str(key))
    return render_template("standin/panel.html", url=url, **_about(row))


def _form(module: str, row: CrmRecord | None) -> Answer:
    here, failed = org(), request.method == "POST"
    fields = form_fields(here, module, row, request.form if failed else None)
    hanging = _hanging(here, row) if row else {}
    about = _about(row) if row else {"org": here, "module": here.modules[module], "row": None, "name": ""}
    page = render_template("standin/record.html", fields=fields, **about, **hanging)
    return (page, 422) if failed else page


def _about(row: CrmRecord) -> dict[str, Any]:
    here = org()
    links = [
        (link.name, filled(here, link.url, row, looking()))
        for link in here.custom_links
        if link.module == row.module and looking().profile_id in link.profiles
    ]
    has_panel = bool(world().panel_url) and row.module != "Products"
    return {
        "org": here, "module": here.modules[row.module], "row": row, "name": here.name_of(row), "links": links,
        "looking": looking(), "profile": here.profile(looking().profile_id).name, "has_panel": has_panel,
    }  # fmt: skip


def _hanging(here: CrmOrg, row: CrmRecord) -> dict[str, Any]:
    """Notes, attachments, and the records that look up this one."""
    columns = {"Accounts": "Account_Name", "Contacts": "Contact_Name"}
    column = columns.get(row.module)
    related = [
        other for name in ("Contacts", "Deals") for other in here.records[name].values()
        if column and name != row.module and other.values.get(column) == row.id
    ]  # fmt: skip
    return {
        "notes": list(here.under(row.module, row.id, reversed(here.notes))),
        "attachments": list(here.under(row.module, row.id, reversed(here.attachments))), "related": related,
    }  # fmt: skip


def _typed(module: str, row: CrmRecord | None) -> dict[str, Any] | None:
    try:
        return changed_values(org(), module, row, request.form)
    except (RefusalError, EditError) as error:
        about = error.details.get("api_name", "") if isinstance(error, RefusalError) else ""
        flash(f"That did not work: {getattr(error, 'message', error)} {about}".strip() + ".")
        return None


def _shown(row: CrmRecord, name: str) -> str:
    """A value as a list shows it."""
    here = org()
    if name == "Owner":
        return here.users[row.owner].full_name
    field, value = here.modules[row.module].fields[name], row.values.get(name)
    if field.data_type == "lookup" and value:
        target = here.find(field.target, int(value))
        return here.name_of(target) if target else ""
    return "" if value is None else str(value)


def _of(row: CrmRecord) -> str:
    return url_for(".record", module=row.module, key=row.id)


def _gone() -> tuple[str, int]:
    return render_template("standin/gone.html"), 404
