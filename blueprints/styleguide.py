"""The page that shows every component in every state; the app registers it in development only."""

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired

from forms.base import options

blueprint = Blueprint("styleguide", __name__)

CUSTOMERS = [
    ("", "Choose a customer"),
    ("1", "Aurora Outdoor GmbH"),
    ("2", "Kestrel Books"),
    ("3", "Zürich Velo AG"),
]
LAYOUTS = [("task", "One line per task"), ("person", "One line per person"), ("entry", "One line per entry")]
MODULES = [("customers", "Customers"), ("projects", "Projects"), ("tasks", "Tasks"), ("items", "Items")]
FILLED = {
    "number": "INV-2026-0148",
    "customer": "1",
    "terms": "net30",
    "date": "2026-11-22",
    "amount": "1920.00",
}
WRONG = {
    "number": "",
    "customer": "",
    "terms": "net30",
    "date": "yesterday",
    "amount": "a lot",
    "layout": "weekly",
}


class SampleForm(Form):  # type: ignore[misc]
    """One field of every kind; nothing it takes in is kept."""

    number = StringField(_("Number"), [InputRequired(_("Give the invoice a number."))])
    customer = SelectField(_("Customer"), [InputRequired(_("Choose who is billed."))], choices=options(CUSTOMERS))
    terms = SelectField(_("Terms"), choices=options([("net14", "Net 14"), ("net30", "Net 30")]))
    date = DateField(_("Date"), [InputRequired(_("Enter a date, for example 2026-11-22."))])
    amount = DecimalField(_("Rate"), [InputRequired(_("Enter an amount, for example 95.00."))])
    layout = RadioField(_("Lines of the invoice"), choices=options(LAYOUTS), default="task")
    modules = SelectMultipleField(
        _("Modules"),
        choices=options(MODULES),
        default=["customers", "projects"],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    receipt = FileField(_("Receipt"), description=_("PDF, JPEG or PNG, up to 10 MB."))
    note = TextAreaField(_("Note to the customer"), default="Thank you for your business.")
    attach = BooleanField(_("Attach the hours"), description=_("As a second page of the PDF."))


@blueprint.get("/styleguide")
def index() -> str:
    """Show the components with sample data; the second form is refused on purpose."""
    wrong = SampleForm(MultiDict({f"wrong-{name}": value for name, value in WRONG.items()}), prefix="wrong-")
    wrong.validate()
    return render_template("styleguide/index.html", form=SampleForm(MultiDict(FILLED)), wrong=wrong)
