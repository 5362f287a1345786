"""What the pages of transactions may submit: choosing time, a draft with its lines, a message, a reason."""

from __future__ import annotations

from forms.transactions.choice import TimeChoiceForm
from forms.transactions.draft import DraftForm
from forms.transactions.due import TERMS
from forms.transactions.items import ItemChoiceForm
from forms.transactions.lines import LineFields, blank_line, line_of, read_lines
from forms.transactions.moves import AnswerForm, BlankForm, StaffAnswerForm, VoidForm
from forms.transactions.sending import SendForm

__all__ = [
    "TERMS", "AnswerForm", "BlankForm", "DraftForm", "ItemChoiceForm", "LineFields", "SendForm", "StaffAnswerForm",
    "TimeChoiceForm", "VoidForm", "blank_line", "line_of", "read_lines",
]  # fmt: skip
