"""Which milestones, task lists and tasks go onto a transaction, at their hours or at an amount each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import PageForm, options, stripped
from forms.transactions.choice import STEPS
from forms.transactions.fields import ExchangeRateField
from forms.transactions.numbers import LARGEST_RATE, BadNumberError, read_number, within

#: items that one transaction may take
MOST = 200


class ItemChoiceForm(PageForm):
    """Shown with GET, so that looking changes nothing, and sent along when the draft is made.

    The view sets the choices of `layout`, `rounding` and `tax_id`. An amount is a field `amount-<key>` of its own. The
    token is checked by the app, for every POST; it has no field because it must not stand in an address.
    """

    class Meta:
        """No token field: see above."""

        csrf = False

    item = SelectMultipleField(
        coerce=str, choices=[], validate_choice=False, widget=ListWidget(), option_widget=CheckboxInput()
    )
    find = StringField(_("Find a task"), [Length(max=100)], filters=[stripped])
    #: says that the box below was shown, so that no tick means no and not yet
    looked = BooleanField()
    takes_hours = BooleanField(_("Their unbilled hours go along and are invoiced at these amounts"))
    layout = SelectField(_("Lines of hours"), choices=[])
    rounding = SelectField(_("Round each entry"), choices=[])
    minutes = SelectField(_("To"), coerce=int, choices=options((step, f"{step} min") for step in STEPS))
    tax_id = SelectField(_("Tax"), coerce=int, choices=[])
    exchange_rate = ExchangeRateField(_("Exchange rate"), filters=[stripped])
    #: what the preview came to; the draft is only made of that
    seen = StringField()
    onto = IntegerField(validators=[Optional(), NumberRange(1, 2_147_483_647)])

    def read_amounts(self, data: MultiDict[str, str]) -> tuple[dict[str, Decimal], dict[str, Any]]:
        """Return the amounts of the ticked items, and what is wrong with others, by key."""
        found: dict[str, Decimal] = {}
        wrong: dict[str, Any] = {}
        for key in (self.item.data or [])[:MOST]:
            text = stripped(data.get(f"amount-{key}"))
            if not text:
                continue
            try:
                found[key] = within(read_number(text), LARGEST_RATE, 4)
            except BadNumberError as problem:
                wrong[key] = problem.args[0]
            else:
                if found[key] <= 0:
                    wrong[key] = _("Enter an amount above zero.")
        return found, wrong
