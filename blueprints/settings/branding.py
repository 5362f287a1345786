"""Settings → Branding: logo, colour, layout and language of papers, with a sample of each layout."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from billing import logos, pdf
from billing.brand import COLOR
from billing.languages import languages
from billing.paper import LAYOUTS, sample_of
from blueprints.access import needs
from blueprints.render import page_or_fragment
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import store, the_organisation
from blueprints.transactions.paper import PICTURE_POLICY
from extensions import db
from forms.branding import BrandingForm
from models import Organisation

_NAMES = ("brand_color", "paper_layout", "language")


@blueprint.get("/branding")
@needs("settings.view")
def branding() -> Any:
    """Show how papers look now, or would look with what is being chosen (`brand_color`, `language`)."""
    here = the_organisation()
    form = BrandingForm(formdata=None, obj=here)
    form.brand_color.data = here.brand_color or COLOR
    return page_or_fragment("settings/branding.html", "settings/_branding_samples.html", **_shown(here, form))


def _shown(here: Organisation, form: BrandingForm) -> dict[str, Any]:
    color = request.args.get("brand_color", form.brand_color.data or COLOR)
    language = request.args.get("language", form.language.data or "")
    return {"form": form, "layouts": LAYOUTS, "color": color, "language": language, "logo": here.logo_file}


@blueprint.post("/branding")
@needs("settings.edit")
def save_branding() -> Any:
    """Store it; documents that were issued keep how they look (requirements R-05)."""
    here = the_organisation()
    form = BrandingForm()
    is_fine = form.validate_on_submit()
    content = form.uploaded(logos.MOST_BYTES)
    is_fine = _logo_fits(form, content) and is_fine
    if not is_fine:
        return render_template("settings/branding.html", **_shown(here, form)), 422
    values = {name: form[name].data or "" for name in _NAMES}
    if content is not None:
        values["logo_file"] = logos.keep_logo(content)
    elif form.drop_logo.data:
        values["logo_file"] = ""
    store(here, values)
    db.session.commit()
    flash(_("New papers look like this. Documents issued before stay as they are."), "success")
    return redirect(url_for("settings.branding"), 303)


def _logo_fits(form: BrandingForm, content: bytes | None) -> bool:
    """Check a logo by its content and by drawing it once (ASVS 5.2)."""
    if content is None:
        return True
    problem = logos.problem_of(content)
    if problem is None and not pdf.can_set(logos.svg_of(content)):
        problem = str(_("This picture cannot be drawn. Save it again in another program and try once more."))
    form.logo.errors = [problem] if problem else []
    return problem is None


@blueprint.get("/branding/sample/<layout>.svg")
@needs("settings.view")
def branding_sample(layout: str) -> Any:
    """Give a sample paper as a picture, in a layout, with the colour and language that are asked for."""
    language = request.args.get("language", "")
    if layout not in LAYOUTS or language not in ("", *languages()):
        abort(404)
    here = the_organisation()
    document = sample_of(here, layout, request.args.get("brand_color", ""), language, here.logo_file)
    db.session.rollback()
    response = make_response(pdf.preview_svg(document)[0])
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/branding/logo")
@needs("settings.view")
def logo() -> Response:
    """Give the logo; a drawing may run nothing."""
    name = the_organisation().logo_file
    path = logos.logo_path(name)
    if path is None:
        abort(404)
    response = make_response(path.read_bytes())
    response.mimetype = logos.logo_type(name)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response
