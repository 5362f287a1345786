"""The blueprint of customers, and finding one."""

from __future__ import annotations

from flask import Blueprint, abort
from sqlalchemy.orm import selectinload

from extensions import db
from models import Customer

blueprint = Blueprint("customers", __name__, url_prefix="/customers")


def customer_or_404(customer_id: int) -> Customer:
    """Return a customer with its contact persons."""
    return db.session.get(Customer, customer_id, options=[selectinload(Customer.contact_persons)]) or abort(404)
