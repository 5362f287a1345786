from tests.integration import test_billing_ledger as m
from hypothesis import given, settings, HealthCheck, Phase, strategies as st
@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(steps=st.lists(m.STEPS, min_size=4, max_size=18))
def test_x(db_session, organisation, steps):
    try:
        m.walk(db_session, steps)
    finally:
        db_session.rollback()
