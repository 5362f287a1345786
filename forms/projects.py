"""What the pages of a project may submit: the project itself, and rates per person and per task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, DecimalField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation, ValidationError

from forms.time import DurationField, read_duration
from models.project import APPROVAL_POLICIES, BILLING_METHODS, BUDGET_KINDS

#: rates and amounts above this are typing mistakes
LARGEST = Decimal("999999999")
_price = NumberRange(Decimal(0), LARGEST, _("Enter an amount of 0 or more."))
_line = Length(max=200)


def plain_number(number: Decimal) -> str:
    """Write a rate as people type it: `95.00`, `87.125`; no separators, no zeros beyond two places."""
    text = f"{number:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


class RateField(DecimalField):  # type: ignore[misc]
    """An amount of up to four decimal places."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return plain_number(self.data) if self.data is not None else ""


def _asked_for_when_it_is_the_price(form: Any, field: Any) -> None:
    if form.billing_method.data == "fixed" and not (field.raw_data and field.raw_data[0].strip()):
        raise StopValidation(_("Enter the fixed amount, or choose another billing method."))


def _asked_for_as_limit(kind: str, sentence: Any) -> Any:
    """Return a validator that asks for the limit of the budget that was chosen."""

    def check(form: Any, field: Any) -> None:
        if form.budget_kind.data == kind and not (field.raw_data and str(field.raw_data[0]).strip()):
            raise StopValidation(sentence)

    return check


class ProjectForm(FlaskForm):  # type: ignore[misc]
    """A project's own settings. Fields that a sync feeds are not read: `fed` names them."""

    fed: frozenset[str] = frozenset()

    customer_id = HiddenField(_("Customer"))
    customer_id_text = StringField(_("Customer"))
    name = StringField(_("Name"), [InputRequired(_("Give the project a name.")), _line])
    key = StringField(_("Short key"), [Optional(), Length(max=40)])
    description = TextAreaField(_("Description"), [Optional(), Length(max=5000)])
    owner_name = StringField(_("Owner"), [Optional(), _line])
    start_date = DateField(_("Start"), [Optional()])
    end_date = DateField(_("End"), [Optional()])
    is_active = BooleanField(_("Active: hours can be logged and transactions made"), default=True)
    billing_method = SelectField(
        _("Billing method"),
        choices=[SelectChoice(key, words) for key, words in BILLING_METHODS.items()],
        default="project_hours",
    )
    rate = RateField(_("Rate"), [Optional(), _price], places=None)
    fixed_amount = RateField(_("Fixed amount"), [_asked_for_when_it_is_the_price, Optional(), _price], places=None)
    budget_kind = SelectField(
        _("Budget"),
        choices=[SelectChoice("", _("No budget")), *(SelectChoice(key, words) for key, words in BUDGET_KINDS.items())],
        default="",
    )
    budget_seconds = DurationField(
        _("Budget of hours"),
        [_asked_for_as_limit("total_hours", _("Enter the hours that this project may take, for example 120:00.")),
         Optional()],
    )  # fmt: skip
    budget_amount = RateField(
        _("Budget of cost"),
        [_asked_for_as_limit("total_cost", _("Enter the amount that this project may cost.")), Optional(), _price],
        places=None,
    )
    approval_policy = SelectField(
        _("Approval that hours need"),
        choices=[
            SelectChoice("", _("As the organisation says")),
            *(SelectChoice(key, words) for key, words in APPROVAL_POLICIES.items()),
        ],
        default="",
    )

    def __init__(self, *args: Any, fed: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fed = fed
        for name in fed & set(self._fields):
            self[name].validators = [Optional()]

    def validate_rate(self, field: DecimalField) -> None:
        """Keep what the column keeps."""
        four_places(self, field)

    def validate_fixed_amount(self, field: DecimalField) -> None:
        """Keep what the column keeps."""
        four_places(self, field)

    def validate_budget_kind(self, field: SelectField) -> None:
        """Refuse a budget of cost with a fixed price, which does not depend on hours (requirements T-13)."""
        if field.data == "total_cost" and self.billing_method.data == "fixed":
            raise ValidationError(_("A fixed price has no budget of cost. Choose a budget of hours, or none."))

    def validate_budget_amount(self, field: DecimalField) -> None:
        """Keep what the column keeps."""
        four_places(self, field)

    def validate_end_date(self, field: DateField) -> None:
        """Refuse an end before the start."""
        if field.data and self.start_date.data and field.data < self.start_date.data:
            raise ValidationError(_("The end lies before the start."))


def four_places(_form: Any, field: DecimalField) -> None:
    """Keep what the column keeps."""
    if field.data is not None and field.data.as_tuple().exponent < -4:
        raise ValidationError(_("Use at most four decimal places."))


class StaffForm(FlaskForm):  # type: ignore[misc]
    """Puts a person on a project."""

    user_id = SelectField(_("Person"), [InputRequired(_("Choose a person."))], coerce=int, choices=[])


@dataclass(slots=True)
class Rates:
    """What was typed into fields `rate-<id>` or `budget-<id>`: values (None: empty), typed text, errors, by id."""

    values: dict[int, Any] = field(default_factory=dict)
    typed: dict[int, str] = field(default_factory=dict)
    errors: dict[int, Any] = field(default_factory=dict)


def read_rates(data: Mapping[str, str], ids: Iterable[int]) -> Rates:
    """Read the rates of these rows, and of no others; a field that was not sent is left aside."""
    rates = Rates()
    for row_id in ids:
        text = data.get(f"rate-{row_id}")
        if text is None:
            continue
        rates.typed[row_id] = text
        try:
            rates.values[row_id] = _rate(text.strip())
        except InvalidOperation:
            rates.errors[row_id] = _("Enter an amount, for example 95.00, or leave it empty.")
    return rates


def read_budgets(data: Mapping[str, str], ids: Iterable[int]) -> Rates:
    """Read budgets of hours (whole seconds) of these rows, and of no others; what was not sent is left aside."""
    budgets = Rates()
    for row_id in ids:
        text = data.get(f"budget-{row_id}")
        if text is None:
            continue
        budgets.typed[row_id] = text
        seconds = read_duration(text) if text.strip() else None
        if text.strip() and seconds is None:
            budgets.errors[row_id] = _("Write hours and minutes, for example 7:30, or leave it empty.")
        else:
            budgets.values[row_id] = seconds
    return budgets


def _rate(text: str) -> Decimal | None:
    if not text:
        return None
    rate = Decimal(text)
    exponent = rate.as_tuple().exponent
    if not rate.is_finite() or not 0 <= rate <= LARGEST or not isinstance(exponent, int) or exponent < -4:
        raise InvalidOperation
    return rate
