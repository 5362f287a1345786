"""stub"""

from flask import Blueprint

pages = Blueprint("standin_pages", __name__)
