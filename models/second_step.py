"""The second step of signing in: a code of the person's own device, or one of ten codes on paper (ASVS 6.3.3, 6.5)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import ForeignKey, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, UTCDateTime, db, decrypt, encrypt, utcnow
from models.one_time_links import token_hash

#: seconds that a code lives; one before and one after are taken, for clocks that go wrong
STEP, WINDOW = 30, 1
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class SecondStep(Model):
    """A person's device, since its first code was right."""

    __tablename__ = "second_steps"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    #: base32 secret of RFC 6238, encrypted
    secret: Mapped[str]
    #: the time step of the last code that was taken: none works twice
    last_step: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class RecoveryCode(Model):
    """A code on paper, for when the device is lost. Only its hash is kept; it works once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    #: SHA-256, hex; the code itself has 49 bits
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


def is_on(user_id: int) -> bool:
    """Say whether a person's password alone does not sign them in."""
    return db.session.scalar(select(SecondStep.user_id).where(SecondStep.user_id == user_id)) is not None


def new_device() -> str:
    """Return a new secret for a device; it counts for nobody until `confirm`."""
    return pyotp.random_base32()


def address_of(secret: str, person: str, house: str) -> str:
    """Return what an authenticator app reads from the picture."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=person, issuer_name=house)


def confirm(user_id: int, secret: str, code: str) -> bool:
    """Count a device from now on, if its code is right; False too when the person has one. Does not commit."""
    step = _right_step(secret, code)
    if step is None or is_on(user_id):
        return False
    db.session.add(SecondStep(user_id=user_id, secret=encrypt(secret), last_step=step))
    db.session.flush()
    return True


def passes(user_id: int, code: str) -> str:
    """Use up a code: "device" or "recovery" when it is right and was not used before, else "". Does not commit."""
    typed = "".join(code.split()).replace("-", "").lower()
    if not is_on(user_id):
        return ""
    if typed.isdigit():
        return "device" if _take_step(user_id, typed) else ""
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id, RecoveryCode.code_hash == token_hash(typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=utcnow())
    )  # fmt: skip
    return "recovery" if _hit(used) else ""


def new_recovery_codes(user_id: int) -> list[str]:
    """Return ten new codes as people write them down; earlier ones end. Does not commit."""
    _run(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    db.session.add_all([RecoveryCode(user_id=user_id, code_hash=token_hash(code)) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def codes_left(user_id: int) -> int:
    """Return how many recovery codes were not used yet."""
    unused = select(RecoveryCode.id).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return len(db.session.scalars(unused).all())


def switch_off(user_id: int) -> None:
    """Forget a person's device and codes; the password alone signs them in. Does not commit."""
    _run(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    _run(delete(SecondStep).where(SecondStep.user_id == user_id))


def _take_step(user_id: int, code: str) -> bool:
    """Use up a device's code; of two who send the same one, the row changes for one."""
    found = db.session.get(SecondStep, user_id)
    step = _right_step(decrypt(found.secret), code) if found is not None else None
    if step is None:
        return False
    newer = SecondStep.user_id == user_id, SecondStep.last_step < step
    return _hit(update(SecondStep).where(*newer).values(last_step=step))


def _right_step(secret: str, code: str) -> int | None:
    """Return the time step around now that a code belongs to."""
    device, now = pyotp.TOTP(secret, interval=STEP), int(utcnow().timestamp()) // STEP
    typed = "".join(code.split()).encode("utf-8", "replace")
    steps = range(now + WINDOW, now - WINDOW - 1, -1)
    return next((step for step in steps if hmac.compare_digest(device.generate_otp(step).encode(), typed)), None)


def _hit(statement: object) -> bool:
    return _run(statement) == 1


def _run(statement: object) -> int:
    done = db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    db.session.expire_all()
    return int(done.rowcount)
